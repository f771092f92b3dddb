"""Sources by name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nrg.base.errors import UserError
from nrg.study.sources import list_members, weigh_members


def test_members_have_equal_weights_unless_given():
    assert weigh_members("a+b") == {"a": 0.5, "b": 0.5}
    assert weigh_members("a@3+b") == {"a": 0.75, "b": 0.25}
    assert weigh_members("resnet18") == {"resnet18": 1}
    assert list_members("a@0.5+b@1.5+c") == ["a", "b", "c"]
    assert list_members("noise") == []


@given(st.lists(st.integers(1, 1000), min_size=1, max_size=6))
def test_weights_sum_to_one_and_keep_their_ratios(weights):
    source = "+".join(f"m{place}@{weight}" for place, weight in enumerate(weights))
    found = weigh_members(source)
    assert sum(found.values()) == pytest.approx(1)
    assert [found[f"m{i}"] / found["m0"] for i in range(len(weights))] == pytest.approx(
        [weight / weights[0] for weight in weights]
    )


@pytest.mark.parametrize("source", ["", "+", "a+", "a+a", "a@1+a@2", "a@", "a@-1+b", "a@0+b"])
def test_what_is_no_ensemble_is_refused(source):
    with pytest.raises(UserError, match=r"ensemble|positive"):
        list_members(source)
