"""Guests of a run that join the zoo only where an exhibit names them, also behind a defence."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import chain
from typing import NamedTuple

from nrg.study.attacks import Attack
from nrg.study.crafting_jobs import Job, Key, list_keys
from nrg.study.defences import model_behind
from nrg.study.exhibits import Exhibit
from nrg.study.settings import Settings
from nrg.study.sources import list_members
from nrg.study.suite import Suite


def invite_guests(settings: Settings, chosen: Iterable[Exhibit]) -> Settings:
    """Settings whose zoo also has the guests that the exhibits name.

    So no run fetches, trains or asks a model that none of its exhibits shows. A target behind a
    defence brings its model, too, because it has the model's weights.

    Args:
        chosen: the exhibits to build.
    """
    exhibits, suite = list(chosen), settings.suite
    targets = dict.fromkeys(target for exhibit in exhibits for target in exhibit.targets)
    named = {m for exhibit in exhibits for source in exhibit.sources for m in list_members(source)}
    named |= set(map(model_behind, targets))
    invited = [name for name in suite.guest_list if name in named]
    invited += [target for target in targets if model_behind(target) != target]
    models = {name: model for name in invited if (model := suite.find_model(name))}
    return replace(settings, suite=replace(suite, zoo={**suite.zoo, **models}))


def name_inviting_exhibits(suite: Suite, chosen: Iterable[Exhibit]) -> dict[str, str]:
    """The exhibits that brought each guest of the list, for messages: "table1, table2"."""
    inviting: dict[str, list[str]] = {name: [] for name in suite.guest_list if name in suite.zoo}
    for exhibit in chosen:
        members = chain.from_iterable(map(list_members, exhibit.sources))
        for name in {*members, *map(model_behind, exhibit.targets)} & inviting.keys():
            inviting[name].append(exhibit.name)
    return {name: ", ".join(exhibits) for name, exhibits in inviting.items()}


class GuestScoring(NamedTuple):
    """The guests that are scored on a crafting job's adversarial sets, and on which of these."""

    guests: tuple[str, ...]
    attacks: tuple[Attack, ...]


def plan_guest_scoring(
    chosen: Iterable[Exhibit], jobs: Mapping[Key, Job], suite: Suite
) -> dict[Job, GuestScoring]:
    """What is scored together for the exhibits that name guests, by crafting job.

    Args:
        chosen: the exhibits to build.
        jobs: the crafting job of each adversarial set.
    """
    scoring: dict[Job, GuestScoring] = {}
    for exhibit in chosen:
        named = {*exhibit.targets} & suite.scored_together.keys()
        if named and exhibit.kind.scores_adversarial_sets:
            for key in list_keys(exhibit):
                job = jobs[key]
                guests, attacks = scoring.get(job, GuestScoring((), ()))
                wanted, needed = {*guests, *named}, {*attacks, key.attack}
                scoring[job] = GuestScoring(
                    tuple(guest for guest in suite.scored_together if guest in wanted),
                    tuple(attack for attack in job.attacks if attack in needed),
                )
    return scoring
