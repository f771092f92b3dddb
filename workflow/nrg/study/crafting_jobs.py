"""Which crafting jobs a run needs: sources, and attacks that go together.

Imports neither torch nor Snakemake.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from nrg.study.attacks import Attack, group_by_gradients, name_attacks
from nrg.study.exhibits import Exhibit

Key = tuple[str, Attack, str]  # a source, an attack, and the images they meet


@dataclass(frozen=True)
class Job:
    """The attacks that one job crafts from one source, named by its content.

    `images` is "all", or "subset" for the part of the evaluation set that is used with ensembles.
    """

    source: str
    attacks: tuple[Attack, ...]
    images: str

    @property
    def name(self) -> str:
        return name_attacks(self.attacks) + ("" if self.images == "all" else f"-{self.images}")


def plan_crafting(exhibits: Iterable[Exhibit], granularity: str) -> dict[Key, Job]:
    """The job that makes each source and attack of these exhibits.

    Attacks go together within a batch only, and an attack stays in the batch that names it first,
    so that exhibits of a new batch never change the jobs of another.

    Args:
        exhibits: all that are declared, chosen or not, so that a choice renames no job.
        granularity: "family", a job per source and family of attacks that share gradients, or
            "source", a job per source and batch.
    """
    batches: dict[tuple[str, str, str], list[Attack]] = defaultdict(list)
    seen: set[Key] = set()
    for exhibit in exhibits:
        for key in list_keys(exhibit):
            source, attack, images = key
            if key not in seen:
                seen.add(key)
                batches[source, images, exhibit.batch].append(attack)
    jobs: dict[Key, Job] = {}
    for (source, images, _), attacks in batches.items():
        together = group_by_gradients(attacks) if granularity == "family" else [tuple(attacks)]
        for group in together:
            job = Job(source, tuple(group), images)
            jobs |= {(source, attack, images): job for attack in group}
    return jobs


def list_keys(exhibit: Exhibit) -> list[Key]:
    return [(source, a, exhibit.images) for source in exhibit.sources for a in exhibit.attacks]


def list_jobs(exhibit: Exhibit, jobs: Mapping[Key, Job]) -> list[Job]:
    """The jobs that one exhibit reads, each once."""
    return list(dict.fromkeys(jobs[key] for key in list_keys(exhibit)))


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
