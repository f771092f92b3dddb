"""Which crafting jobs a run needs: for each source, the attacks that are crafted together."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from nrg.study.attacks import Attack, group_by_gradients, name_attacks
from nrg.study.exhibits import Exhibit


class Key(NamedTuple):
    """What an adversarial set is identified by: source, attack, and which images are attacked."""

    source: str
    attack: Attack
    images: str


@dataclass(frozen=True)
class Job:
    """The attacks that one job crafts from one source.

    Attributes:
        images: "all", or "subset" for the part of the evaluation set that ensembles attack.
    """

    source: str
    attacks: tuple[Attack, ...]
    images: str

    @property
    def name(self) -> str:
        """The name of its files, which depends on nothing but what the job crafts."""
        return name_attacks(self.attacks) + ("" if self.images == "all" else f"-{self.images}")


def plan_crafting(exhibits: Iterable[Exhibit], granularity: str) -> dict[Key, Job]:
    """The job that crafts each adversarial set of these exhibits.

    Only attacks of the same batch are crafted together, and an attack belongs to the first batch
    that names it, so that exhibits of a new batch never change the jobs of another.

    Args:
        exhibits: all that are declared and not only those to be built, so that the choice of
            exhibits renames no job.
        granularity: "family" for one job per source and group of attacks that share gradients, or
            "source" for one job per source and batch.
    """
    batches: dict[tuple[str, str, str], list[Attack]] = defaultdict(list)
    seen: set[Key] = set()
    for exhibit in exhibits:
        for key in list_keys(exhibit):
            if key not in seen:
                seen.add(key)
                batches[key.source, key.images, exhibit.batch].append(key.attack)
    jobs: dict[Key, Job] = {}
    for (source, images, _), attacks in batches.items():
        groups = group_by_gradients(attacks) if granularity == "family" else [tuple(attacks)]
        for group in groups:
            job = Job(source, group, images)
            jobs |= {Key(source, attack, images): job for attack in group}
    return jobs


def list_keys(exhibit: Exhibit) -> list[Key]:
    """The adversarial sets that one exhibit needs, source by source."""
    return [
        Key(source, attack, exhibit.images)
        for source in exhibit.sources
        for attack in exhibit.attacks
    ]


def list_jobs(exhibits: Iterable[Exhibit], jobs: Mapping[Key, Job]) -> list[Job]:
    """The jobs that exhibits read, each once."""
    return list(dict.fromkeys(jobs[key] for e in exhibits for key in list_keys(e)))


def plan_scoring(
    exhibits: Iterable[Exhibit], jobs: Mapping[Key, Job], joint: Iterable[str]
) -> dict[Job, list[str]]:
    """The joint models that predict what each job crafts.

    These are all of them, because tests of claims count models that no table shows. Exhibits at
    equal cost have many adversarial sets, so what only they read is predicted by their targets.

    Args:
        exhibits: all that are declared, so that the choice of exhibits changes nothing.
    """
    readers: dict[Job, list[Exhibit]] = defaultdict(list)
    for exhibit in exhibits:
        for job in list_jobs([exhibit], jobs):
            readers[job].append(exhibit)
    models, scoring = list(joint), {}
    for job, reading in readers.items():
        at_equal_cost = all(exhibit.kind.at_equal_cost for exhibit in reading)
        targets = {target for exhibit in reading for target in exhibit.targets}
        named = [model for model in models if model in targets] if at_equal_cost else []
        scoring[job] = named or models
    return scoring


@dataclass(frozen=True)
class Shard:
    """The part of an adversarial set that one job crafts: its first to its last image, from 0."""

    first: int
    last: int

    @property
    def name(self) -> str:
        """The name of its files, as 0-99."""
        return f"{self.first}-{self.last}"

    @property
    def slice(self) -> slice:
        """Where its images are in the whole set."""
        return slice(self.first, self.last + 1)

    @classmethod
    def from_name(cls, name: str) -> "Shard":
        """The shard whose files have this name."""
        first, last = name.split("-")
        return cls(int(first), int(last))


def cut_shards(images: int, size: int | None) -> list[Shard]:
    """A set of this many images in shards of `size`, of which the last may be smaller.

    None makes the whole set one shard.
    """
    size = size or images
    return [Shard(first, min(first + size, images) - 1) for first in range(0, images, size)]
