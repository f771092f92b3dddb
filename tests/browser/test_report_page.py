"""The report of a small run in a real browser: it works, loads nothing, and is accessible."""

import shutil
import zipfile
from pathlib import Path

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no browser: apt-get install chromium")


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def report(small_run) -> Path:
    return small_run[0] / "results/small/report.html"


@pytest.fixture
def open_page(browser, report):
    """Opens the report in a new context; an error, a warning or a request fails the test."""
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

    yield open_it
    for context in contexts:
        context.close()
    assert not troubles


def opened(page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")


@pytest.mark.parametrize("look", ["light", "dark"])
def test_axe_finds_nothing_serious(open_page, look):
    page = open_page(color_scheme=look)
    opened(page)
    found = axe.Axe().run(page).response["violations"]
    grave = [v for v in found if v["impact"] in ("serious", "critical")]
    assert not grave, [(v["id"], [node["html"][:200] for node in v["nodes"][:3]]) for v in grave]


@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_does_not_scroll_sideways(open_page, width, tmp_path):
    page = open_page(viewport={"width": width, "height": 800})
    opened(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    ensemble = "+".join(["densenet121"] * 9)
    page.evaluate("word => { document.querySelector('.claim p').textContent = word }", ensemble)
    assert page.evaluate("document.documentElement.scrollWidth") <= width, "a long name breaks"
    page.screenshot(path=tmp_path / f"{width}.png")


def test_without_javascript_all_is_there_to_read(open_page):
    page = open_page(java_script_enabled=False)
    cell = page.locator("#table1 ~ .matrix-of td").first
    assert cell.locator(".here").is_visible()
    assert cell.locator(".interval").is_visible()
    assert page.locator("#browser").is_hidden()
    assert page.locator("#look").is_hidden()
    assert page.locator(".exhibit svg[role=img]").count() > 5


def test_printed_on_a_landscape_page_nothing_is_cut(open_page):
    page = open_page(viewport={"width": 1030, "height": 730})
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details:not([open], .numbers, .pictured)").count() == 0
    assert page.locator(".numbers:visible").count() == 0, "the numbers behind pictures fill pages"
    ends = "all => all.map(e => e.getBoundingClientRect().right)"
    assert max(page.locator("table:visible, .picture svg:visible").evaluate_all(ends)) <= 1030


def test_the_look_is_switched(open_page):
    page = open_page(color_scheme="light")

    def ground():
        return page.evaluate("getComputedStyle(document.body).backgroundColor")

    light = ground()
    page.get_by_role("button", name="Dark look").click()
    assert ground() != light
    page.get_by_role("button", name="Light look").click()
    assert ground() == light


def test_a_matrix_shows_what_is_asked_and_its_shading_can_be_left_out(open_page):
    page = open_page()
    matrix = page.locator("#table1 ~ .matrix-of").first
    cell = matrix.locator("td").nth(1)
    matrix.get_by_label("interval").check()
    assert cell.locator(".interval").is_visible()
    assert cell.locator(".here").is_hidden()
    matrix.get_by_label("all").check()
    assert cell.locator(".here").is_visible()
    ground = "e => getComputedStyle(e).backgroundColor"
    shaded = cell.locator(".here .shaded").first
    before = shaded.evaluate(ground)
    matrix.get_by_label("shaded").uncheck()
    assert shaded.evaluate(ground) != before


def test_a_table_is_sorted_by_a_columns_button(open_page):
    page = open_page()
    table = page.locator("#table1 ~ .matrix-of table").first
    head = table.locator("thead th").nth(1)

    def values():
        cells = table.locator("tbody tr td:nth-of-type(1) .here").all()
        return [float(cell.locator(".shaded").last.text_content()) for cell in cells]

    before = values()
    assert head.get_attribute("aria-sort") is None
    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    assert values() == sorted(before)
    head.get_by_role("button").press("Enter")
    assert head.get_attribute("aria-sort") == "descending"
    assert values() == sorted(before, reverse=True)


def test_a_table_is_copied_and_downloaded(open_page, small_run):
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    stored = (small_run[0] / "results/small/exhibits/table1.csv").read_text()
    texts = page.locator("details.texts[data-name=table1]")
    texts.locator("summary").click()
    texts.get_by_role("button", name="Copy CSV").click()
    assert page.evaluate("navigator.clipboard.readText()") == stored
    texts.get_by_role("button", name="Copy LaTeX").click()
    assert "\\toprule" in page.evaluate("navigator.clipboard.readText()")
    with page.expect_download() as download:
        texts.get_by_role("button", name="Download CSV").click()
    assert Path(download.value.path()).read_text(encoding="utf-8") == stored
    assert download.value.suggested_filename == "table1.csv"


def test_the_crate_is_the_one_beside_the_report(open_page, report):
    page = open_page()
    with page.expect_download() as download:
        page.get_by_role("link", name="RO-Crate").click()
    content = Path(download.value.path()).read_bytes()
    assert content == report.with_suffix(".crate.zip").read_bytes()
    with zipfile.ZipFile(download.value.path()) as archive:
        assert {"exhibits/table1.csv", "ro-crate-metadata.json"} <= set(archive.namelist())


def test_images_are_looked_through_by_selects_and_arrow_keys(open_page):
    page = open_page()
    browser, said = page.locator("#browser"), page.locator("#browser .said")
    playwright.expect(said).to_contain_text("says")
    drawn = "e => e.toDataURL()"
    before = browser.locator("canvas").nth(0).evaluate(drawn)
    first = said.text_content()
    browser.locator(".triple").press("ArrowRight")
    playwright.expect(said).not_to_have_text(first)
    clean, attacked, apart = (canvas.evaluate(drawn) for canvas in browser.locator("canvas").all())
    assert before != clean
    assert len({clean, attacked, apart}) == 3
    browser.locator("[data-of=source]").select_option(index=1)
    browser.locator("[data-of=factor]").select_option("8")
    caption = browser.locator("figcaption").nth(2)
    playwright.expect(caption).to_have_text("difference × 8")
    assert browser.locator("canvas").nth(0).evaluate(drawn) == clean, "the same clean image"
    assert browser.locator("canvas").nth(1).evaluate(drawn) != attacked


def test_maps_and_curves_answer_keys_and_the_pointer(open_page):
    page = open_page()
    for name in ("figure1b", "reading_shared_component"):
        picture = page.locator(f".picture[data-name={name}]")
        readout = picture.locator("xpath=following-sibling::p[1]")
        hint = readout.text_content()
        picture.press("ArrowRight")
        playwright.expect(readout).not_to_have_text(hint)
    picture = page.locator(".picture[data-name=figure1b]")
    readout = picture.locator("xpath=following-sibling::p[1]")
    before = readout.text_content()
    picture.locator("image").last.hover(position={"x": 8, "y": 8})
    playwright.expect(readout).not_to_have_text(before)
    assert " at u " in readout.text_content()
