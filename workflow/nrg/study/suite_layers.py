"""The layers of a suite's keys: a configuration, the suite's file, and the suite it is like."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nrg.base.errors import UnknownName, UserError
from nrg.base.files import exists
from nrg.base.resources import WORKFLOW
from nrg.base.schemas import check, check_values, convert_entries
from nrg.base.yaml_files import read_yaml

# Keys that describe one suite, and are not inherited by a suite that is like it.
OWN_KEYS = ("name", "title", "note", "paper_setting")
# Keys that belong to a data set: where its images are, how many are used, the scale of pixels,
# and what is trained on them.
DATA_KEYS = (
    "images labels classes download archive candidates evaluation_images subset_images pixel_scale "
    "training mlp_suite mlps"
).split()
# The keys that each reader of images understands of those that say where images are.
READS = {
    "digits": (),
    "mnist": ("images", "download"),
    "imagenet": ("images", "labels", "download", "archive"),
    "folder": ("images", "labels", "classes"),
}


def read_suite(
    name: str, schema: Mapping[str, Any], heirs: tuple[Path, ...] = ()
) -> dict[str, Any]:
    """The entries of a suite's file, laid over those of the suite that it is `like`.

    Args:
        heirs: the files through which `like` led to this suite.

    Raises:
        UserError: if there is no such file, if it is not as the schema says, or if `like` leads in
            a circle.
    """
    path = suite_file(name)
    if path.resolve() in heirs:
        raise UserError(f"{path}: 'like' leads back to this file")
    entries = read_yaml(path)
    check_values(entries, str(path))
    entries = convert_entries(entries, schema)
    check(entries, {**schema, "required": []}, str(path))
    other = {}
    if "like" in entries:
        other = read_suite(entries.pop("like"), schema, (*heirs, path.resolve()))
    shared = {key: value for key, value in other.items() if key not in OWN_KEYS}
    entries = lay_over(shared, entries)
    check(entries, schema, str(path))
    return entries


def find_own_suites(name: str) -> tuple[Path, ...]:
    """The user's own files behind a suite: its file, and those of the suites that it is like."""
    path = suite_file(name)
    like = read_yaml(path).get("like")
    return ((path,) if is_path(name) else ()) + (find_own_suites(like) if like else ())


def is_path(suite: str) -> bool:
    """Whether a suite is given by the path of its file, and not by a name."""
    return suite.lower().endswith((".yaml", ".yml")) or "/" in suite


def suite_file(name: str) -> Path:
    """The file of a suite, which has a name in `workflow/suites` or is given by its path.

    Raises:
        UserError: if there is none.
    """
    path = Path(name).expanduser() if is_path(name) else WORKFLOW / f"suites/{name}.yaml"
    if exists(path) and path.is_file():
        return path
    if is_path(name):
        raise UserError(f"suite: there is no file {path}")
    raise UnknownName("suite", name, (known.stem for known in path.parent.glob("*.yaml")))


def lay_over(entries: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A suite's entries, with changes in their place.

    Defaults of the zoo are merged. A zoo that is a list chooses among the suite's own models, if it
    has them. Changes that bring models of their own do not inherit the suite's guests. Changes to
    another data set inherit no keys that belong to the suite's data set, such as its name, scale
    or training; and if they bring a zoo, too, they inherit nothing.
    """
    if changes.get("dataset", entries.get("dataset")) != entries.get("dataset"):
        entries = inherit(entries, changes)
    merged = {**entries, **changes}
    zoo_defaults = entries.get("zoo_defaults", {}) | changes.get("zoo_defaults", {})
    if zoo_defaults:
        merged["zoo_defaults"] = zoo_defaults
    if brings_own_zoo(changes) and "guests" not in changes:
        merged.pop("guests", None)
    if isinstance(merged.get("zoo"), list):
        known = entries.get("zoo", {})
        if "factory" not in zoo_defaults:
            for name in merged["zoo"]:
                if name not in known:
                    raise UnknownName("model in zoo:", name, known)
        merged["zoo"] = {name: known.get(name, {}) for name in merged["zoo"]}
    return merged


def inherit(entries: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The entries of a suite that remain for changes to another data set."""
    if brings_own_zoo(changes):
        return {}
    kept = {key: value for key, value in entries.items() if key not in (*OWN_KEYS, *DATA_KEYS)}
    gate = "minimum_accuracy"  # which was meant for training on the suite's own data set
    if "zoo_defaults" in kept:
        kept["zoo_defaults"] = {k: v for k, v in kept["zoo_defaults"].items() if k != gate}
    for models in {"zoo", "guests"} & kept.keys():
        kept[models] = {
            name: {k: v for k, v in model.items() if k != gate}
            for name, model in kept[models].items()
        }
    return kept


def brings_own_zoo(changes: Mapping[str, Any]) -> bool:
    """Whether the changes bring models, and do not merely choose among the suite's."""
    return isinstance(changes.get("zoo"), Mapping) or "factory" in changes.get("zoo_defaults", {})


def check_basis(changes: Mapping[str, Any], named: bool, default: str) -> None:
    """Refuse a configuration that brings images or models and does not name a suite.

    It would be laid over the default suite, and inherit that suite's scale, limits and texts.

    Args:
        named: whether the configuration names a suite.
        default: the name of the default suite.
    """
    own = ("dataset", "images", "labels", "classes", "add_models")
    brought = [key for key in own if key in changes]
    brought += [
        key for key in ("zoo", "zoo_defaults") if key in changes and brings_own_zoo(changes)
    ]
    if brought and not named:
        raise UserError(
            f"the configuration brings {quote_names(brought)} of its own and names no suite, so "
            f"that it would be laid over '{default}', with that suite's scale, labels and limits. "
            "If its file is a whole suite, with a name, a title and a dataset, give it as one: "
            "--config suite=FILE.yaml. If it is meant to change a suite, name that one: suite: "
            "imagenet, in the file, or --config suite=imagenet"
        )


def check_reading(entries: Mapping[str, Any], where: str) -> None:
    """Refuse keys that say where images are, but that the suite's reader of images ignores."""
    dataset = entries["dataset"]
    given = [
        key
        for key in ("images", "labels", "classes", "archive")
        if entries.get(key) is not None and key not in READS[dataset]
    ]
    if given:
        readers = [name for name, keys in READS.items() if {*given} <= {*keys}]
        raise UserError(
            f"{where}: {quote_names(given)}: the data set '{dataset}' does not read "
            f"{'them' if len(given) > 1 else 'it'}; 'dataset: {readers[-1]}' does, in a suite of "
            "your own"
        )


def quote_names(names: Sequence[str]) -> str:
    """Names as text, each in quotes: "'a', 'b' and 'c'"."""
    quoted = [f"'{name}'" for name in names]
    return " and ".join(filter(None, (", ".join(quoted[:-1]), quoted[-1])))
