"""The first use of each term on the page leads to what it means."""

import re

import pytest
from nrg.report.glossary import link_terms, load_terms


def linked(prose: str) -> str:
    return link_terms(f"<header>ε</header><main>{prose}</main><script>ε</script>", load_terms())


def test_the_first_use_of_a_term_is_a_link_and_the_second_is_not():
    page = linked("<p>A black-box attack. Another black-box attack.</p>")
    assert page.count('href="#term-black-box"') == 1
    assert ">black-box</a> attack. Another black-box attack.</p>" in page


@pytest.mark.parametrize("tag", ["a", "h2", "code", "summary", "svg", "dt"])
def test_links_headings_and_drawings_are_left_as_they_are(tag):
    page = linked(f"<{tag}><i>σ</i></{tag}><p>σ</p>")
    assert page.count("#term-sigma") == 1
    assert ">σ</a></p>" in page


def test_nothing_outside_the_prose_is_linked():
    assert "term-epsilon" not in linked("<p>no Greek letter</p>")


def test_a_term_inside_a_longer_one_is_linked_at_its_own_first_use():
    page = linked("<p>noise-reduced gradients; gradients</p>")
    assert re.search(r"#term-nr.*#term-gradient", page)


def test_slugs_are_unique_and_each_pattern_finds_its_own_name():
    terms = load_terms()
    assert len({term.slug for term in terms}) == len(terms)
    for term in terms:
        assert re.search(term.pattern, f"{term.name} 1"), term.name
