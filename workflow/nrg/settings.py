"""What to run: the configuration laid over its suite, checked against the schemas.

Imports neither torch nor Snakemake, so that a dry run stays fast.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from nrg.code import code_behind_factory
from nrg.errors import UserError, unknown
from nrg.schemas import check, defaults, read_yaml, typed
from nrg.sources import NOISE, members

WORKFLOW = Path(__file__).parents[1]
# Keys that say how a run is carried out, and not what it computes.
RUNNING_KEYS = (
    *("name", "title", "note", "data", "images", "labels", "classes", "download", "weights"),
    *("jobs", "shard_images", "microbatch", "gpu_microbatch", "threads", "mem_mb", "runtime"),
)
GREY = ("digits", "mnist")  # data sets of one channel
# Keys that describe one suite, and no other that is like it.
OWN_KEYS = ("name", "title", "note", "paper_setting")
RUN_KEYS = (
    "suite",
    "exhibits",
    "readings",
    "seed",
    "device",
    "precision",
    "keep_adversarial_sets",
    "mlp_images",
)


@dataclass(frozen=True)
class Model:
    """A zoo's entry: how to build a classifier, and where its weights come from.

    `joint` models choose the evaluation set together; `code` is a hash of the factory's module,
    where that is not an installed library's. `suite.schema.yaml` describes the rest.
    """

    name: str
    factory: str
    code: str
    weights: str
    label: str
    family: str
    arguments: Mapping[str, Any]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    input_size: int | None
    minimum_accuracy: float | None
    joint: bool


@dataclass(frozen=True)
class Data:
    """A suite's images: which reader, from where, and at what size."""

    dataset: str
    images: str | None
    labels: str | None
    classes: str | None
    download: bool
    archive: Mapping[str, Any] | None
    resize: int | None
    image_size: int

    @property
    def shape(self) -> tuple[int, int, int]:
        """(C, H, W) of an image as models get it."""
        return (1 if self.dataset in GREY else 3, self.image_size, self.image_size)

    @property
    def downloaded(self) -> bool:
        """Whether the images are those of the published archive, for the user names none."""
        return self.archive is not None and self.download and self.images is None


@dataclass(frozen=True)
class Suite:
    """A data set with its zoo and its scale; `workflow/schemas/suite.schema.yaml` describes it."""

    name: str
    title: str
    note: str
    paper_setting: bool
    data: Data
    candidates: int | None
    evaluation_images: int | None
    subset_images: int | None
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
    training: Mapping[str, Any] | None
    overrides: Mapping[str, Mapping[str, Any]]
    mlp_suite: str | None
    mlps: Mapping[str, Any] | None

    @property
    def joint(self) -> dict[str, Model]:
        """The models that choose the evaluation set together."""
        return {name: model for name, model in self.zoo.items() if model.joint}

    @property
    def guests(self) -> dict[str, Model]:
        """The others, each scored on those images of the set that it classifies correctly."""
        return {name: model for name, model in self.zoo.items() if not model.joint}


@dataclass(frozen=True)
class Settings:
    """One run: a suite, its companion for Table 4, and the choices of `config.yaml`.

    `changed` are the keys of the suite that the configuration overrides with other values, so that
    results are no longer the suite's own setting.
    """

    suite: Suite
    changed: tuple[str, ...]
    companion: Suite | None
    exhibits: str | list[str]
    readings: bool
    seed: int
    device: str
    precision: str
    keep_adversarial_sets: bool


def load_settings(config: Mapping[str, Any], folder: Path = WORKFLOW) -> Settings:
    """Lay `config` over the suite it names.

    Raises:
        UserError: a key or value the schemas do not allow, an unknown suite or model.
    """
    schema = read_yaml(folder / "schemas/config.schema.yaml")
    suite_schema = read_yaml(folder / "schemas/suite.schema.yaml")
    everything = {
        **schema,
        "properties": suite_schema["properties"] | schema["properties"],
        "$defs": suite_schema["$defs"],
    }
    config = {
        key: typed(value, everything["properties"].get(key, {}), everything["$defs"])
        for key, value in config.items()
    }
    del everything["properties"]["like"]  # is said by a suite's file alone
    check(config, everything, "the configuration")
    run = defaults(schema) | {key: config[key] for key in RUN_KEYS if key in config}
    overrides = {key: value for key, value in config.items() if key not in RUN_KEYS}
    suite = load_suite(run["suite"], overrides, folder)
    for key in ("zoo", "evaluation_images", "subset_images"):
        if not getattr(suite, key):
            raise UserError(f"the suite '{suite.name}' has no '{key}', and cannot be run by itself")
    if suite.subset_images > suite.evaluation_images:
        raise UserError(
            f"subset_images is {suite.subset_images}, more than evaluation_images, "
            f"{suite.evaluation_images}"
        )
    own = load_suite(run["suite"], {}, folder)
    companion = None
    if suite.mlp_suite is not None:
        given = {key: overrides[key] for key in ("mlps", "download") if key in overrides}
        companion = load_suite(suite.mlp_suite, given, folder)
        if companion.mlps is None:
            raise UserError(f"mlp_suite: the suite '{companion.name}' has no section 'mlps'")
        if "mlp_images" in run:
            data = replace(companion.data, images=run["mlp_images"])
            companion = replace(companion, data=data)
    return Settings(
        suite=suite,
        changed=(*differing(suite, own), *differing(suite.data, own.data)),
        companion=companion,
        exhibits=run["exhibits"],
        readings=run["readings"],
        seed=run["seed"],
        device=run["device"],
        precision=run["precision"],
        keep_adversarial_sets=run["keep_adversarial_sets"],
    )


def check_words(words: Iterable[str]) -> None:
    """Refuse words of `--config` that a scheduler's shell would read otherwise.

    Snakemake hands them to jobs as Python writes strings, which is not always as shells read them.

    Raises:
        UserError: such a word.
    """
    for word in words:
        told = repr(word)
        plain = word.isprintable() and "\\" not in told
        if not plain or (told[0] == '"' and set(word) & set("$`!")):
            raise UserError(
                f"--config {word}: on a cluster its quotes, dollars or backslashes would not reach "
                "jobs as they are; say it in a file given by --configfile"
            )


def differing(a: Suite | Data, b: Suite | Data) -> list[str]:
    """The keys in which two suites compute something else."""
    keys = [field.name for field in fields(a) if field.name not in RUNNING_KEYS]
    return [key for key in keys if getattr(a, key) != getattr(b, key)]


def load_suite(name: str, overrides: Mapping[str, Any], folder: Path = WORKFLOW) -> Suite:
    """Read a suite by its name in `workflow/suites`, or by the path of a YAML file.

    Raises:
        UserError: no such suite, or one that the schema does not allow.
    """
    schema = read_yaml(folder / "schemas/suite.schema.yaml")
    entries = defaults(schema) | laid_over(read_suite(name, schema, folder), overrides)
    common = entries.pop("zoo_defaults", {})
    models, added = entries.pop("zoo", {}), entries.pop("add_models", {})
    for name in [*added.keys() & models.keys(), *{*models, *added} & {NOISE}]:
        raise UserError(f"zoo: the name '{name}' is taken")
    models |= added
    zoo = {model: load_model(model, common | entry) for model, entry in models.items()}
    entries = {key.name: None for key in fields(Suite)} | {"overrides": {}} | entries
    data = Data(**{key.name: entries.pop(key.name, None) for key in fields(Data)})
    suite = Suite(**entries | {"data": data, "zoo": zoo})
    for batch in ("microbatch", "gpu_microbatch"):
        if (suite.shard_images or 0) % getattr(suite, batch):
            raise UserError(
                f"shard_images is {suite.shard_images}; it must be a multiple of {batch}, "
                f"{getattr(suite, batch)}, so that shards change no batch"
            )
    if zoo and not suite.joint:
        raise UserError("zoo: with 'joint: false' on every model none chooses the evaluation set")
    trained = [model.name for model in zoo.values() if model.weights == "trained"]
    if trained and suite.training is None:
        raise UserError(
            f"zoo: '{trained[0]}' is to be trained; the suite needs a 'training' recipe"
        )
    if trained and data.dataset not in GREY:
        raise UserError(
            f"zoo: '{trained[0]}' is to be trained, and {data.dataset} has no training images"
        )
    for exhibit, entry in suite.overrides.items():
        for name in (*entry.get("sources", ()), *entry.get("targets", ())):
            for model in members(name):
                if model not in zoo:
                    raise unknown(f"model in overrides of {exhibit}:", model, zoo)
    return suite


def read_suite(
    name: str, schema: Mapping[str, Any], folder: Path, heirs: tuple[Path, ...] = ()
) -> dict[str, Any]:
    """What a suite's file says, laid over the suite that it is `like`.

    Args:
        heirs: the files that are like this suite, on the way to it.
    """
    path = Path(name) if name.endswith((".yaml", ".yml")) else folder / f"suites/{name}.yaml"
    if not path.is_file():
        if path.parent == folder / "suites":
            raise unknown("suite", name, (known.stem for known in path.parent.glob("*.yaml")))
        raise UserError(f"suite: there is no file {path}")
    if path in heirs:
        raise UserError(f"{path}: 'like' leads back to this file")
    entries = read_yaml(path)
    check(entries, {**schema, "required": []}, str(path))
    other = {}
    if "like" in entries:
        other = read_suite(entries.pop("like"), schema, folder, (*heirs, path))
    shared = {key: value for key, value in other.items() if key not in OWN_KEYS}
    entries = laid_over(shared, entries)
    check(entries, schema, str(path))
    return entries


def laid_over(entries: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A suite's entries with others in their place.

    The zoo's defaults are merged; a zoo that is a list takes the suite's own entries where it has
    them.
    """
    merged = {**entries, **changes}
    zoo_defaults = entries.get("zoo_defaults", {}) | changes.get("zoo_defaults", {})
    if zoo_defaults:
        merged["zoo_defaults"] = zoo_defaults
    if isinstance(merged.get("zoo"), list):
        known = entries.get("zoo", {})
        if "factory" not in zoo_defaults:
            for name in merged["zoo"]:
                if name not in known:
                    raise unknown("model in zoo:", name, known)
        merged["zoo"] = {name: known.get(name, {}) for name in merged["zoo"]}
    return merged


def load_model(name: str, entry: Mapping[str, Any]) -> Model:
    if entry.get("normalises_itself"):
        entry = {key: value for key, value in entry.items() if key not in ("mean", "std")}
    for key in ("factory", "weights"):
        if key not in entry:
            raise UserError(f"zoo: the model '{name}' has no '{key}'")
    try:
        factory = entry["factory"].format(name=name)
        label = entry.get("label", "{name}").format(name=name)
    except (KeyError, IndexError, ValueError) as error:
        raise UserError(f"zoo: '{name}': only {{name}} may stand in braces") from error
    return Model(
        name=name,
        factory=factory,
        code=code_behind_factory(factory),
        weights=entry["weights"],
        label=label,
        family=entry.get("family", name),
        arguments=entry.get("arguments", {}),
        mean=tuple(entry.get("mean", (0.0,))),
        std=tuple(entry.get("std", (1.0,))),
        input_size=entry.get("input_size"),
        minimum_accuracy=entry.get("minimum_accuracy"),
        joint=entry.get("joint", True),
    )
