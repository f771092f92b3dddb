"""The report of a small run in a real browser: it works, loads nothing, and is accessible."""

import zipfile
from pathlib import Path

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")


def top(locator) -> float:
    return locator.evaluate("e => e.getBoundingClientRect().top + scrollY")


def go_to(page, address: str) -> None:
    """Follow a link inside the page, as its reader would."""
    page.evaluate("address => { location.hash = address }", address)


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
    assert (
        page.locator("details:not([open], .numbers, .pictured, .claim, .rests, nav *)").count() == 0
    )
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


def test_first_screen_gives_question_answer_and_setting_before_any_verdict(page):
    places = ["#answer", ".answers", ".sure", ".banner.warn", ".tally"]
    tops = [top(page.locator(place).first) for place in places]
    assert tops == sorted(tops)
    assert top(page.locator(".answers")) < 800, "without scrolling"
    card = page.locator(".card").first
    assert "points" in card.text_content()
    assert "The paper prints" in card.text_content()
    page.locator(".tally a").first.click()
    playwright.expect(page.locator("#" + page.url.partition("#")[2])).to_be_in_viewport()


def test_summary_figure_leads_from_a_dumbbell_to_its_table(page):
    row = page.locator(".dumbbells li").first
    assert row.locator("circle").count() == 4, "here and in the paper"
    assert row.locator("svg").get_attribute("aria-label").count("%") >= 2
    link = row.locator("a")
    link.click()
    playwright.expect(page.locator(link.get_attribute("href"))).to_be_in_viewport()
    forest = page.locator(".forest li:not(.scale)").first
    assert "(" in forest.locator(".said").text_content(), "the interval, too"


def test_ledger_opens_a_claim_by_its_link_and_is_filtered_and_ordered(page):
    claims = page.locator("#ledger details.claim")
    go_to(page, claims.nth(1).get_attribute("id"))
    playwright.expect(claims.nth(1).locator(".sides")).to_be_visible()
    assert claims.nth(0).locator(".sides").is_hidden()
    exhibit = page.locator("#ledger [data-of=exhibit]")
    exhibit.select_option("table2")
    shown = page.locator("#ledger details.claim:visible")
    assert 0 < shown.count() < claims.count()
    assert all("table2" in claim.get_attribute("data-exhibits").split() for claim in shown.all())
    hidden = page.locator("#ledger details.claim:not([data-exhibits~=table2])").last
    go_to(page, hidden.get_attribute("id"))
    playwright.expect(hidden).to_be_in_viewport()
    assert exhibit.input_value() == "", "a link to a hidden claim takes the filter away"
    page.locator("#ledger [data-of=order]").select_option("effect")
    for section in page.locator("#ledger [data-outcome]").all():
        effects = [c.get_attribute("data-effect") for c in section.locator("details.claim").all()]
        known = [float(effect) for effect in effects if effect]
        assert known == sorted(known, reverse=True)
        assert not any(effects[len(known) :]), "what has no effect in points is last"


def test_the_papers_own_numbers_are_told_in_fair_words(page):
    said = page.locator("section[aria-labelledby=claims] > p").nth(1).text_content()
    assert "The paper’s own tables can be held against" in said
    assert "significantly contradicted" in said


def test_what_goes_beyond_the_paper_comes_after_it_and_apart(page):
    beyond = page.locator(".beyond")
    assert top(beyond) > max(top(page.locator(f"#{place}")) for place in ("claims", "figures"))
    names = "all => all.map(e => e.id)"
    own = page.locator(".beyond .exhibit h3").evaluate_all(names)
    assert own
    of_paper = [
        name
        for name in page.locator(".exhibit h3").evaluate_all(names)
        if name.startswith(("table", "figure"))
    ]
    assert of_paper
    assert not {*own} & {*of_paper}
    assert page.locator(".exhibit h3").count() == len(own) + len(of_paper)
    ground = "e => getComputedStyle(e).backgroundColor"
    assert beyond.evaluate(ground) != page.locator("body").evaluate(ground)


def test_terms_lead_to_their_explanation_and_an_image_shows_what_is_meant(page):
    for term in page.locator("a.term").all():
        assert page.locator(term.get_attribute("href")).count() == 1
    assert page.locator("a.term").count() > 10
    page.locator("a.term[href='#term-black-box']").click()
    playwright.expect(page.locator("#term-black-box")).to_be_in_viewport()
    pictures = page.locator(".example img")
    assert pictures.count() == 3
    assert pictures.evaluate_all("all => all.every(e => e.naturalWidth > 0)")


def test_contents_stay_in_view_and_mark_the_present_section(page):
    nav = page.locator("nav.side")
    for name in ("table2", "provenance"):
        go_to(page, name)
        link = nav.locator(f"a[href='#{name}']")
        playwright.expect(link).to_have_attribute("aria-current", "location")
        playwright.expect(link).to_be_in_viewport()
    head = page.locator("#models a.permalink")
    head.click()
    assert page.url.endswith("#models")


def test_phone_shows_outcomes_whole_and_contents_on_demand(open_page):
    page = open_page(viewport={"width": 390, "height": 800})
    nav = page.locator("nav.side")
    assert nav.locator(".contents").is_hidden()
    nav.locator("summary").click()
    nav.locator("a[href='#claims']").click()
    assert nav.locator(".contents").is_hidden()
    playwright.expect(page.locator("#claims")).to_be_in_viewport()
    ends = "all => all.map(e => e.getBoundingClientRect().right)"
    assert max(page.locator("#ledger .outcome, .summary .said").evaluate_all(ends)) <= 390


def test_print_folds_claims_and_leaves_contents_out(open_page):
    page = open_page(viewport={"width": 1030, "height": 730})
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("nav.side").is_hidden()
    assert page.locator(".claim .sides:visible, .claim table:visible").count() == 0
    assert page.locator(".dumbbells li").first.is_visible()


def test_the_keyboard_reaches_contents_claims_and_filters(page):
    page.evaluate("scrollTo(0, 0)")
    claim = page.locator("#ledger details.claim").first
    claim.locator("summary").focus()
    was_open = claim.evaluate("e => e.open")
    page.keyboard.press("Enter")
    assert claim.evaluate("e => e.open") != was_open
    outline = "e => getComputedStyle(e).outlineStyle"
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    assert claim.locator("summary").evaluate(outline) == "solid"
