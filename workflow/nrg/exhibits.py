"""The paper's exhibits as data, fitted to a suite.

Imports neither torch nor Snakemake.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from nrg.attacks import Attack
from nrg.errors import UserError, unknown
from nrg.settings import WORKFLOW, Settings, Suite, read_yaml

KINDS = ("matrix", "mlps")
METRICS = ("top1_success",)


@dataclass(frozen=True)
class Exhibit:
    """A table or figure: which attacks of which sources, scored on which targets, and how.

    `sources` and `targets` are models that the zoo has; `left_out` names those it lacks.
    `attacks` maps the paper's method names to attacks at the suite's scale.
    """

    name: str
    title: str
    setting: str
    kind: str
    batch: str
    metric: str
    images: str
    sources: tuple[str, ...]
    targets: tuple[str, ...]
    left_out: tuple[str, ...]
    attacks: Mapping[str, Attack]

    @property
    def can_be_shown(self) -> bool:
        return self.kind == "mlps" or bool(self.sources and self.targets)


def load_exhibits(suite: Suite, path: Path = WORKFLOW / "exhibits.yaml") -> dict[str, Exhibit]:
    """Every exhibit of the paper, fitted to the suite's zoo and scale.

    Raises:
        UserError: an exhibit of an unknown kind or metric, or an override of an unknown exhibit.
    """
    entries = read_yaml(path)
    for name in suite.pairs:
        if name not in entries:
            raise unknown("exhibit in pairs:", name, entries)
    return {name: fit_exhibit(name, entry, suite) for name, entry in entries.items()}


def fit_exhibit(name: str, entry: Mapping[str, Any], suite: Suite) -> Exhibit:
    if entry["kind"] not in KINDS:
        raise unknown(f"kind of {name}:", entry["kind"], KINDS)
    if entry["metric"] not in METRICS:
        raise unknown(f"metric of {name}:", entry["metric"], METRICS)
    asked = {
        key: suite.pairs.get(name, {}).get(key, entry.get(key, []))
        for key in ("sources", "targets")
    }
    scale = 1 if entry["kind"] == "mlps" else suite.pixel_scale
    return Exhibit(
        name=name,
        title=entry["title"],
        setting=entry.get("setting", ""),
        kind=entry["kind"],
        batch=entry.get("batch", name),
        metric=entry["metric"],
        images=entry.get("images", "all"),
        sources=tuple(source for source in asked["sources"] if source in suite.zoo),
        targets=tuple(target for target in asked["targets"] if target in suite.zoo),
        left_out=tuple(
            dict.fromkeys(
                model for models in asked.values() for model in models if model not in suite.zoo
            )
        ),
        attacks={
            method: scaled_attack(f"{name}.{method}", attack, scale)
            for method, attack in entry["attacks"].items()
        },
    )


def scaled_attack(where: str, entry: Mapping[str, Any], scale: float) -> Attack:
    """The attack at the suite's scale: ε, α and σ times `scale`, as whole pixels.

    Raises:
        UserError: a key or value that no attack has.
    """
    known = [field.name for field in fields(Attack)]
    for key in entry:
        if key not in known:
            raise unknown(f"key of the attack {where}:", key, known)
    entry = dict(entry)
    for key in ("epsilon", "alpha", "sigma"):
        if key in entry and scale != 1:
            entry[key] = round(entry[key] * scale)
    try:
        return Attack(**entry)
    except (TypeError, UserError) as error:
        raise UserError(f"{where}: {error}") from error


def chosen_exhibits(exhibits: Mapping[str, Exhibit], settings: Settings) -> list[Exhibit]:
    """The exhibits that the configuration asks for and the zoo can show.

    Raises:
        UserError: an unknown name, or one that the zoo cannot show, asked for by name.
    """
    chosen = list(exhibits) if settings.exhibits == "all" else settings.exhibits
    for name in chosen:
        if name not in exhibits:
            raise unknown("exhibit", name, exhibits)
    if settings.companion is None:
        chosen = [name for name in chosen if exhibits[name].kind != "mlps"]
    shown = [exhibits[name] for name in chosen if exhibits[name].can_be_shown]
    if not shown:
        raise UserError(
            f"none of the exhibits {', '.join(chosen)} can be shown: their sources or targets are "
            "not in the zoo; add models, or name others under 'pairs'"
        )
    return shown


def method_label(method: str) -> str:
    """nr-fgm-l2 as nr-FGM ℓ2, as the paper writes it."""
    words = {"nr": "nr", "l2": "ℓ2", "adam": "Adam"}
    label = " ".join(words.get(word, word.upper()) for word in method.split("-"))
    return label.replace("nr ", "nr-")
