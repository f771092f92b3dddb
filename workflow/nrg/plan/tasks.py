"""What a run takes, counted before it starts: jobs, passes through networks, bytes.

Imports neither torch nor Snakemake. It counts from nothing, whatever exists already.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from nrg.attack.line_search import most_passes
from nrg.data.dataset_size import DataSetSize
from nrg.data.samples import IMAGES_KEPT
from nrg.models.proof_cost import count_forms, count_images
from nrg.study.attacks import Attack, count_gradients_per_image, group_by_gradients
from nrg.study.crafting_jobs import Job, Key, cut_shards, list_jobs
from nrg.study.exhibits import Exhibit
from nrg.study.settings import Settings
from nrg.study.sources import list_members, name_mlp
from nrg.study.suite import Suite, Training


class Pass(NamedTuple):
    """What a job does, and with which network or transformation.

    Attributes:
        kind: "load" counts once per job; "gradient", "forward", "training" and "transform" count
            once per image.
        name: the network's or transformation's.
    """

    kind: str
    name: str


Passes = dict[Pass, int]


@dataclass(frozen=True)
class Task:
    """One job of the run.

    Attributes:
        stage: its rule.
        name: of the job within the stage.
        passes: how often it does what; gradients are counted as `crafting.craft` counts them.
        threads: that it may use.
        runtime: minutes after which a scheduler may end it; None for jobs that run no network.
        kept: bytes of arrays and predictions that it writes and that stay.
        temporary: bytes that it writes and that are deleted once they are used.
        held: whether the temporary bytes stay until a job has used those of other jobs, too.
        saves: networks whose weights it writes.
        together: networks whose activations a gradient keeps at once.
        as_given: whether these networks run as given, which keeps more activations than their
            quick form.
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
    as_given: bool = False

    @property
    def runs_network(self) -> bool:
        """Whether the job runs a network, and so asks for a GPU where there is one."""
        return self.runtime is not None

    def count(self, kind: str) -> int:
        """Passes of one kind."""
        return sum(count for each, count in self.passes.items() if each.kind == kind)


def plan_tasks(
    settings: Settings,
    exhibits: Iterable[Exhibit],
    chosen: Sequence[Exhibit],
    jobs: Mapping[Key, Job],
    data: DataSetSize,
    mlp_data: DataSetSize | None,
    microbatch: int,
) -> list[Task]:
    """Every job of the run, stage by stage.

    Args:
        exhibits: all that are declared.
        chosen: those to build.
        jobs: the crafting job that makes each source and attack.
        data: the size of the suite's data set.
        mlp_data: the size of the companion suite's; None if there is no companion.
        microbatch: images that go through a network at once.
    """
    suite = settings.suite
    transformed = [exhibit for exhibit in chosen if exhibit.kind.transforms_adversarial_sets]
    crafting, held = crafting_jobs(chosen, jobs), crafting_jobs(transformed, jobs)
    tasks = [*preparation_tasks(settings, data, microbatch)]
    for job in crafting:
        tasks += crafting_tasks(job, settings, data, job in held)
    joint = list(suite.joint)
    tasks += [score_task("score_adversarial_sets", job, joint, suite, data) for job in crafting]
    for guest in suite.guests:
        of_guest = [e for e in chosen if e.kind.scores_adversarial_sets and guest in e.targets]
        for job in crafting_jobs(of_guest, jobs):
            tasks.append(score_task("score_guest", job, [guest], suite, data))
    tasks += [transformed_task(exhibit, suite, data) for exhibit in transformed]
    tasks += [PROBES[e.kind.name](e, suite) for e in chosen if e.kind.is_probe]
    if settings.companion and mlp_data and any(e.kind.attacks_mlps for e in chosen):
        attacks = [attack for e in exhibits if e.kind.attacks_mlps for attack in e.attacks]
        tasks += mlp_tasks(settings.companion, attacks, mlp_data)
    tasks += [Task("build_exhibit", exhibit.name) for exhibit in chosen]
    return [*tasks, Task("judge_claims", "all"), Task("write_report", "all")]


def crafting_jobs(exhibits: Iterable[Exhibit], jobs: Mapping[Key, Job]) -> dict[Job, None]:
    """The crafting jobs that the exhibits read, each once."""
    return dict.fromkeys(job for exhibit in exhibits for job in list_jobs(exhibit, jobs))


def count_candidates(suite: Suite, data: DataSetSize) -> int:
    """Images that the evaluation set is chosen from."""
    return min(suite.candidates or data.held_out, data.held_out)


def load_each(networks: Iterable[str]) -> Passes:
    return {Pass("load", name): 1 for name in networks}


def preparation_tasks(settings: Settings, data: DataSetSize, microbatch: int) -> Iterator[Task]:
    """Images, models, and the evaluation set."""
    suite = settings.suite
    count = count_candidates(suite, data)
    if archive := suite.data.downloaded_archive:
        yield Task("download_images", "all", kept=archive.bytes)
    yield Task("check_models", "all", load_each(suite.zoo))
    yield Task("read_images", "all", temporary=count * data.image_bytes)
    if suite.guests:
        yield Task("read_guest_images", "all", temporary=count * data.image_bytes)
    for name, model in suite.zoo.items():
        if model.weights == "trained" and suite.training:
            yield Task(
                "train_model",
                name,
                training_passes(name, suite.training, data),
                suite.threads,
                suite.runtime,
                saves=(name,),
            )
        else:
            yield Task("fetch_weights", name, load_each([name]), saves=(name,))
    for name in suite.zoo:
        yield clean_task(name, settings, count, data, microbatch)
    pixels = suite.evaluation_images * data.image_bytes
    yield Task("select_evaluation_set", "all", kept=pixels)
    yield Task("measure_accuracy", "all")


def clean_task(
    name: str, settings: Settings, candidates: int, data: DataSetSize, microbatch: int
) -> Task:
    """One model on all candidates, and the proof of its quick form.

    Of the proof's gradients one form's are in float64, and most are of the network as given; both
    take longer than they are counted.
    """
    suite, forms = settings.suite, count_forms(settings.precision)
    return Task(
        "predict_clean",
        name,
        {
            Pass("load", name): forms + 2,  # to check its logits, and to predict
            Pass("gradient", name): forms * count_images(microbatch),
            Pass("forward", name): candidates,
        },
        suite.threads,
        suite.runtime,
        kept=data.prediction_bytes(candidates, candidates),
        together=(name,),
        as_given=True,
    )


def training_passes(name: str, recipe: Training, data: DataSetSize) -> Passes:
    """One network's training, and the check of its accuracy."""
    images = data.training // recipe.batch * recipe.batch
    return {Pass("training", name): recipe.epochs * images, Pass("forward", name): data.held_out}


def crafting_tasks(job: Job, settings: Settings, data: DataSetSize, held: bool) -> Iterator[Task]:
    """A crafting job, shard by shard.

    Args:
        held: whether its adversarial sets stay until another job has used them with other sets.
    """
    suite, networks = settings.suite, tuple(list_members(job.source))
    cost = sum(count_gradients_per_image(family) for family in group_by_gradients(job.attacks))
    shards = cut_shards(suite.count_images(job.images), suite.shard_images)
    for shard in shards:
        images = shard.last - shard.first + 1
        size = images * len(job.attacks) * data.image_bytes
        yield Task(
            "craft_adversarial_sets",
            f"{job.source}/{job.name}/{shard.name}",
            load_each(networks) | {Pass("gradient", name): images * cost for name in networks},
            suite.threads,
            suite.runtime,
            kept=size if settings.keep_adversarial_sets else 0,
            temporary=0 if settings.keep_adversarial_sets else size,
            held=held or len(shards) > 1,
            together=networks,
        )


def score_task(
    stage: str, job: Job, targets: Sequence[str], suite: Suite, data: DataSetSize
) -> Task:
    """Every target on the adversarial sets of one job; a few images of each are kept."""
    images, sets = suite.count_images(job.images), len(job.attacks)
    passes = load_each(targets) | {Pass("forward", name): images * sets for name in targets}
    kept = data.prediction_bytes(images * sets * len(targets), images)
    if stage == "score_adversarial_sets":
        kept += min(images, IMAGES_KEPT) * sets * data.image_bytes
    name = f"{job.source}/{job.name}"
    return Task(stage, name, passes, suite.threads, suite.runtime, kept=kept)


def transformed_task(exhibit: Exhibit, suite: Suite, data: DataSetSize) -> Task:
    """Adversarial sets and the clean images, as they are and at every strength."""
    images, target = suite.evaluation_images, exhibit.targets[0]
    once = images * (len(exhibit.attacks) + 1)
    passes = {
        Pass("transform", name): once * len(strengths)
        for name, strengths in exhibit.transformations
    }
    scored = once + sum(passes.values())
    passes |= load_each([target]) | {Pass("forward", target): scored}
    return Task(
        "score_transformed",
        exhibit.name,
        passes,
        suite.threads,
        suite.runtime,
        kept=data.prediction_bytes(scored, images),
    )


def count_probe_images(exhibit: Exhibit, suite: Suite) -> int:
    """Images that a probe takes gradients of."""
    return min(exhibit.probe.images, suite.count_images(exhibit.images))


def count_averaged(exhibit: Exhibit, copies: Sequence[int], suite: Suite) -> int:
    """Gradients that `average_gradients` takes of a model.

    Args:
        copies: the numbers m of noisy copies; 0 is the plain gradient, which is one more.
    """
    return count_probe_images(exhibit, suite) * (max(copies) + (0 in copies))


def boundaries_task(exhibit: Exhibit, suite: Suite) -> Task:
    """The plane through one image, and lines along two axes from many, on every target.

    The number of forward passes is an upper bound: a line is left where its label has changed.
    """
    probe, sources = exhibit.probe, exhibit.sources
    gradients = count_averaged(exhibit, [0, *probe.copies], suite)
    lines = count_probe_images(exhibit, suite) * (1 + 2 * most_passes())
    forward = len(sources) * (probe.points**2 + lines)
    passes = load_each([*sources, *exhibit.targets])
    passes |= {Pass("gradient", source): gradients for source in sources}
    passes |= {Pass("forward", target): forward for target in exhibit.targets}
    return Task(
        "probe_boundaries",
        exhibit.name,
        passes,
        suite.threads,
        suite.runtime,
        together=sources[:1],
    )


def gradients_task(exhibit: Exhibit, suite: Suite) -> Task:
    """Gradients of one model, with m as in the exhibit, and the plain one where it shows parts."""
    source = exhibit.sources[0]
    plain = [0] if exhibit.probe.parts else []
    gradients = count_averaged(exhibit, [*plain, *exhibit.probe.copies], suite)
    passes = load_each([source]) | {Pass("gradient", source): gradients}
    return Task(
        "probe_gradients",
        exhibit.name,
        passes,
        suite.threads,
        suite.runtime,
        together=(source,),
    )


def cosines_task(exhibit: Exhibit, suite: Suite) -> Task:
    """Gradients of one model after the other."""
    gradients = count_averaged(exhibit, exhibit.probe.copies, suite)
    passes = load_each(exhibit.sources)
    passes |= {Pass("gradient", name): gradients for name in exhibit.sources}
    return Task("probe_cosines", exhibit.name, passes, suite.threads, suite.runtime)


def copies_task(exhibit: Exhibit, suite: Suite) -> Task:
    """Gradients of one model after the other, at every σ."""
    gradients = count_averaged(exhibit, exhibit.probe.copies, suite)
    gradients *= len(exhibit.probe.sigmas)
    passes = load_each(exhibit.sources)
    passes |= {Pass("gradient", name): gradients for name in exhibit.sources}
    return Task("probe_copies", exhibit.name, passes, suite.threads, suite.runtime)


PROBES: dict[str, Callable[[Exhibit, Suite], Task]] = {
    "boundaries": boundaries_task,
    "gradients": gradients_task,
    "cosines": cosines_task,
    "copies": copies_task,
}


def mlp_tasks(suite: Suite, attacks: Iterable[Attack], data: DataSetSize) -> Iterator[Task]:
    """Table 4, on all held-out images.

    Only a run shows on how many of them the networks of all depths are right.
    """
    mlps, groups = suite.mlps, group_by_gradients(attacks)
    if mlps is None:
        return
    names = tuple(name_mlp(depth) for depth in mlps.depths)
    images, sets = data.held_out, sum(len(group) for group in groups)
    gradients = images * sum(count_gradients_per_image(group) for group in groups)
    scored = images * (1 + len(names) * sets)
    if suite.data.downloads_mnist:
        yield Task("download_mnist", "all")
    for name, replicate in mlps.replicates.items():
        recipe = mlps.training[replicate.optimiser]
        training: Passes = {}
        for network in names:
            training |= training_passes(network, recipe, data)
        yield Task("train_mlps", name, training, suite.threads, suite.runtime, saves=names)
        attacking = load_each(names)
        attacking |= {Pass("gradient", network): gradients for network in names}
        attacking |= {Pass("forward", network): scored for network in names}
        kept = data.prediction_bytes(images * sets * len(names) ** 2, images)
        yield Task("attack_mlps", name, attacking, suite.threads, suite.runtime, kept=kept)
