"""The report of a small run in a real browser: it works, loads nothing, and is accessible."""

import zipfile
from pathlib import Path

import pytest

axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")


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
    page.evaluate("word => { document.querySelector('main p').textContent = word }", ensemble)
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
    assert page.locator("details:not([open], .numbers, .pictured, .claim, nav *)").count() == 0
    assert page.locator("details.numbers:visible").count() == 0, "they would fill pages"
    ends = "all => all.map(e => e.getBoundingClientRect().right)"
    assert max(page.locator("table:visible, .picture svg:visible").evaluate_all(ends)) <= 1030


def test_the_look_is_switched(open_page):
    page = open_page(color_scheme="light")

    def ground():
        return page.evaluate("getComputedStyle(document.body).backgroundColor")

    light = ground()
    page.get_by_role("button", name="Dark mode").click()
    assert ground() != light
    page.get_by_role("button", name="Light mode").click()
    assert ground() == light


def test_the_crate_is_the_one_beside_the_report(open_page, report):
    page = open_page()
    with page.expect_download() as download:
        page.get_by_role("link", name="RO-Crate").click()
    content = Path(download.value.path()).read_bytes()
    assert content == report.with_suffix(".crate.zip").read_bytes()
    with zipfile.ZipFile(download.value.path()) as archive:
        assert {"exhibits/table1.csv", "ro-crate-metadata.json"} <= set(archive.namelist())
