"""What a run takes, counted before it starts: jobs, passes through networks, bytes.

Imports neither torch nor Snakemake. It counts from nothing, whatever exists already.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from nrg.attack.line_search import most_passes
from nrg.data.dataset_size import DataSetSize, measure_data_set
from nrg.data.images import IMAGES_KEPT
from nrg.models.proof_cost import count_forms, count_images
from nrg.study.attacks import Attack, count_gradients_per_image, group_by_gradients
from nrg.study.crafting_jobs import Job, Key, cut_shards, list_jobs, plan_crafting, plan_scoring
from nrg.study.defences import TRANSFORMATIONS, model_behind
from nrg.study.exhibits import Exhibit
from nrg.study.guests import plan_guest_scoring
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
OUTCOMES_BYTES = 6_000  # of an exhibit's outcomes, which compress so well that rows hardly count


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
            quick form, and one after another.
        parts: into how many it can be divided, each for a process of its own.
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
    parts: int = 1

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
    data: DataSetSize,
    microbatch: int,
) -> list[Task]:
    """Every job of the run, stage by stage.

    Args:
        exhibits: all that are declared.
        chosen: those to build.
        data: the size of the suite's data set.
        microbatch: images that go through a network at once.
    """
    suite, exhibits = settings.suite, list(exhibits)
    jobs = plan_crafting(exhibits, suite.jobs)
    transformed = [exhibit for exhibit in chosen if exhibit.kind.transforms_adversarial_sets]
    crafting, held = list_jobs(chosen, jobs), list_jobs(transformed, jobs)
    tasks = [*preparation_tasks(settings, data, microbatch)]
    if any(attack.own_functions for exhibit in chosen for attack in exhibit.attacks):
        tasks.append(Task("try_own_attacks", "all"))
    for job in crafting:
        tasks += crafting_tasks(job, settings, data, job in held)
    scoring = plan_scoring(exhibits, jobs, suite.joint)
    tasks += [score_task("score_adversarial_sets", j, scoring[j], suite, data) for j in crafting]
    tasks += guest_tasks(chosen, jobs, suite, data)
    tasks += [transformed_task(exhibit, suite, data) for exhibit in transformed]
    tasks += [PROBES[e.kind.name](e, suite) for e in chosen if e.kind.is_probe]
    if settings.companion and any(e.kind.attacks_mlps for e in chosen):
        attacks = [attack for e in exhibits if e.kind.attacks_mlps for attack in e.attacks]
        tasks += mlp_tasks(settings.companion, attacks)
    tasks += [Task("build_exhibit", exhibit.name, kept=OUTCOMES_BYTES) for exhibit in chosen]
    return [*tasks, Task("judge_claims", "all"), Task("write_report", "all")]


def network_task(suite: Suite, stage: str, name: str, passes: Passes, **others: Any) -> Task:
    """A job that runs networks of the suite; `others` are further attributes of `Task`."""
    return Task(stage, name, passes, suite.threads, suite.runtime, **others)


def load_and_pass(networks: Iterable[str], **counts: int) -> Passes:
    """Networks that a job loads, and the passes of each kind that each of them takes."""
    kinds = {"load": 1, **counts}
    return {Pass(kind, name): count for name in networks for kind, count in kinds.items()}


def count_candidates(suite: Suite, data: DataSetSize) -> int:
    """Images that the evaluation set is chosen from."""
    return min(suite.candidates or data.held_out, data.held_out)


def preparation_tasks(settings: Settings, data: DataSetSize, microbatch: int) -> Iterator[Task]:
    """Images, models, and the evaluation set.

    The gradients that prove a quick form take longer than is counted here, because those of one
    form are in float64, and most are of the network as given.
    """
    suite, forms = settings.suite, count_forms(settings.precision)
    count = count_candidates(suite, data)
    if archive := suite.data.downloaded_archive:
        yield Task("download_images", "all", kept=archive.bytes)
    yield Task("check_models", "all", load_and_pass(suite.networks))
    yield Task("read_images", "all", temporary=count * data.image_bytes)
    if suite.guests:
        yield Task("read_guest_images", "all", temporary=count * data.image_bytes)
    groups = {"zoo": tuple(suite.together), "guests": tuple(suite.guests_together)}
    grouped = {*groups["zoo"], *groups["guests"]}
    groups |= {name: (name,) for name in suite.networks if name not in grouped}
    for group, names in groups.items():
        if not names:
            continue
        parts, is_alone = len(names), group in suite.zoo
        job = group if is_alone else "all"
        recipes = {name: recipe for name in names if (recipe := suite.zoo[name].training)}
        if recipes:
            stage = "train_model" if is_alone else f"train_{group}"
            passes = training_passes(recipes, data)
            yield network_task(suite, stage, job, passes, saves=names, parts=parts)
        else:
            yield Task("fetch_weights", job, load_and_pass(names), saves=names)
        stage = "predict_clean" if is_alone else f"predict_clean_by_{group}"
        passes = load_and_pass(names, gradient=forms * count_images(microbatch), forward=count)
        passes |= {Pass("load", name): forms + 2 for name in names}  # to check logits, to predict
        kept = parts * data.prediction_bytes(count, count)
        options = {"kept": kept, "together": names, "as_given": True, "parts": parts}
        yield network_task(suite, stage, job, passes, **options)
    yield Task("select_evaluation_set", "all", kept=suite.evaluation_images * data.image_bytes)
    yield Task("measure_accuracy", "all")


def training_passes(recipes: Mapping[str, Training], data: DataSetSize) -> Passes:
    """The training of networks by their recipes, and the check of their accuracy."""
    passes = {}
    for name, recipe in recipes.items():
        images = recipe.epochs * (data.training // recipe.batch * recipe.batch)
        passes[Pass("training", name)] = images * recipe.gradients
        passes[Pass("forward", name)] = data.held_out
    return passes


def crafting_tasks(job: Job, settings: Settings, data: DataSetSize, held: bool) -> Iterator[Task]:
    """A crafting job, shard by shard.

    Args:
        held: whether its adversarial sets stay until another job has used them with other sets.
    """
    suite, networks = settings.suite, tuple(list_members(job.source))
    cost = sum(map(count_gradients_per_image, group_by_gradients(job.attacks)))
    shards = cut_shards(suite.count_images(job.images), suite.shard_images)
    for shard in shards:
        images = shard.last - shard.first + 1
        size = images * len(job.attacks) * data.image_bytes
        yield network_task(
            suite,
            "craft_adversarial_sets",
            f"{job.source}/{job.name}/{shard.name}",
            load_and_pass(networks, gradient=images * cost),
            held=held or len(shards) > 1,
            together=networks,
            kept=size if settings.keep_adversarial_sets else 0,
            temporary=0 if settings.keep_adversarial_sets else size,
        )


def guest_tasks(
    chosen: Sequence[Exhibit], jobs: Mapping[Key, Job], suite: Suite, data: DataSetSize
) -> Iterator[Task]:
    """Guests on the adversarial sets of the exhibits that name them."""
    for job, (guests, attacks) in plan_guest_scoring(chosen, jobs, suite).items():
        yield score_task("score_guests", job, guests, suite, data, len(attacks))
    for guest in suite.guests.keys() - suite.scored_together.keys():
        shown = [e for e in chosen if e.kind.scores_adversarial_sets and guest in e.targets]
        for job in list_jobs(shown, jobs):
            yield score_task("score_guest", job, [guest], suite, data)


def score_task(
    stage: str,
    job: Job,
    targets: Collection[str],
    suite: Suite,
    data: DataSetSize,
    sets: int | None = None,
) -> Task:
    """Every target on the adversarial sets of one job; a few images of each are kept.

    A model behind a defence is asked about the clean images, too.

    Args:
        sets: how many of the job's sets are scored; all unless given.
    """
    images, sets = suite.count_images(job.images), sets or len(job.attacks)
    passes = Counter[Pass]()
    for target in targets:
        defence, network = suite.zoo[target].defence, model_behind(target)
        asked = images * (sets if defence is None else sets + 1)
        copies = 1 if defence is None else defence.copies
        passes.update(load_and_pass([network], forward=asked * copies))
        if defence is not None and defence.kind in TRANSFORMATIONS:
            passes[Pass("transform", TRANSFORMATIONS[defence.kind])] += asked
    kept = data.prediction_bytes(images * sets * len(targets), images)
    if stage == "score_adversarial_sets":
        kept += min(images, IMAGES_KEPT) * sets * data.image_bytes
    return network_task(suite, stage, f"{job.source}/{job.name}", passes, kept=kept)


def transformed_task(exhibit: Exhibit, suite: Suite, data: DataSetSize) -> Task:
    """Adversarial sets and the clean images, as they are and at every strength."""
    images = suite.evaluation_images
    once = images * (len(exhibit.attacks) + 1)
    passes = {Pass("transform", n): once * len(each) for n, each in exhibit.transformations}
    scored = once + sum(passes.values())
    passes |= load_and_pass(exhibit.targets, forward=scored)
    kept = data.prediction_bytes(scored, images)
    return network_task(suite, "score_transformed", exhibit.name, passes, kept=kept)


def probe_task(exhibit: Exhibit, suite: Suite, plain: bool = False) -> Task:
    """Gradients of one source after the other, at every σ, with as many copies as the largest m.

    Args:
        plain: whether the gradient without noise is taken, too.
    """
    probe = exhibit.probe
    copies = {*probe.copies, *([0] if plain or probe.parts else [])}
    images = min(probe.images, suite.count_images(exhibit.images))
    gradients = images * (max(copies) + (0 in copies)) * (len(probe.sigmas) or 1)
    passes = load_and_pass(exhibit.sources, gradient=gradients)
    together = exhibit.sources[:1]
    return network_task(suite, str(exhibit.kind.rule), exhibit.name, passes, together=together)


def boundaries_task(exhibit: Exhibit, suite: Suite) -> Task:
    """The plane through one image, and lines along two axes from many, on every target.

    The number of forward passes is an upper bound: a line is left where its label has changed.
    """
    task, probe = probe_task(exhibit, suite, plain=True), exhibit.probe
    images = min(probe.images, suite.count_images(exhibit.images))
    lines = images * (1 + 2 * most_passes())
    forward = len(exhibit.sources) * (probe.points**2 + lines)
    passes = load_and_pass(exhibit.targets, forward=forward)
    return replace(task, passes={**task.passes, **passes})


PROBES: dict[str, Callable[[Exhibit, Suite], Task]] = {
    "boundaries": boundaries_task,
    "gradients": probe_task,
    "cosines": probe_task,
    "copies": probe_task,
}


def mlp_tasks(suite: Suite, attacks: Iterable[Attack]) -> Iterator[Task]:
    """Table 4, on all held-out images.

    Only a run shows on how many of them the networks of all depths are right.
    """
    mlps, attacks = suite.mlps, list(dict.fromkeys(attacks))
    if mlps is None:
        return
    data = measure_data_set(suite.data)
    names = tuple(map(name_mlp, mlps.depths))
    images, scored = data.held_out, data.held_out * len(attacks) * len(names)
    gradients = images * sum(map(count_gradients_per_image, group_by_gradients(attacks)))
    attacking = load_and_pass(names, gradient=gradients, forward=images + scored)
    kept = data.prediction_bytes(scored * len(names), images)
    if suite.data.downloads_mnist:
        yield Task("download_mnist", "all")
    recipes = {name: mlps.training[each.optimiser] for name, each in mlps.replicates.items()}
    groups = [tuple(recipes)] if suite.jobs == "source" else [(name,) for name in recipes]
    for replicates in groups:
        parts, job = len(replicates), "all" if suite.jobs == "source" else replicates[0]
        training = Counter[Pass]()
        for name in replicates:
            training.update(training_passes(dict.fromkeys(names, recipes[name]), data))
        options = {"saves": parts * names, "parts": parts}
        yield network_task(suite, "train_mlps", job, training, **options)
        attacked = {each: parts * count for each, count in attacking.items()}
        yield network_task(suite, "attack_mlps", job, attacked, kept=parts * kept, parts=parts)
