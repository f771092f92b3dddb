"""Guests that a suite lists join the zoo where an exhibit names them, and nowhere else."""

import pytest
from nrg.base.errors import UserError
from nrg.study.crafting_jobs import plan_crafting
from nrg.study.exhibits import choose_exhibits, load_exhibits
from nrg.study.guests import invite_guests, name_inviting_exhibits, plan_guest_scoring
from nrg.study.settings import load_settings, load_suite

GUEST = {"factory": "nrg.models.digits_zoo:plain", "arguments": {}}
LISTED = {"suite": "digits", "guests": {"late": GUEST, "later": GUEST}}


def invited(config):
    settings = load_settings(config)
    chosen = choose_exhibits(load_exhibits(settings.suite), settings)
    return invite_guests(settings, chosen).suite


def with_table1(**override):
    return {**LISTED, "exhibits": ["table1"], "overrides": {"table1": override}}


def test_nobody_comes_uninvited():
    suite = invited({**LISTED, "exhibits": ["table1", "figure6"]})
    assert suite.zoo == load_suite("digits", {}).zoo
    assert [*suite.guest_list] == ["late", "later"]


@pytest.mark.parametrize("role", ["sources", "targets"])
def test_a_guest_joins_without_a_say(role):
    suite = invited(with_table1(**{role: ["resnet34", "later"]}))
    assert [*suite.guests] == ["later"]
    assert suite.residents == suite.joint == load_suite("digits", {}).zoo


def test_messages_say_which_exhibits_brought_it():
    overrides = {
        "table1": {"sources": ["late+resnet34"], "targets": ["resnet34"]},
        "table2": {"targets": ["late~bits3"]},
    }
    settings = load_settings({**LISTED, "exhibits": ["table1", "table2"], "overrides": overrides})
    chosen = choose_exhibits(load_exhibits(settings.suite), settings)
    suite = invite_guests(settings, chosen).suite
    assert name_inviting_exhibits(suite, chosen) == {"late": "table1, table2"}


def test_it_does_not_become_a_source_where_an_exhibit_takes_the_whole_zoo():
    suite = invited(with_table1(targets=["resnet34", "late"]))
    others = load_exhibits(load_settings(LISTED | {"overrides": {}}).suite)
    assert load_exhibits(suite) == others | {"table1": load_exhibits(suite)["table1"]}


def test_no_guest_is_called_noise():
    with pytest.raises(UserError, match="the name 'noise' is taken"):
        load_suite("digits", {"guests": {"noise": GUEST}})


def test_models_of_the_zoo_go_before_guests_of_their_name():
    added = load_suite(
        "digits", {"guests": LISTED["guests"], "add_models": {"late": {**GUEST, "joint": False}}}
    )
    assert added.zoo["late"].added
    assert [*added.guest_list] == ["later"]


def test_another_zoo_does_not_inherit_guests():
    assert not load_suite("imagenet", {"zoo": {"mine": GUEST}}).guest_list
    assert load_suite("imagenet", {"zoo": ["alexnet"]}).guest_list


def test_a_suite_s_overrides_hold_where_a_run_takes_fewer_models():
    assert [*load_suite("digits", {"zoo": ["alexnet"]}).zoo] == ["alexnet"]
    with pytest.raises(UserError, match="unknown model in overrides of table1: 'nobody'"):
        load_suite("digits", {"overrides": {"table1": {"targets": ["nobody"]}}})


def test_guests_are_scored_on_the_sets_of_the_exhibits_that_name_them():
    config = with_table1(sources=["resnet34"], targets=["alexnet", "late", "alexnet~bits3"])
    settings = load_settings(config | {"exhibits": ["table1", "table2"]})
    exhibits = load_exhibits(settings.suite)
    chosen = choose_exhibits(exhibits, settings)
    suite = invite_guests(settings, chosen).suite
    jobs = plan_crafting(exhibits.values(), "source")
    ((job, scoring),) = plan_guest_scoring(chosen, jobs, suite).items()
    assert job.source == "resnet34"
    assert scoring.guests == ("late", "alexnet~bits3")
    assert scoring.attacks == exhibits["table1"].attacks
    assert len(job.attacks) > len(scoring.attacks), "those of table2 and others are not scored"
