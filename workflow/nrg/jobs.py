"""Which crafting jobs a run needs: sources, and attacks that go together.

Imports neither torch nor Snakemake.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from nrg.attacks import Attack, content_name, families
from nrg.exhibits import Exhibit


@dataclass(frozen=True)
class Job:
    """The attacks that one job crafts from one source, named by its content."""

    source: str
    attacks: tuple[Attack, ...]

    @property
    def name(self) -> str:
        return content_name(self.attacks)


def craft_jobs(exhibits: Iterable[Exhibit], granularity: str) -> dict[tuple[str, Attack], Job]:
    """The job that makes each (source, attack) of these exhibits.

    Attacks go together within a batch only, and an attack stays in the batch that names it first,
    so that exhibits of a new batch never change the jobs of another.

    Args:
        exhibits: all that are declared, chosen or not, so that a choice renames no job.
        granularity: "family", a job per source and family of attacks that share gradients, or
            "source", a job per source and batch.
    """
    batches: dict[tuple[str, str], list[Attack]] = defaultdict(list)
    seen: set[tuple[str, Attack]] = set()
    for exhibit in exhibits:
        for source in exhibit.sources:
            for attack in exhibit.attacks:
                if (source, attack) not in seen:
                    seen.add((source, attack))
                    batches[source, exhibit.batch].append(attack)
    jobs = {}
    for (source, _), attacks in batches.items():
        together = families(attacks) if granularity == "family" else [tuple(attacks)]
        for group in together:
            jobs |= {(source, attack): Job(source, group) for attack in group}
    return jobs


def jobs_of(exhibit: Exhibit, jobs: Mapping[tuple[str, Attack], Job]) -> list[Job]:
    """The jobs that one exhibit reads, each once."""
    return list(
        dict.fromkeys(
            jobs[source, attack] for source in exhibit.sources for attack in exhibit.attacks
        )
    )
