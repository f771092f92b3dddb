"""Names and numbers of tables: nothing on the page is an identifier."""

import pytest
from nrg.analysis.metrics import SUCCESS_RULES
from nrg.report.attack_text import READINGS
from nrg.report.table_text import METRICS, format_entry, label_column, label_metric
from nrg.study.attacks import LOSSES, VARIANTS
from nrg.study.exhibits import READING_LABELS, label_exhibit, label_method, load_exhibits
from nrg.study.settings import load_suite

EXHIBITS = load_exhibits(load_suite("digits", {}))


@pytest.mark.parametrize(
    ("column", "entry", "text"),
    [
        ("parameters", 81258, "81,258"),
        ("strength", 0.5, "0.5"),
        ("strength", 15.0, "15"),
        ("top1_success", 39.34, "39.3"),
        ("cosine", -0.0746, "−0.075"),
        ("transformation", "gaussian_blur", "Gaussian blur"),
        ("smallest_step", float("inf"), "inf"),
        ("value", float("nan"), "–"),
    ],
)
def test_entries_have_one_format(column, entry, text):
    assert format_entry(entry, column) == text


def test_every_metric_method_and_reading_has_a_name_in_words():
    metrics = {exhibit.metric for exhibit in EXHIBITS.values()} - {"none"}
    assert metrics | set(SUCCESS_RULES) <= set(METRICS)
    assert {name for name, exhibit in EXHIBITS.items() if exhibit.reading} == set(READING_LABELS)
    assert set(READINGS) == {*LOSSES, *VARIANTS}
    shown = [label_metric(metric) for metric in metrics] + [label_column("top1_error")]
    shown += [label_method(m.name) for exhibit in EXHIBITS.values() for m in exhibit.methods]
    shown += [label_exhibit(name) for name in EXHIBITS]
    assert not [text for text in shown if "_" in text or "reading_" in text or " cw" in text]
    assert label_method("nr-igsm-k5-m4") == "nr-IGSM k 5 m 4"
    assert label_exhibit("reading_my_own") == "my own"
