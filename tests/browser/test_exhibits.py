"""Tables, pictures and the image browser of the report, in a real browser."""

import re
from pathlib import Path

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")


def test_a_matrix_opens_on_run_and_paper_and_shows_what_is_asked(page):
    matrix = page.locator("#table1 ~ .matrix-of").first
    cell = matrix.locator("tbody td").nth(1)

    def shown():
        lines = ("here", "printed", "difference", "gain", "interval")
        return [line for line in lines if cell.locator(f".cell > .{line}").is_visible()]

    assert shown() == ["here", "printed"]
    for label, line in (
        ("this run", "here"),
        ("the paper", "printed"),
        ("run minus paper", "difference"),
        ("95 % interval", "interval"),
        ("gain by noise reduction", "gain"),
    ):
        matrix.get_by_label(label, exact=True).check()
        assert shown() == [line]
    first, last = (float(e.get_attribute("data-value")) for e in cell.locator(".here > *").all())
    gain = cell.locator(".gain > .shaded")
    assert float(gain.get_attribute("data-value")) == pytest.approx(last - first)
    assert gain.text_content()[0] in "+−0"
    assert matrix.locator(".key:visible").text_content().endswith("points")
    matrix.get_by_label("run and paper").check()
    assert matrix.locator(".key:visible").text_content().endswith("%")
    ground = "e => getComputedStyle(e).backgroundColor"
    shaded = cell.locator(".here .shaded").first
    before = shaded.evaluate(ground)
    matrix.get_by_label("shaded").uncheck()
    assert shaded.evaluate(ground) != before
    matrix.get_by_label("shaded").check()


def test_colours_of_cells_leave_enough_contrast(page):
    linear = "c => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4"
    contrasts = page.locator(".heat .shaded").evaluate_all(
        f"""all => {{
          const linear = {linear};
          const channels = (colour) => colour.match(/[\\d.]+/g).slice(0, 3).map(Number);
          const weights = [0.2126, 0.7152, 0.0722];
          const add = (sum, channel, i) => sum + weights[i] * channel;
          const light = (colour) => channels(colour).map(linear).reduce(add, 0);
          const clear = "rgba(0, 0, 0, 0)";
          return all.map((e) => getComputedStyle(e)).filter((s) => s.backgroundColor !== clear)
            .map((s) => [light(s.color), light(s.backgroundColor)].sort((a, b) => b - a))
            .map(([lighter, darker]) => (lighter + 0.05) / (darker + 0.05));
        }}"""
    )
    assert len(contrasts) > 50
    assert min(contrasts) >= 4.5


def test_a_table_that_scrolls_says_so(page):
    table = page.locator("#reading_estimators ~ .matrix-of .scroll").first
    cue = "e => getComputedStyle(e, '::before').content"
    page.set_viewport_size({"width": 390, "height": 800})
    playwright.expect(table).to_have_class("scroll wide")
    assert "scroll" in table.evaluate(cue)
    page.set_viewport_size({"width": 1280, "height": 720})
    playwright.expect(table).to_have_class("scroll")
    ends = "all => all.map(e => e.getBoundingClientRect().right)"
    for table in page.locator(".matrix-of .scroll:not(.wide)").all():
        (end,) = table.evaluate_all(ends)
        assert max(table.locator("thead th").evaluate_all(ends)) <= end


def test_a_matrix_is_sorted_and_noise_alone_stays_last(page):
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
    assert table.locator("tr").last.locator("th").text_content() == "noise alone"
    assert "random signs" in page.locator("#table1 ~ p", has_text="noise alone").text_content()


@pytest.mark.parametrize(
    ("texts", "ascending"),
    [
        (["0.33", "< 0.001", "–", "0.02"], ["< 0.001", "0.02", "0.33", "–"]),
        (["4 of 8", "5 of 30", "", "1 of 1"], ["5 of 30", "4 of 8", "1 of 1", ""]),
        (["81,258", "9,000", "−3.5", "+2"], ["−3.5", "+2", "9,000", "81,258"]),
        (["p 0.04", "1", "b", "not run"], ["1", "b", "p 0.04", "not run"]),
    ],
)
def test_columns_are_sorted_by_what_one_means(page, texts, ascending):
    table = page.locator(".numbers table.sortable").last
    table.evaluate("e => { e.closest('details').open = true; }")
    head = table.locator("thead th").first
    table.evaluate(
        """(table, texts) => {
          const row = table.tBodies[0].rows[0];
          table.tBodies[0].replaceChildren(...texts.map((text) => {
            const copy = row.cloneNode(true);
            copy.cells[0].textContent = text;
            return copy;
          }));
          for (const head of table.tHead.rows[0].cells) head.removeAttribute("aria-sort");
        }""",
        texts,
    )
    column = "table => [...table.tBodies[0].rows].map((row) => row.cells[0].textContent)"
    head.get_by_role("button").click()
    assert table.evaluate(column) == ascending
    head.get_by_role("button").click()
    missing = [text for text in ascending if text in ("", "–", "not run")]
    known = [text for text in ascending if text not in missing]
    assert table.evaluate(column) == [*reversed(known), *missing], "what is missing stays last"


def test_a_clipboard_that_is_denied_is_told_and_the_text_selected(page):
    texts = page.locator("details.texts[data-name=table2]")
    texts.locator("summary").click()
    page.evaluate(
        "() => { navigator.clipboard.writeText = () => Promise.reject(Error('denied')); }"
    )
    texts.get_by_role("button", name="Copy Markdown").click()
    playwright.expect(texts.get_by_role("status").nth(1)).to_contain_text(
        "may not use the clipboard"
    )
    block = texts.locator("pre[data-kind=Markdown]").text_content()
    assert page.evaluate("getSelection().toString()").strip() == block.strip()
    page.evaluate("delete navigator.clipboard.writeText")


def test_a_table_is_copied_and_downloaded(page, small_run):
    stored = (small_run[0] / "results/small/exhibits/table1.csv").read_text()
    texts = page.locator("details.texts[data-name=table1]")
    texts.locator("summary").click()
    texts.get_by_role("button", name="Copy CSV").click()
    playwright.expect(texts.get_by_role("status").first).to_have_text("Copied.")
    assert page.evaluate("navigator.clipboard.readText()") == stored
    texts.get_by_role("button", name="Copy LaTeX").click()
    playwright.expect(texts.get_by_role("status").last).to_have_text("Copied.")
    assert "\\toprule" in page.evaluate("navigator.clipboard.readText()")
    with page.expect_download() as download:
        texts.get_by_role("button", name="Download CSV").click()
    assert Path(download.value.path()).read_text(encoding="utf-8") == stored
    assert download.value.suggested_filename == "table1.csv"


def test_images_start_where_only_noise_reduction_fools_a_black_box(open_page):
    said = open_page().locator("#browser .said")
    playwright.expect(said).to_contain_text("says")
    plain, reduced = said.text_content().split(" nr-FGSM: ")
    assert "which is right" in plain
    assert "in place of" in reduced


def test_a_cell_leads_to_the_images_of_its_pair(page):
    cell = page.locator("#table2 ~ .matrix-of a.cell[data-source=vgg13_bn][data-target=alexnet]")
    cell.focus()
    cell.press("Enter")
    browser = page.locator("#browser")
    chosen = {"table": "table2", "source": "vgg13_bn", "target": "alexnet"}
    for name, value in chosen.items():
        playwright.expect(browser.locator(f"[data-of={name}]")).to_have_value(value)
        assert f"{name}={value}" in page.url
    playwright.expect(browser.locator("figcaption").nth(3)).to_contain_text("nr-IGSM: ε 40")
    assert browser.bounding_box()["y"] < 720, "it is on screen"
    playwright.expect(browser.locator(".triple")).to_be_focused()
    page.evaluate("scrollTo(0, 0)")
    cell.click()
    playwright.expect(browser.locator(".triple")).to_be_in_viewport()
    page.go_back()
    playwright.expect(cell).to_be_focused()


def test_a_link_to_what_is_below_the_images_leads_there(open_page, report):
    page = open_page()
    page.goto("about:blank")
    page.goto(f"{report.as_uri()}#provenance")
    playwright.expect(page.locator("#browser .said")).to_contain_text("says")
    playwright.expect(page.locator("#provenance")).to_be_in_viewport()


def test_arrow_keys_go_from_cell_to_cell(page):
    cells = page.locator("#table1 ~ .matrix-of").first.locator("tbody tr")
    first = cells.nth(0).locator("a.cell").nth(0)
    assert page.locator("#table1 ~ .matrix-of a.cell:not([tabindex='-1'])").count() == 1
    first.press("ArrowRight")
    playwright.expect(cells.nth(0).locator("a.cell").nth(1)).to_be_focused()
    page.keyboard.press("ArrowDown")
    last = cells.nth(1).locator("a.cell").nth(1)
    playwright.expect(last).to_be_focused()
    assert last.get_attribute("tabindex") == "0"


def test_images_are_filtered_and_the_address_brings_them_back(page, report):
    page.goto(f"{report.as_uri()}#images?table=table1&source=alexnet&target=resnet34")
    browser, said = page.locator("#browser"), page.locator("#browser .said")
    playwright.expect(said).to_contain_text("resnet34 says")
    image, filters = browser.locator("[data-of=image]"), browser.locator("[data-of=show]")
    everything = image.locator("option").count()
    counts = [int(text.split("(")[-1][:-1]) for text in filters.locator("option").all_inner_texts()]
    assert counts[0] == everything
    assert counts[3] + counts[4] == everything, "one of them succeeds, or none does"
    filters.select_option("none")
    playwright.expect(image.locator("option")).to_have_count(counts[4])
    playwright.expect(said).not_to_contain_text("in place of")
    shown, address = said.text_content(), page.url
    browser.locator("[data-of=source]").select_option("vgg13_bn")
    playwright.expect(said).not_to_have_text(shown)
    page.go_back()
    playwright.expect(said).to_have_text(shown)
    assert page.url == address
    page.reload()
    playwright.expect(said).to_have_text(shown)
    page.evaluate("location.hash = '#images?table=none&source=%3Cb%3E&image=x&show=y'")
    playwright.expect(said).to_contain_text("says")


def test_images_are_looked_through_by_buttons_and_arrow_keys(page, report):
    page.goto(f"{report.as_uri()}#images?table=table1&source=alexnet&target=resnet34")
    browser, said = page.locator("#browser"), page.locator("#browser .said")
    playwright.expect(said).to_contain_text("resnet34 says")
    browser.locator("[data-of=show]").select_option("all")
    drawn = "e => e.toDataURL()"
    before = browser.locator("canvas").first.evaluate(drawn)
    first = said.text_content()
    browser.get_by_role("button", name="Next image").click()
    playwright.expect(said).not_to_have_text(first)
    clean, *attacked = (canvas.evaluate(drawn) for canvas in browser.locator("canvas").all())
    assert before != clean
    assert len({clean, *attacked}) == 5
    browser.locator(".triple").press("ArrowLeft")
    playwright.expect(said).to_have_text(first)
    target = browser.locator("[data-of=target]")
    chosen = target.input_value()
    browser.locator(".triple").press("ArrowDown")
    playwright.expect(target).not_to_have_value(chosen)
    browser.locator("[data-of=factor]").select_option("8")
    caption = browser.locator("figcaption").nth(2)
    playwright.expect(caption).to_have_text("difference of FGSM × 8")
    assert browser.locator("canvas").first.evaluate(drawn) == before, "the same clean image"


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


def test_values_of_a_tall_picture_stay_on_screen(page):
    picture = page.locator(".picture[data-name=figure1b]")
    readout = picture.locator("xpath=following-sibling::p[1]")
    height = round(picture.bounding_box()["height"]) - 20
    page.set_viewport_size({"width": 1280, "height": height})
    picture.evaluate("e => scrollTo(0, scrollY + e.getBoundingClientRect().top - 60)")
    picture.press("ArrowRight")
    box = readout.bounding_box()
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= height
    page.set_viewport_size({"width": 1280, "height": 720})


def test_settings_notes_and_claims_stand_beside_their_exhibit(page):
    exhibit = page.locator("section.exhibit:has(> #table1)")
    assert "ε 15 (here 40)" in exhibit.locator("p.soft").first.text_content()
    note = page.locator("section.exhibit:has(> #table4) .aside")
    playwright.expect(note).to_contain_text("float32")
    assert note.get_by_role("link").get_attribute("href") == "#reading_table4_float32"
    claims = exhibit.locator("details", has_text="rest").locator("li a")
    assert claims.count() > 1
    for link in claims.all():
        assert page.locator(link.get_attribute("href")).count() == 1
    heads = page.locator("table.choices thead th").all_text_contents()
    assert heads == ["where", "question", "our choice", "effect on the results"]


def test_no_exhibit_shows_an_identifier(page):
    words = page.evaluate(
        """() => [...document.querySelectorAll(".exhibit, #browser, section:has(> #choices)")]
          .flatMap((part) => {
            const walker = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
            const words = [];
            while (walker.nextNode()) {
              const isCode = walker.currentNode.parentElement.closest("pre, code, script, style");
              if (!isCode) words.push(...walker.currentNode.data.split(/[\\s(),:;]+/));
            }
            return words;
          })"""
    )
    models = {name for name in words if name.startswith(("vgg", "squeezenet", "ILSVRC2012"))}
    found = [w for w in {*words} - models if "_" in w or w in ("cw", "nrg", "linf")]
    assert len(words) > 1000
    assert not found


def test_small_images_stay_sharp_in_print(page):
    page.emulate_media(media="print")
    images = page.locator(".strip:not(.photos) img")
    drawn = "all => all.map(e => [e.naturalWidth, getComputedStyle(e).imageRendering])"
    assert {tuple(each) for each in images.evaluate_all(drawn)} == {(64, "pixelated")}
    page.emulate_media(media="screen")


def test_pictures_follow_the_dark(page):
    def channels(element, name):
        colour = element.evaluate(f"e => getComputedStyle(e).{name}")
        return [int(channel) for channel in re.findall(r"\d+", colour)][:3]

    page.emulate_media(color_scheme="dark")
    for name in ("figure1b", "table1"):  # which are not turned light on dark as a whole
        picture = page.locator(f".picture[data-name={name}]")
        assert min(channels(picture.locator("text[style*=currentColor]").first, "fill")) > 180
        assert max(channels(picture, "backgroundColor")) < 60
        assert picture.locator("path[style='fill: none']").count() > 0
        assert picture.locator("path[style='fill: #ffffff']").count() == 0, "no bright slab"
    page.emulate_media(color_scheme="light")
