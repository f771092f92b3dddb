"""Tables, pictures and the image browser of the report, in a real browser."""

from pathlib import Path

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")


def test_a_matrix_shows_what_is_asked_and_its_shading_can_be_left_out(page):
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


def test_a_table_is_sorted_by_a_columns_button(page):
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


def test_a_table_is_copied_and_downloaded(page, small_run):
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


def test_images_are_looked_through_by_selects_and_arrow_keys(page):
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


def test_maps_and_curves_answer_keys_and_the_pointer(page):
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
