"""What a suite is: images, models, and the recipes of what is trained.

`suite.schema.yaml` describes every key, and checks them; nothing here reads a file.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from nrg.study.defences import Defence, describe_defence, model_behind, read_defence

GREY = ("digits", "mnist")  # data sets whose images have one channel; others have three
HAS_TRAINING_IMAGES = ("digits", "mnist")  # data sets on which networks can be trained
OWN_WEIGHTS = "factory"  # what a model's weights are called that its factory loads itself


@dataclass(frozen=True)
class Adversarial:
    """Training on attacked images in place of clean ones (Madry et al. 2018).

    Attributes:
        epsilon: radius of the ℓ∞ ball in which images are attacked, in pixels.
        steps: of the attack, each of size 1.25 ε / steps, from a random point of the ball.
    """

    epsilon: float
    steps: int = 1


@dataclass(frozen=True)
class Training:
    """The recipe by which a network is trained.

    Attributes:
        optimiser: "adamw", "adam" or "sgd".
        batch: images per step.
        schedule: "constant", or "one-cycle", where the learning rate rises and falls once.
        momentum: the optimiser's own default unless given; as `weight_decay`.
        shift: pixels by which a batch is shifted at random, at most.
        adversarial: how the images of each step are attacked first; None for clean images.
    """

    optimiser: str
    learning_rate: float
    epochs: int
    batch: int
    schedule: str = "constant"
    momentum: float | None = None
    weight_decay: float | None = None
    shift: int = 0
    adversarial: Adversarial | None = None

    @property
    def gradients(self) -> int:
        """Gradients that one image costs in an epoch: of the attack's steps, and of the loss."""
        return 1 + (self.adversarial.steps if self.adversarial else 0)


@dataclass(frozen=True)
class Model:
    """A zoo's entry: how to build a classifier, and where its weights come from.

    Attributes:
        code: a hash of the factory's module, empty where that is an installed library's.
        files: hashes of what else the factory reads, by path.
        label: what to print for it.
        training: the recipe of a network that is trained here; None for others.
        remark: what stands behind the model's name in its label, as " (scaled down)"; may be empty.
        joint: whether it is one of the models that choose the evaluation set together.
        defence: what stands in front of it; its weights are then those of the model behind.
        added: whether it was added to a zoo that was there without it.
    """

    name: str
    factory: str
    code: str
    files: Mapping[str, str]
    label: str
    remark: str
    family: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    weights: str = OWN_WEIGHTS
    weights_entry: str | None = None
    outputs: str | None = None
    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (1.0,)
    input_size: int | None = None
    minimum_accuracy: float | None = None
    training: Training | None = None
    joint: bool = True
    defence: Defence | None = None
    added: bool = False

    def is_same_network(self, other: "Model") -> bool:
        """Whether the two are built alike; their weights may differ."""
        return self.factory == other.factory and dict(self.arguments) == dict(other.arguments)


@dataclass(frozen=True)
class Archive:
    """The published .tar.gz of a suite's images: where it is, and how to know it.

    Attributes:
        bytes: its size.
        sha256: of the whole file, 64 hexadecimal digits.
        images: how many images are in it.
    """

    url: str
    bytes: int
    sha256: str
    images: int

    @property
    def name(self) -> str:
        """The name of the file."""
        return self.url.rpartition("/")[2]


@dataclass(frozen=True)
class Data:
    """A suite's images: which reader, from where, and at what size."""

    dataset: str
    images: str | None
    labels: str | None
    classes: str | None
    download: bool
    archive: Archive | None
    resize: int | None
    image_size: int

    @property
    def shape(self) -> tuple[int, int, int]:
        """(C, H, W) of an image as models get it."""
        return (1 if self.dataset in GREY else 3, self.image_size, self.image_size)

    @property
    def downloaded_archive(self) -> Archive | None:
        """The archive that a run downloads, because the user names no images."""
        return self.archive if self.download and self.images is None else None

    @property
    def downloads_mnist(self) -> bool:
        """Whether a run downloads MNIST, because the user names no images."""
        return self.dataset == "mnist" and self.download and self.images is None


@dataclass(frozen=True)
class Replicate:
    """One repetition of Table 4: networks of every depth, by one optimiser from one seed."""

    optimiser: str
    seed: int

    @property
    def name(self) -> str:
        """The name of its files, as adam-s0."""
        return f"{self.optimiser}-s{self.seed}"


@dataclass(frozen=True)
class Mlps:
    """The fully connected networks of Table 4.

    Attributes:
        depths: hidden layers, one network for each number.
        width: units of a hidden layer.
        seeds: how many networks of each depth and optimiser are trained.
        training: a recipe for each optimiser, by the optimiser's name.
        minimum_accuracy: clean Top-1 accuracy, in percent, below which training fails.
    """

    depths: tuple[int, ...]
    width: int
    seeds: int
    training: Mapping[str, Training]
    minimum_accuracy: float | None = None

    @property
    def replicates(self) -> dict[str, Replicate]:
        """Every replicate by its name."""
        replicates = (
            Replicate(optimiser, seed) for optimiser in self.training for seed in range(self.seeds)
        )
        return {replicate.name: replicate for replicate in replicates}


@dataclass(frozen=True)
class Suite:
    """A data set with its zoo and its scale.

    Attributes:
        evaluation_images: 0 if not given; as `subset_images`.
        zoo: the models that take part in a run.
        guest_list: models that join the zoo, as guests, where an exhibit of the run names them.
    """

    name: str
    title: str
    note: str
    paper_setting: bool
    data: Data
    candidates: int | None
    evaluation_images: int
    subset_images: int
    pixel_scale: float
    jobs: str
    shard_images: int | None
    microbatch: int
    gpu_microbatch: int
    threads: int
    mem_mb: int
    runtime: int
    weights: str | None
    zoo: Mapping[str, Model]
    guest_list: Mapping[str, Model]
    training: Training | None
    overrides: Mapping[str, Mapping[str, Any]]
    mlp_suite: str | None
    mlps: Mlps | None

    def count_images(self, which: str) -> int:
        """How many images there are in "all", the evaluation set, or in its "subset"."""
        return self.evaluation_images if which == "all" else self.subset_images

    @property
    def joint(self) -> dict[str, Model]:
        """The models that choose the evaluation set together."""
        return {name: model for name, model in self.zoo.items() if model.joint}

    @property
    def guests(self) -> dict[str, Model]:
        """The others, each scored on those images of the set that it classifies correctly."""
        return {name: model for name, model in self.zoo.items() if not model.joint}

    @property
    def residents(self) -> dict[str, Model]:
        """The zoo without those who joined it because an exhibit names them."""
        return {n: model for n, model in self.networks.items() if n not in self.guest_list}

    @property
    def networks(self) -> dict[str, Model]:
        """The models that have weights of their own: all but those behind a defence."""
        return {name: model for name, model in self.zoo.items() if model.defence is None}

    def find_model(self, name: str) -> Model | None:
        """A model of the zoo or of the guest list, or one of them behind a defence; or None."""
        behind = model_behind(name)
        model = self.zoo.get(behind) or self.guest_list.get(behind)
        defence = read_defence(name, self.pixel_scale)
        if model is None or defence is None:
            return model
        label = f"{model.label.removesuffix(model.remark)} {describe_defence(defence)}"
        behind_it = replace(model, name=name, label=label + model.remark, defence=defence)
        return replace(behind_it, joint=False, training=None)

    @property
    def together(self) -> dict[str, Model]:
        """The networks of a small suite that one job trains, and that one classifies images by.

        All others have jobs of their own, so that a model that is added makes none of them again.
        """
        return self.group_in_jobs(self.joint)

    @property
    def guests_together(self) -> dict[str, Model]:
        """The same of guests."""
        return self.group_in_jobs(self.guests)

    @property
    def scored_together(self) -> dict[str, Model]:
        """The guests that one job scores on the sets of a crafting job: those that joined the zoo.

        The zoo's own guests, and models that are added, have scoring jobs of their own.
        """
        joined = {name: model for name, model in self.guests.items() if name not in self.residents}
        return {name: model for name, model in joined.items() if not model.added}

    def group_in_jobs(self, models: Mapping[str, Model]) -> dict[str, Model]:
        """Those of the models that a small suite trains in one job."""
        if self.jobs == "family":
            return {}
        return {n: model for n, model in models.items() if model.training and not model.added}

    def list_stand_ins(self, paper: "Suite") -> list[str]:
        """The models that bear the name of a network of the paper's and are another one.

        Another one is built in another way, or has other weights than the published ones.
        """
        return [
            name
            for name, model in self.zoo.items()
            if name in paper.zoo
            and not (
                model.is_same_network(paper.zoo[name]) and model.weights == paper.zoo[name].weights
            )
        ]
