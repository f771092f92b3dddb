"""The texts around an exhibit: what its picture shows, and with which settings it was made."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import pandas as pd

from nrg.analysis.printed_optima import find_printed_optima
from nrg.base.resources import WORKFLOW
from nrg.base.yaml_files import read_yaml
from nrg.figures.curves import choose_optima
from nrg.report.attack_text import describe_attack
from nrg.study.exhibits import Exhibit, add_value_here, join_words, label_method
from nrg.study.methods import scale_value
from nrg.study.settings import Settings

# What a value of an axis or a probe is called, by its key; others as the key is.
WORDS = {
    "copies": "m {}",
    "steps": "k {}",
    "epsilon": "ε {}",
    "alpha": "α {}",
    "sigma": "σ {}",
    "sigmas": "σ {}",
    "first": "image {}",
    "images": "{} images",
    "move": "{} directions",
    "reach": "axes to {}",
    "points": "{} points along an axis",
}
NAMED = 4  # networks that a sentence names
# A value of the paper that `pixel_scale` multiplies: ε 15, σ 0 to 25, α from 1 to 40, RMSD 15.
QUOTED = re.compile(
    r"((?<!\w)[εασ]|RMSD)( from)? (\d+(?:\.\d+)?)(?: to (\d+(?:\.\d+)?))?(?![\w.]*\d|\s?ε)"
)


@cache
def load_captions() -> dict[str, str]:
    """The captions of the kinds of exhibits, as resources/captions.yaml holds them."""
    captions: dict[str, str] = read_yaml(WORKFLOW / "resources/captions.yaml")
    return captions


def write_caption(exhibit: Exhibit, table: pd.DataFrame, scale: float) -> str:
    """What a reader needs to know of an exhibit's picture.

    Args:
        table: the exhibit in long form.
        scale: this run's pixels for one of the paper's.
    """
    captions = load_captions()
    caption = captions[choose_caption(exhibit, table)].format(
        n=None if table.empty else table["n"].max(),
        unit=" of RMSD" if exhibit.probe.move == "unit" else "",
        sources=len(exhibit.sources),
    )
    drawn = table.drop(columns="source") if exhibit.mean_over else table
    marked = exhibit.x and choose_optima(drawn, exhibit.x, find_printed_optima(exhibit, scale))
    return f"{caption} {captions['optima']}" if marked else caption


def choose_caption(exhibit: Exhibit, table: pd.DataFrame) -> str:
    """The key of an exhibit's caption."""
    if exhibit.kind.name == "cosines" and len(table[["source", "target"]].drop_duplicates()) == 1:
        return "cosines of one pair"
    return "means" if exhibit.mean_over else exhibit.kind.name


def write_setting(exhibit: Exhibit, settings: Settings, labels: Mapping[str, str]) -> str:
    """The paper's setting of an exhibit, and what this run does instead.

    Args:
        labels: names of models to print.
    """
    suite, companion = settings.suite, settings.companion
    scale = suite.pixel_scale if exhibit.kind.scales_pixels else 1
    setting = quote_values(exhibit.setting, scale)
    sentences = []
    if setting and exhibit.reading:
        sentences.append(f"{setting[0].upper()}{setting[1:]}.")
    elif setting:
        as_printed = suite.pixel_scale == 1 and exhibit.name not in suite.overrides
        sentences.append(f"{'Setting' if as_printed else 'In the paper'}: {setting}.")
    if scale != 1 and setting == exhibit.setting:
        sentences.append(write_scale(exhibit, scale))
    if exhibit.name in suite.overrides and exhibit.sources:
        changes = describe_override(exhibit, suite.overrides[exhibit.name], labels)
        sentences.append(f"Here {changes}." if changes else "")
    if exhibit.left_out:
        sentences.append(f"Not in this zoo, and left out: {', '.join(exhibit.left_out)}.")
    if exhibit.kind.attacks_mlps and companion:
        sentences.append(
            f"Here the images are those of “{companion.title}”. After ± stands the standard "
            "deviation between seeds; intervals are Student’s, between seeds, and n counts the "
            "images of all seeds."
        )
    return " ".join(filter(None, sentences))


def quote_values(text: str, scale: float) -> str:
    """A text that quotes ε, α and σ of the paper, with what they are here: "ε 15 (here 40)"."""

    def quote(match: re.Match[str]) -> str:
        here = [
            str(scale_value("epsilon", float(value), scale))
            for value in match.groups()[2:]
            if value
        ]
        return add_value_here(match[0], " to ".join(here))

    return text if scale == 1 else QUOTED.sub(quote, text)


def write_scale(exhibit: Exhibit, scale: float) -> str:
    """A sentence on the scale of ε, α and σ, with every attack of a matrix."""
    attacks = ""
    if exhibit.kind.is_matrix_of_zoo:
        methods = exhibit.methods
        each = (f"{label_method(m.name)} {describe_attack(m.attack)}" for m in methods)
        attacks = f": {'; '.join(each)}"
    return f"Here ε, α and σ are {scale:.3g} times the paper’s, in whole pixels{attacks}."


def describe_override(
    exhibit: Exhibit, override: Mapping[str, Any], labels: Mapping[str, str]
) -> str:
    """What a suite changes of an exhibit: "the source is a, and the targets are b and c; m 100".

    Args:
        exhibit: as the run has it.
        override: the keys that are changed, of which sources, targets, axes, probe, attacks and
            budgets are told.
        labels: names of models to print.
    """
    own_ends = {"sources": exhibit.sources, "targets": exhibit.targets}
    ends = {key: names for key, names in own_ends.items() if key in override}
    clauses = [
        f"the {key if len(names) > 1 else key[:-1]} {'are' if len(names) > 1 else 'is'} "
        f"{name_some(names, labels)}"
        for key, names in ends.items()
    ]
    if len(ends) == 2 and ends["sources"] == ends["targets"]:
        both = "sources and targets" if len(ends["sources"]) > 1 else "source and the target"
        clauses = [f"the {both} are {name_some(ends['sources'], labels)}"]
    values = [format_setting(override[key]) for key in ("axes", "probe") if key in override]
    values += [describe_methods(exhibit)] if "attacks" in override else []
    if "budgets" in override:
        values.append(f"budgets {join_words(map(str, exhibit.equal_cost.budgets))}")
    return "; ".join(filter(None, [", and ".join(clauses), *values]))


def describe_methods(exhibit: Exhibit) -> str:
    """The attacks of an exhibit as text, those of a matrix with their settings."""
    with_settings = exhibit.kind.is_matrix_of_zoo
    attacks = dict.fromkeys(
        label_method(method.name)
        + (f" ({describe_attack(method.attack)})" if with_settings else "")
        for method in exhibit.methods
    )
    return f"the attack{'s are' if len(attacks) > 1 else ' is'} {join_words(attacks)}"


def name_some(names: Sequence[str], labels: Mapping[str, str]) -> str:
    """The first names as text, and how many more there are."""
    more = [f"{len(names) - NAMED} more"] if len(names) > NAMED else []
    return join_words([*(labels.get(name, name) for name in names[:NAMED]), *more])


def format_setting(value: Any) -> str:
    """An override's list or mapping without its brackets, in words and the paper's symbols."""
    if isinstance(value, Mapping):
        entries = value.items()
        return "; ".join(
            WORDS.get(key, f"{key} {{}}").format(format_setting(entry)) for key, entry in entries
        )
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
