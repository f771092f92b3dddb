"""How to cite a run: what BibTeX would misread is not in it."""

from nrg.report.citation import write_bibtex


def test_a_run_is_cited_by_its_commit_and_images():
    entries = write_bibtex(
        "digits_2 {50%}", "2026-01-31T00:00:00", "abc (with local changes)", "f00"
    )
    assert "year = {2026}" in entries
    assert "version = {abc (with local changes)}" in entries
    assert r"note = {Suite digits\_2 50\%; evaluation set sha256 f00}" in entries
    assert entries.count("{") == entries.count("}")
    assert "@misc{nrg-paper" in entries


def test_before_the_images_are_chosen_none_are_named():
    assert "evaluation set" not in write_bibtex("digits", "2026-01-31", "abc", "")
