"""Which crafting jobs a run needs: sources, and attacks that go together.

Imports neither torch nor Snakemake.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from nrg.study.attacks import Attack, content_name, families
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
        return content_name(self.attacks) + ("" if self.images == "all" else f"-{self.images}")


def craft_jobs(exhibits: Iterable[Exhibit], granularity: str) -> dict[Key, Job]:
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
        for key in keys_of(exhibit):
            source, attack, images = key
            if key not in seen:
                seen.add(key)
                batches[source, images, exhibit.batch].append(attack)
    jobs = {}
    for (source, images, _), attacks in batches.items():
        together = families(attacks) if granularity == "family" else [tuple(attacks)]
        for group in together:
            job = Job(source, tuple(group), images)
            jobs |= {(source, attack, images): job for attack in group}
    return jobs


def keys_of(exhibit: Exhibit) -> list[Key]:
    return [(source, a, exhibit.images) for source in exhibit.sources for a in exhibit.attacks]


def jobs_of(exhibit: Exhibit, jobs: Mapping[Key, Job]) -> list[Job]:
    """The jobs that one exhibit reads, each once."""
    return list(dict.fromkeys(jobs[key] for key in keys_of(exhibit)))


def shards(images: int, size: int | None) -> list[str]:
    """The parts that a set of so many images is crafted in, each named by its first and last."""
    size = size or images
    ends = [min(start + size, images) - 1 for start in range(0, images, size)]
    return [f"{start}-{end}" for start, end in zip(range(0, images, size), ends, strict=True)]


def shard_slice(name: str) -> slice:
    """The images of a shard by its name."""
    first, last = map(int, name.split("-"))
    return slice(first, last + 1)
