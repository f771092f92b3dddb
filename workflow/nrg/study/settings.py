"""What to run: the configuration laid over the suite that it names, checked against the schemas."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from pathlib import Path
from typing import Any

from nrg.base.code_hash import hash_factory
from nrg.base.errors import UnknownName, UserError, name_in_errors
from nrg.base.factory_files import hash_factory_files
from nrg.base.resources import WORKFLOW
from nrg.base.schemas import check, check_values, convert_entries, defaults
from nrg.base.yaml_files import read_yaml
from nrg.study.defences import model_behind, read_defence
from nrg.study.methods import scale_value
from nrg.study.sources import NOISE, list_members
from nrg.study.suite import (
    HAS_TRAINING_IMAGES,
    Adversarial,
    Archive,
    Data,
    Mlps,
    Model,
    Suite,
    Training,
)
from nrg.study.suite_layers import (
    check_basis,
    check_reading,
    find_own_suites,
    lay_over,
    quote_names,
    read_suite,
    suite_file,
)

# Keys that say how a run is carried out, and do not change what it computes.
RUNNING_KEYS = (
    "name title note data images labels classes download weights "
    "jobs shard_images microbatch gpu_microbatch threads mem_mb runtime"
).split()
RESERVED = ("downloads",)  # folders of results that belong to no suite


@dataclass(frozen=True)
class Settings:
    """One run: a suite, its companion for Table 4, and the choices of `config.yaml`.

    Attributes:
        asked: the suite's name, or the path of its file, as the configuration gives it.
        files: the user's own suite files: the suite's, and those that it is `like`.
        changed: keys of the suite to which the configuration gives other values, so that the run
            is no longer in the suite's own setting.
        companion: the suite whose fully connected networks Table 4 compares.
        readings: whether to build exhibits that are not in the paper, too.
        replicates: how many zoos to attack, each trained anew; the run's own is one of them.
        zoo_seed: added to the seed where the zoo is trained.
    """

    suite: Suite
    asked: str
    files: tuple[Path, ...]
    changed: tuple[str, ...]
    companion: Suite | None
    exhibits: str | list[str]
    readings: bool
    seed: int
    replicates: int
    zoo_seed: int
    device: str
    precision: str
    keep_adversarial_sets: bool


def load_settings(config: Mapping[str, Any], words: Mapping[str, Any] | None = None) -> Settings:
    """Lay `config` over the suite that it names, or over the default suite.

    Args:
        words: the part of `config` that the command line gives, where a number may be text.

    Raises:
        UserError: if the schemas do not allow a key or value, if a suite or model is unknown, or
            if the configuration brings a data set or zoo of its own and names no suite, or asks for
            other zoos where none is trained.
    """
    schema = read_yaml(WORKFLOW / "schemas/config.schema.yaml")
    suite_schema = read_yaml(WORKFLOW / "schemas/suite.schema.yaml")
    everything = {
        **schema,
        "properties": suite_schema["properties"] | schema["properties"],
        "$defs": suite_schema["$defs"],
    }
    check_values(config, "the configuration")
    words = words or {}
    converted_words = convert_entries(words, everything, loose=True)
    config = convert_entries(config, everything) | {
        key: value for key, value in converted_words.items() if config.get(key) == words[key]
    }
    del everything["properties"]["like"]  # which only a suite's file may have
    if "like" in config:
        raise UserError(
            "the configuration: unknown key 'like': only a suite's own file says it; give that "
            "file as --config suite=FILE.yaml"
        )
    check(config, everything, "the configuration")
    choices = schema["properties"]
    run = defaults(schema) | {key: config[key] for key in choices if key in config}
    overrides = {key: value for key, value in config.items() if key not in choices}
    check_basis(overrides, "suite" in config, run["suite"])
    suite = load_suite(run["suite"], overrides)
    needed = {"name": suite.name, "title": suite.title, "image_size": suite.data.image_size}
    lacking = [key for key, value in needed.items() if value is None]
    if lacking:
        raise UserError(
            f"the configuration reads other images than its suite, '{run['suite']}', whose keys "
            f"do not apply to them; it must say {quote_names(lacking)} of its own, too"
        )
    for key in ("zoo", "evaluation_images"):
        if not getattr(suite, key):
            raise UserError(f"the suite '{suite.name}' has no '{key}', and cannot be run by itself")
    if suite.subset_images > suite.evaluation_images:
        raise UserError(
            f"subset_images is {suite.subset_images}, more than evaluation_images, "
            f"{suite.evaluation_images}"
        )
    trains = any(model.weights == "trained" for model in suite.zoo.values())
    if (run["replicates"] > 1 or run["zoo_seed"]) and not trains:
        raise UserError(
            f"replicates and zoo_seed: the suite '{suite.name}' trains no model of its zoo, and "
            "they ask for networks that are trained anew; leave them out"
        )
    unchanged = load_suite(run["suite"], {})
    return Settings(
        suite=suite,
        asked=run["suite"],
        files=find_own_suites(run["suite"]),
        changed=(
            *find_differing_keys(suite, unchanged),
            *find_differing_keys(suite.data, unchanged.data),
        ),
        companion=load_companion(run, suite, overrides),
        **{key: value for key, value in run.items() if key not in ("suite", "mlp_images")},
    )


def load_companion(
    run: Mapping[str, Any], suite: Suite, overrides: Mapping[str, Any]
) -> Suite | None:
    """The suite whose fully connected networks Table 4 compares, or None."""
    if suite.mlp_suite is None:
        return None
    given = {key: overrides[key] for key in ("mlps", "download") if key in overrides}
    companion = load_suite(suite.mlp_suite, given)
    if companion.mlps is None:
        raise UserError(f"mlp_suite: the suite '{companion.name}' has no section 'mlps'")
    files = [suite_file(name).resolve() for name in (run["suite"], suite.mlp_suite)]
    if companion.name == suite.name and len(set(files)) > 1:
        raise UserError(
            f"mlp_suite: {files[1]} has the name of the suite {files[0]}, '{suite.name}', and "
            "both would write into one folder of results; give one of them another 'name'"
        )
    if "mlp_images" in run:
        companion = replace(companion, data=replace(companion.data, images=run["mlp_images"]))
    return companion


def check_words(words: Iterable[str]) -> None:
    """Refuse words of `--config` that a scheduler's shell would change.

    Snakemake quotes them for jobs as Python quotes strings, which shells do not always read alike.
    """
    for word in words:
        quoted = repr(word)
        is_plain = word.isprintable() and "\\" not in quoted
        if not is_plain or (quoted[0] == '"' and set(word) & set("$`!")):
            raise UserError(
                f"--config {word}: on a cluster its quotes, dollars or backslashes would not reach "
                "jobs as they are; say it in a file given by --configfile"
            )


def find_differing_keys(a: Suite | Data, b: Suite | Data) -> list[str]:
    """The keys in which two suites differ, but for those that do not change what is computed."""
    keys = [field.name for field in fields(a) if field.name not in RUNNING_KEYS]
    return [key for key in keys if getattr(a, key) != getattr(b, key)]


def load_suite(name: str, overrides: Mapping[str, Any]) -> Suite:
    """Read a suite by its name in `workflow/suites`, or by the path of a YAML file.

    Args:
        overrides: keys of the suite that the configuration gives instead.

    Raises:
        UserError: if there is no such suite, or if it is not as the schema says.
    """
    schema = read_yaml(WORKFLOW / "schemas/suite.schema.yaml")
    changes = convert_entries(overrides, schema)
    entries = defaults(schema) | lay_over(read_suite(name, schema), changes)
    where = f"the configuration over the suite '{name}'" if overrides else name
    check_reading(entries, where)
    if entries.get("name") in RESERVED:
        raise UserError(f"{where}: name: results/{entries['name']} is for something else")
    common = entries.pop("zoo_defaults", {})
    recipe = entries.get("training")
    scale = entries["pixel_scale"]
    models, added = entries.pop("zoo", {}), entries.pop("add_models", {})
    guests = entries.pop("guests", {})
    for name in [*added.keys() & models.keys(), *{*models, *added, *guests} & {NOISE}]:
        raise UserError(f"zoo: the name '{name}' is taken")
    models |= added
    zoo = {
        model: load_model(model, add_recipe(common | entry, recipe, scale), model in added)
        for model, entry in models.items()
    }
    guest_list = {
        guest: load_model(guest, add_recipe(common | entry | {"joint": False}, recipe, scale))
        for guest, entry in guests.items()
        if guest not in zoo
    }
    missing = dict.fromkeys(key.name for key in fields(Suite))
    missing |= {"overrides": {}, "evaluation_images": 0, "subset_images": 0}
    entries = missing | entries
    entries |= read_sections(entries)
    data = Data(**{key.name: entries.pop(key.name, None) for key in fields(Data)})
    suite = Suite(**entries | {"data": data, "zoo": zoo, "guest_list": guest_list})
    check_channels(suite, where)
    for batch in ("microbatch", "gpu_microbatch"):
        if (suite.shard_images or 0) % getattr(suite, batch):
            raise UserError(
                f"shard_images is {suite.shard_images}; it must be a multiple of {batch}, "
                f"{getattr(suite, batch)}, so that shards change no batch"
            )
    if zoo and not suite.joint:
        raise UserError("zoo: with 'joint: false' on every model none chooses the evaluation set")
    everyone = {**zoo, **guest_list}
    trained = [model.name for model in everyone.values() if model.weights == "trained"]
    if trained and everyone[trained[0]].training is None:
        raise UserError(
            f"zoo: '{trained[0]}' is to be trained here, for which the suite needs a 'training' "
            "recipe; where its factory loads its own weights, leave 'weights' out"
        )
    if trained and data.dataset not in HAS_TRAINING_IMAGES:
        raise UserError(
            f"zoo: '{trained[0]}' is to be trained, and {data.dataset} has no training images"
        )
    # A suite's own overrides also hold where a run takes fewer of its models.
    known = {*everyone, *(() if "overrides" in changes else list_shipped_names())}
    for exhibit, entry in suite.overrides.items():
        check_models(f"overrides of {exhibit}", entry, known)
    return suite


def check_models(where: str, entry: Mapping[str, Any], known: Collection[str]) -> None:
    """Check the names of an exhibit's sources and targets.

    Raises:
        UserError: an unknown model or defence, or a source behind a defence.
    """
    sources = entry.get("sources", ())
    with name_in_errors(where):
        models = [m for source in sources for m in list_members(source)] if sources != "zoo" else []
        for target in entry.get("targets", ()):
            read_defence(target)
            models += list_members(model_behind(target))
    for model in models:
        if model not in known:
            raise UnknownName(f"model in {where}:", model, known)


@cache
def list_shipped_names() -> frozenset[str]:
    """The names of all models of the suites that ship with the project."""
    suites = [read_yaml(WORKFLOW / f"suites/{name}.yaml") for name in ("imagenet", "digits")]
    return frozenset(name for suite in suites for name in (*suite["zoo"], *suite["guests"]))


def add_recipe(
    entry: Mapping[str, Any], recipe: Mapping[str, Any] | None, scale: float
) -> dict[str, Any]:
    """A model's entry with the recipe of its training, if it is trained here.

    Args:
        recipe: the suite's, of which the model's own keys replace some.
        scale: the suite's `pixel_scale`.
    """
    known = {key: value for key, value in entry.items() if key != "training"}
    if entry.get("weights") != "trained" or recipe is None:
        return known
    return known | {"training": read_recipe({**recipe, **entry.get("training", {})}, scale)}


def read_recipe(entry: Mapping[str, Any], scale: float) -> Training:
    """A recipe with ε at the suite's scale, rounded to whole pixels as in exhibits."""
    if "adversarial" not in entry:
        return Training(**entry)
    given = entry["adversarial"]
    epsilon = scale_value("epsilon", given["epsilon"], scale)
    return Training(**{**entry, "adversarial": Adversarial(**{**given, "epsilon": epsilon})})


def read_sections(entries: Mapping[str, Any]) -> dict[str, Archive | Training | Mlps | None]:
    """The sections of a suite as objects; None for those that it lacks."""
    archive, training, mlps = (entries.get(key) for key in ("archive", "training", "mlps"))
    if mlps is not None:
        recipes = {name: read_recipe(each, 1) for name, each in mlps["training"].items()}
        mlps = Mlps(**mlps | {"depths": tuple(mlps["depths"]), "training": recipes})
    return {
        "archive": archive and Archive(**archive),
        "training": training and read_recipe(training, entries["pixel_scale"]),
        "mlps": mlps,
    }


def check_channels(suite: Suite, where: str) -> None:
    """Refuse a model whose mean and std do not fit the images' number of channels.

    With three numbers a grey image is repeated in three channels, for networks that take colours.
    """
    channels = suite.data.shape[0]
    for model in (*suite.zoo.values(), *suite.guest_list.values()):
        if len({channels, len(model.mean), len(model.std)} - {1}) > 1:
            raise UserError(
                f"{where}: zoo: the model '{model.name}' has a mean of {len(model.mean)} and a std "
                f"of {len(model.std)} numbers; the suite's images have {channels} "
                f"channel{'s' * (channels > 1)}"
            )


def load_model(name: str, entry: Mapping[str, Any], added: bool = False) -> Model:
    """A model of the zoo from its entry, with defaults for what the entry leaves out.

    Args:
        added: whether it was added to a zoo that was there without it.

    Raises:
        UserError: if there is no factory, or if a text has other braces than {name}.
    """
    if entry.get("normalises_itself"):
        entry = {key: value for key, value in entry.items() if key not in ("mean", "std")}
    if "factory" not in entry:
        raise UserError(f"zoo: the model '{name}' has no 'factory'")
    given = {key: value for key, value in entry.items() if key != "normalises_itself"}
    given |= {key: tuple(entry[key]) for key in ("mean", "std") if key in entry}
    factory, label = (insert_name(entry.get(key, "{name}"), name) for key in ("factory", "label"))
    before, _, remark = entry.get("label", "{name}").partition("{name}")
    given |= {"name": name, "factory": factory, "label": label, "remark": "" if before else remark}
    given |= {"code": hash_factory(factory), "family": entry.get("family", name), "added": added}
    arguments, listed = entry.get("arguments", {}), entry.get("files")
    return Model(**given | {"files": hash_factory_files(name, factory, arguments, listed)})


def insert_name(text: str, name: str) -> str:
    """The text with a model's name in place of {name}."""
    if {*text.replace("{name}", "")} & {*"{}"}:
        raise UserError(f"zoo: '{name}': '{text}': only {{name}} may stand in braces")
    return text.replace("{name}", name)
