"""What a run takes, counted before it starts: jobs, passes through networks, bytes.

Imports neither torch nor Snakemake. It counts from nothing, whatever is there already.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nrg.attack.line_search import most_passes
from nrg.data.dataset_size import DataSetSize
from nrg.data.samples import IMAGES_KEPT
from nrg.study.attacks import Attack, families, gradients_per_image
from nrg.study.crafting_jobs import Job, Key, cut_shards, jobs_of
from nrg.study.exhibits import Exhibit
from nrg.study.settings import Settings
from nrg.study.sources import members, mlp_name
from nrg.study.suite import Suite, Training

# What is done, and by which network or with which transformation: "load" once a job, "gradient",
# "forward", "training" and "transform" once an image.
Pass = tuple[str, str]


@dataclass(frozen=True)
class Task:
    """One job of the run.

    Attributes:
        stage: its rule.
        passes: how often it does what; gradients as `crafting.craft` counts them.
        runtime: minutes after which a scheduler may end it, of jobs that run a network.
        kept, temporary: bytes of arrays and predictions it writes that stay, and that are deleted
            once they are used; if `held`, not until a job has used those of others too.
        saves: networks whose weights it writes.
        together: networks whose activations a gradient keeps at once.
    """

    stage: str
    name: str
    passes: Mapping[Pass, int] = field(default_factory=dict)
    threads: int = 1
    runtime: int | None = None
    kept: int = 0
    temporary: int = 0
    held: bool = False
    saves: tuple[str, ...] = ()
    together: tuple[str, ...] = ()

    def count(self, kind: str) -> int:
        """Passes of one kind."""
        return sum(count for (own, _), count in self.passes.items() if own == kind)


def plan(
    settings: Settings,
    exhibits: Iterable[Exhibit],
    chosen: Sequence[Exhibit],
    jobs: Mapping[Key, Job],
    data: DataSetSize,
    mlp_data: DataSetSize | None,
) -> list[Task]:
    """Every job of the run, stage by stage.

    Args:
        exhibits: all that are declared; `chosen`, those to build.
        jobs: which job makes what.
        data, mlp_data: what the suite and its companion read.
    """
    suite = settings.suite
    destruction = [exhibit for exhibit in chosen if exhibit.kind.transforms_adversarial_sets]
    crafting, held = all_jobs(chosen, jobs), all_jobs(destruction, jobs)
    tasks = [*preparation(suite, data)]
    for job in crafting:
        tasks += craft_tasks(job, settings, data, job in held)
    tasks += [
        score_task("score_adversarial_sets", job, list(suite.joint), suite, data)
        for job in crafting
    ]
    for guest in suite.guests:
        theirs = [e for e in chosen if e.kind.scores_adversarial_sets and guest in e.targets]
        tasks += [
            score_task("score_guest", job, [guest], suite, data) for job in all_jobs(theirs, jobs)
        ]
    tasks += [transformed_task(exhibit, suite, data) for exhibit in destruction]
    tasks += [PROBES[e.kind.name](e, suite) for e in chosen if e.kind.is_probe]
    if any(exhibit.kind.attacks_mlps for exhibit in chosen):
        attacks = [a for exhibit in exhibits if exhibit.kind.attacks_mlps for a in exhibit.attacks]
        tasks += mlp_tasks(settings.companion, attacks, mlp_data)
    tasks += [Task("build_exhibit", exhibit.name) for exhibit in chosen]
    return [*tasks, Task("judge_claims", "all"), Task("write_report", "all")]


def all_jobs(exhibits: Iterable[Exhibit], jobs: Mapping[Key, Job]) -> dict[Job, None]:
    """The crafting jobs that the exhibits read, each once."""
    return dict.fromkeys(job for exhibit in exhibits for job in jobs_of(exhibit, jobs))


def candidates(suite: Suite, data: DataSetSize) -> int:
    return min(suite.candidates or data.held_out, data.held_out)


def network_task(
    suite: Suite, stage: str, name: str, passes: Mapping[Pass, int], **more: Any
) -> Task:
    return Task(stage, name, passes, suite.threads, suite.runtime, **more)


def preparation(suite: Suite, data: DataSetSize) -> Iterator[Task]:
    """Images, models, and the evaluation set."""
    count = candidates(suite, data)
    if archive := suite.data.downloaded_archive:
        yield Task("download_images", "all", kept=archive.bytes)
    yield Task("check_models", "all", {("load", model): 1 for model in suite.zoo})
    yield Task("read_images", "all", temporary=count * data.image_bytes)
    if suite.guests:
        yield Task("read_guest_images", "all", temporary=count * data.image_bytes)
    for name, model in suite.zoo.items():
        if model.weights == "trained":
            passes = training(name, suite.training, data)
            yield network_task(suite, "train_model", name, passes, saves=(name,))
        else:
            yield Task("fetch_weights", name, {("load", name): 1}, saves=(name,))
    for name in suite.zoo:
        passes = {("load", name): 1, ("forward", name): count}
        size = data.prediction_bytes(count, count)
        yield network_task(suite, "predict_clean", name, passes, kept=size)
    pixels = suite.evaluation_images * data.image_bytes
    yield Task("select_evaluation_set", "all", kept=pixels)
    yield Task("measure_accuracy", "all")


def training(name: str, recipe: Training, data: DataSetSize) -> dict[Pass, int]:
    """One network's training, and the check of its accuracy."""
    images = data.training // recipe.batch * recipe.batch
    return {("training", name): recipe.epochs * images, ("forward", name): data.held_out}


def craft_tasks(job: Job, settings: Settings, data: DataSetSize, held: bool) -> Iterator[Task]:
    """A crafting job, shard by shard."""
    suite, own = settings.suite, tuple(members(job.source))
    cost = sum(gradients_per_image(family) for family in families(job.attacks))
    shards = cut_shards(suite.count_images(job.images), suite.shard_images)
    for shard in shards:
        images = shard.last - shard.first + 1
        passes = {("load", model): 1 for model in own}
        passes |= {("gradient", model): images * cost for model in own}
        size = images * len(job.attacks) * data.image_bytes
        yield network_task(
            suite,
            "craft_adversarial_sets",
            f"{job.source}/{job.name}/{shard.name}",
            passes,
            kept=size if settings.keep_adversarial_sets else 0,
            temporary=0 if settings.keep_adversarial_sets else size,
            held=held or len(shards) > 1,
            together=own,
        )


def score_task(
    stage: str, job: Job, targets: Sequence[str], suite: Suite, data: DataSetSize
) -> Task:
    """Every target on the adversarial sets of one job; a few images of each are kept."""
    images, sets = suite.count_images(job.images), len(job.attacks)
    passes = {("load", model): 1 for model in targets}
    passes |= {("forward", model): images * sets for model in targets}
    kept = data.prediction_bytes(images * sets * len(targets), images)
    if stage == "score_adversarial_sets":
        kept += min(images, IMAGES_KEPT) * sets * data.image_bytes
    return network_task(suite, stage, f"{job.source}/{job.name}", passes, kept=kept)


def transformed_task(exhibit: Exhibit, suite: Suite, data: DataSetSize) -> Task:
    """Adversarial sets and the clean images, as they are and at every strength."""
    images, target = suite.evaluation_images, exhibit.targets[0]
    once = images * (len(exhibit.attacks) + 1)
    passes = {("transform", name): once * len(s) for name, s in exhibit.transformations}
    scored = once + sum(passes.values())
    passes |= {("load", target): 1, ("forward", target): scored}
    kept = data.prediction_bytes(scored, images)
    return network_task(suite, "score_transformed", exhibit.name, passes, kept=kept)


def averaged(exhibit: Exhibit, copies: Sequence[int], suite: Suite) -> int:
    """Gradients that `average_gradients` takes of a model; m 0, the plain, is one more."""
    images = min(exhibit.probe.images, suite.count_images(exhibit.images))
    return images * (max(copies) + (0 in copies))


def boundaries_task(exhibit: Exhibit, suite: Suite) -> Task:
    """The plane through one image, and lines along two axes from many, on every target.

    Of forward passes it is the most: a line is left where its label has changed.
    """
    probe, sources = exhibit.probe, exhibit.sources
    images = min(probe.images, suite.count_images(exhibit.images))
    passes = {("load", model): 1 for model in (*sources, *exhibit.targets)}
    passes |= {("gradient", s): averaged(exhibit, [0, *probe.copies], suite) for s in sources}
    each = probe.points**2 + images * (1 + 2 * most_passes())
    passes |= {("forward", target): len(sources) * each for target in exhibit.targets}
    return network_task(suite, "probe_boundaries", exhibit.name, passes, together=sources[:1])


def gradients_task(exhibit: Exhibit, suite: Suite) -> Task:
    source = exhibit.sources[0]
    plain = [0] if exhibit.probe.parts else []
    gradients = averaged(exhibit, [*plain, *exhibit.probe.copies], suite)
    passes = {("load", source): 1, ("gradient", source): gradients}
    return network_task(suite, "probe_gradients", exhibit.name, passes, together=(source,))


def cosines_task(exhibit: Exhibit, suite: Suite) -> Task:
    """One model after the other."""
    gradients = averaged(exhibit, exhibit.probe.copies, suite)
    passes = {("load", model): 1 for model in exhibit.sources}
    passes |= {("gradient", model): gradients for model in exhibit.sources}
    return network_task(suite, "probe_cosines", exhibit.name, passes)


def copies_task(exhibit: Exhibit, suite: Suite) -> Task:
    """One model after the other, at every σ."""
    probe = exhibit.probe
    gradients = averaged(exhibit, probe.copies, suite) * len(probe.sigmas)
    passes = {("load", model): 1 for model in exhibit.sources}
    passes |= {("gradient", model): gradients for model in exhibit.sources}
    return network_task(suite, "probe_copies", exhibit.name, passes)


PROBES = {
    "boundaries": boundaries_task,
    "gradients": gradients_task,
    "cosines": cosines_task,
    "copies": copies_task,
}


def mlp_tasks(suite: Suite, attacks: Iterable[Attack], data: DataSetSize) -> Iterator[Task]:
    """Table 4 on all held-out images: how many all depths classify correctly shows only later."""
    mlps, groups = suite.mlps, families(attacks)
    names = tuple(mlp_name(depth) for depth in mlps.depths)
    images, sets = data.held_out, sum(len(group) for group in groups)
    cost = sum(gradients_per_image(group) for group in groups)
    if suite.data.downloads_mnist:
        yield Task("download_mnist", "all")
    for name, replicate in mlps.replicates.items():
        passes = {}
        for network in names:
            passes |= training(network, mlps.training[replicate.optimiser], data)
        yield network_task(suite, "train_mlps", name, passes, saves=names)
        passes = {("load", network): 1 for network in names}
        passes |= {("gradient", network): images * cost for network in names}
        scored = images * (1 + len(names) * sets)
        passes |= {("forward", network): scored for network in names}
        size = data.prediction_bytes(images * sets * len(names) ** 2, images)
        yield network_task(suite, "attack_mlps", name, passes, kept=size)
