"""Guests of a run: models that join the zoo only where an exhibit names them."""

from collections.abc import Iterable
from dataclasses import replace

from nrg.study.exhibits import Exhibit
from nrg.study.settings import Settings
from nrg.study.sources import list_members


def invite_guests(settings: Settings, chosen: Iterable[Exhibit]) -> Settings:
    """Settings of which the zoo also has those of the guest list that the exhibits name.

    So no run fetches, trains or asks a model that none of its exhibits shows.

    Args:
        chosen: the exhibits to build.
    """
    exhibits, suite = list(chosen), settings.suite
    named = {target for exhibit in exhibits for target in exhibit.targets}
    named |= {m for exhibit in exhibits for source in exhibit.sources for m in list_members(source)}
    invited = {name: model for name, model in suite.guest_list.items() if name in named}
    return replace(settings, suite=replace(suite, zoo={**suite.zoo, **invited}))
