"""A remark that all labels share is said once."""

from nrg.figures.labels import drop_shared_remark

LABELS = {"a": "net a (scaled down)", "b": "net b (scaled down)", "noise": "noise alone"} | {
    "a+b": "a + b (scaled down)",
    "own": "mine",
}


def test_a_shared_remark_is_taken_off_every_label():
    labels, remark = drop_shared_remark(LABELS, ["a", "a+b", "noise", "b"])
    assert remark == "scaled down"
    assert labels["a"] == "net a"
    assert labels["a+b"] == "a + b"
    assert labels["noise"] == "noise alone"


def test_labels_stay_where_a_remark_is_not_shared():
    assert drop_shared_remark(LABELS, ["a", "own"]) == (LABELS, "")
    assert drop_shared_remark(LABELS | {"b": "net b (other)"}, ["a", "b"])[1] == ""
    assert drop_shared_remark(LABELS, []) == (LABELS, "")
    assert drop_shared_remark({}, ["a", "b"]) == ({}, "")
