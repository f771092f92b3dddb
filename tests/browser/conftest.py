"""A browser, and the report of a small run in it."""

import shutil
from contextlib import contextmanager
from pathlib import Path

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("no browser: apt-get install chromium")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def report(small_run) -> Path:
    return small_run[0] / "results/small/report.html"


@contextmanager
def watched_pages(browser, report):
    """Opens the report in new contexts; yields the function, and a list of what went wrong.

    An error, a warning or a request is something that went wrong.
    """
    contexts, troubles = [], []

    def open_it(**options):
        context = browser.new_context(**{"accept_downloads": True, **options})
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda m: m.type in ("error", "warning") and troubles.append(m.text))
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on(
            "request",
            lambda request: (
                request.url.startswith(("data:", "blob:", report.as_uri()))
                or troubles.append(request.url)
            ),
        )
        page.goto(report.as_uri())
        return page

    yield open_it, troubles
    for context in contexts:
        context.close()


@pytest.fixture
def open_page(browser, report):
    """Opens the report in a new context; an error, a warning or a request fails the test."""
    with watched_pages(browser, report) as (open_it, troubles):
        yield open_it
    assert not troubles


@pytest.fixture(scope="module")
def loaded_page(browser, report):
    """The report, loaded once for all tests of a module, and a list of what went wrong."""
    with watched_pages(browser, report) as (open_it, troubles):
        yield open_it(permissions=["clipboard-read", "clipboard-write"]), troubles
    assert not troubles


@pytest.fixture
def page(loaded_page):
    """The report that the module's tests share; what goes wrong in a test fails it."""
    page, troubles = loaded_page
    yield page
    assert not troubles
