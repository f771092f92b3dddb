"""The paper's exhibits as data, fitted to a suite's models and pixel scale."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

from nrg.base.errors import UnknownName, UserError, name_in_errors
from nrg.base.resources import WORKFLOW
from nrg.base.schemas import check, convert_entries
from nrg.base.yaml_files import read_yaml
from nrg.study.attacks import Attack
from nrg.study.defences import model_behind
from nrg.study.equal_cost import (
    EqualCost,
    check_aims,
    fit_equal_cost,
    fit_grids,
    refuse_equal_cost,
)
from nrg.study.kinds import KINDS, ExhibitKind, Probe
from nrg.study.methods import Method, fit_methods, name_column, scale_value
from nrg.study.settings import Settings, check_models, list_shipped_names
from nrg.study.sources import NOISE, is_white_box, list_members
from nrg.study.suite import Model, Suite

UNCHANGED = ("title", "setting", "metric", "images", "reading", "mean_over")  # keys of any scale

METHOD_LABELS = {
    "own": "own attack",
    "gradient": "∇f",
    "nrg": "∇f∥",
    "parallel": "∇f∥",
    "perpendicular": "∇f⊥",
    "difference": "∇f − ∇f∥",
    "clean": "clean images",
    "random-signs": "random signs",
    "gaussian": "Gaussian noise",
}
ACRONYMS = "fgsm fgm igsm igm sgd mi ni di ti si vmi vni ssa emi gra pgn mef".split()
# What is short for the exhibits that are not in the paper.
READING_LABELS = {
    "reading_equal_step": "Table 2 at equal step sizes",
    "reading_table3a_top1": "Table 3a by Top-1",
    "reading_table7_budget": "Table 7 at equal gradients",
    "reading_table8_budget": "Table 8 at equal gradients",
    "reading_floor": "noise alone",
    "reading_estimators": "other readings of Eq. 8",
    "reading_cw": "Carlini–Wagner loss",
    "reading_table4_float32": "Table 4 in float32",
    "reading_shared_component": "cosines between models",
    "reading_few_steps": "few small steps",
    "reading_step_sizes": "step sizes, not targeted",
    "reading_components": "spectra of the two parts",
    "reading_noisy_copies": "cosines between noisy copies",
    "reading_other_sources": "regions of other sources",
    "reading_literal_residual": "Figure 1b, ∇f⊥ as a difference",
    "equal_cost": "equal numbers of gradients",
}


@dataclass(frozen=True)
class Exhibit:
    """A table or figure: which attacks of which sources, scored on which targets, and how.

    Attributes:
        setting: the paper's setting, in one line.
        batch: exhibits with the same batch have their attacks crafted together.
        images: "all", or "subset" for the part of the evaluation set that ensembles attack.
        reading: whether it is a control, or another interpretation of the paper, and not in it.
        sources: models of the zoo, or ensembles of them, as "a+b".
        targets: models of the zoo.
        left_out: models that the exhibit names and the zoo lacks.
        methods: attacks at the suite's pixel scale.
        x: the axis that is drawn horizontally, for kinds that have axes.
        mean_over: "source" if the picture shows the mean over sources, else empty.
        transformations: of images, by name, each with its strengths.
        equal_cost: how attacks are compared at equal numbers of gradients.
    """

    name: str
    title: str
    kind: ExhibitKind
    batch: str
    metric: str
    sources: tuple[str, ...]
    targets: tuple[str, ...]
    left_out: tuple[str, ...]
    methods: tuple[Method, ...]
    x: str | None
    setting: str = ""
    images: str = "all"
    reading: bool = False
    mean_over: str = ""
    transformations: tuple[tuple[str, tuple[float, ...]], ...] = ()
    probe: Probe = field(default_factory=Probe)
    equal_cost: EqualCost = field(default_factory=EqualCost)

    @property
    def group(self) -> str:
        """The heading of the report under which it stands."""
        if self.reading:
            return "Beyond the paper"
        return "Tables" if self.name.startswith("table") else "Figures"

    @property
    def number(self) -> str:
        """What the report calls it: "Table 3a" for table3a."""
        return self.group if self.reading else label_exhibit(self.name)

    @property
    def short_label(self) -> str:
        """The number of a table or figure alone, as 3a; else as `label_exhibit`."""
        label = label_exhibit(self.name)
        return label if self.reading else re.sub("^(Table|Figure) ", "", label)

    @property
    def can_be_shown(self) -> bool:
        """Whether the zoo has what the exhibit needs."""
        if self.kind.at_equal_cost:  # whose numbers are means over black-box pairs
            return any(not is_white_box(s, t) for s in self.sources for t in self.targets)
        enough_targets = bool(self.targets) or not self.kind.needs_targets
        return enough_targets and len(self.sources) >= self.kind.minimum_sources

    @property
    def axes(self) -> list[str]:
        """The settings in which its methods of one name differ."""
        return [axis for axis, _ in self.methods[0].axes]

    @property
    def attacks(self) -> tuple[Attack, ...]:
        """The attacks of all methods, each once."""
        return tuple(dict.fromkeys(method.attack for method in self.methods))


def label_sources(exhibits: Iterable[Exhibit], suite: Suite) -> dict[str, str]:
    """What to print for every source and target.

    For an ensemble that is its members, and the remark that their labels share.
    """
    labels = {name: model.label for name, model in suite.zoo.items()} | {NOISE: "noise alone"}
    for source in dict.fromkeys(source for exhibit in exhibits for source in exhibit.sources):
        if len(list_members(source)) > 1:
            remark = find_common_remark(suite.zoo[name] for name in list_members(source))
            parts = (part.partition("@") for part in source.split("+"))
            named = [f"{weight} {name}" if weight else name for name, _, weight in parts]
            labels[source] = " + ".join(named) + remark
    return labels


def find_common_remark(models: Iterable[Model]) -> str:
    """The remark in the labels of all these models, as " (scaled down)"; empty if they differ."""
    remarks = {model.remark for model in models}
    return remarks.pop() if len(remarks) == 1 else ""


def list_wanted_images(exhibits: Iterable[Exhibit]) -> list[str | int]:
    """The images that exhibits ask to draw, by id or label, each once."""
    return list(dict.fromkeys(e.probe.first for e in exhibits if e.probe.first is not None))


def load_exhibits(
    suite: Suite, path: Path = WORKFLOW / "exhibits.yaml", names: Collection[str] = ()
) -> dict[str, Exhibit]:
    """Every exhibit, fitted to the suite's zoo and pixel scale, by its name.

    Args:
        names: of the exhibits to load; all unless given.

    Raises:
        UserError: if an exhibit is not as the schema says, or if a model or an overridden exhibit
            is unknown.
    """
    entries = read_yaml(path)
    schema = read_yaml(WORKFLOW / "schemas/exhibit.schema.yaml")
    known = {*list_shipped_names(), *suite.zoo, *suite.guest_list}
    for name in suite.overrides:
        if name not in entries:
            raise UnknownName("exhibit in overrides:", name, entries)
    entries = {name: entry for name, entry in entries.items() if not names or name in names}
    for name, entry in entries.items():
        if not re.fullmatch(r"[A-Za-z0-9_]{1,64}", name):
            raise UserError(
                f"{path}: '{name}': a name has up to 64 letters, digits and underscores"
            )
        check(entry, schema, f"{path}: {name}")
        entries[name] = entry = convert_entries(entry, schema)
        if name in suite.overrides:
            check(apply_overrides(name, entry, suite), schema, f"overrides: {name}")
        check_models(f"{path}: {name}", entry, known)
    return {
        name: fit_exhibit(name, convert_entries(apply_overrides(name, entry, suite), schema), suite)
        for name, entry in entries.items()
    }


def apply_overrides(name: str, entry: Mapping[str, Any], suite: Suite) -> dict[str, Any]:
    """An exhibit's entry under the suite's overrides, which replace a probe key by key."""
    override = suite.overrides.get(name, {})
    merged = {**entry, **override}
    if "probe" in merged:
        merged["probe"] = {**entry.get("probe", {}), **override.get("probe", {})}
    return merged


def fit_exhibit(name: str, asked: Mapping[str, Any], suite: Suite) -> Exhibit:
    """Build an exhibit from its entry, overrides included, for the suite's zoo and pixel scale."""
    sources, targets = (asked.get(key, []) for key in ("sources", "targets"))
    if sources == "zoo":
        sources = list(suite.residents)
    members = {source: list_members(source) for source in sources}
    named = dict.fromkeys((*chain.from_iterable(members.values()), *targets))
    with name_in_errors(name):
        models = {each: model for each in named if (model := suite.find_model(each))}
    lacking = [each for each in named if each not in models]
    sources = [source for source in sources if not {*members[source]} & {*lacking}]
    targets = [target for target in targets if target not in lacking]
    kind = KINDS[asked["kind"]]
    if not kind.scores_adversarial_sets:
        refuse_defences(name, kind, targets)
    if kind.leaves_out_family:
        taken = {models[target].family for target in targets}
        families = {s: {models[member].family for member in members[s]} for s in sources}
        sources = [source for source in sources if not families[source] & taken]
    scale = suite.pixel_scale if kind.scales_pixels else 1
    attacks = asked.get("attacks", {})
    equal_cost = EqualCost()
    if kind.at_equal_cost:
        if not suite.subset_images:  # which single networks can do without
            asked = {**asked, "images": "all"}
        images = suite.count_images(asked.get("images", "all"))
        equal_cost = fit_equal_cost(name, asked, images)
        methods = fit_grids(name, attacks, equal_cost.budgets, scale)
        check_aims(name, asked["metric"], methods)
    else:
        methods = fit_methods(name, attacks, asked.get("axes", {}), scale)
        refuse_equal_cost(name, asked)
    if NOISE in sources and any(method.attack.variant != "random" for method in methods):
        raise UserError(f"{name}: the source 'noise' is for random attacks only")
    return Exhibit(
        name=name,
        kind=kind,
        batch=asked.get("batch", name),
        sources=tuple(sources),
        targets=tuple(targets),
        left_out=tuple(lacking),
        methods=tuple(methods),
        x=name_column(asked["x"]) if "x" in asked else None,
        transformations=tuple(
            (transformation, tuple(scale_value(transformation, s, scale) for s in strengths))
            for transformation, strengths in asked.get("transformations", {}).items()
        ),
        probe=fit_probe(asked.get("probe", {}), scale),
        equal_cost=equal_cost,
        **{key: asked[key] for key in UNCHANGED if key in asked},
    )


def refuse_defences(name: str, kind: ExhibitKind, targets: Sequence[str]) -> None:
    """Refuse targets behind a defence in an exhibit that does not measure success rates."""
    for target in targets:
        if model_behind(target) != target:
            raise UserError(
                f"{name}: the target '{target}': an exhibit of the kind '{kind.name}' looks at "
                f"models alone, because only success rates are measured behind a defence; name "
                f"'{model_behind(target)}'"
            )


def fit_probe(entry: Mapping[str, Any], scale: float) -> Probe:
    """A probe's settings at the suite's scale."""
    settings = {key: scale_value(key, value, scale) for key, value in entry.items()}
    lists = {key: tuple(value) for key, value in settings.items() if isinstance(value, list)}
    return Probe(**settings | lists)


def write_values(key: str, values: Sequence[float], scale: float) -> str:
    """Write values of a run as the paper gives them, and as they are here where that differs.

    Args:
        key: what they are values of.
        scale: this run's pixels for one of the paper's.

    Returns:
        "15", "15 (here 40)", or "10, 15 or 20 (here 27, 40 or 53)"; values alone that no whole
        values of the paper become at this scale.
    """
    in_print = [round(value / scale) for value in values]
    here = join_words((f"{value:g}" for value in values), "or")
    if in_print == list(values) or scale_value(key, in_print, scale) != list(values):
        return here
    return add_value_here(join_words(map(str, in_print), "or"), here)


def add_value_here(printed: str, here: str) -> str:
    """Write what the paper gives, and what it is in this run: "15 (here 40)"."""
    return f"{printed} (here {here})"


def list_asked_exhibits(exhibits: Mapping[str, Exhibit], settings: Settings) -> list[Exhibit]:
    """The exhibits that the configuration asks for.

    Raises:
        UserError: if a name is unknown.
    """
    asked = [settings.exhibits] if isinstance(settings.exhibits, str) else settings.exhibits
    if asked == ["all"]:
        asked = [name for name in exhibits if settings.readings or not exhibits[name].reading]
    for name in asked:
        if name not in exhibits:
            raise UnknownName("exhibit", name, exhibits)
    return [exhibits[name] for name in asked]


def choose_exhibits(exhibits: Mapping[str, Exhibit], settings: Settings) -> list[Exhibit]:
    """The exhibits that are asked for, and that the zoo and the companion suite can show.

    Raises:
        UserError: if a name is unknown, if nothing can be shown, or if ensembles are to attack a
            subset that the suite does not have.
    """
    asked = list_asked_exhibits(exhibits, settings)
    shown = [e for e in asked if e.can_be_shown and (settings.companion or not e.kind.attacks_mlps)]
    if not shown:
        raise UserError(
            f"none of the exhibits {', '.join(e.name for e in asked)} can be shown: their sources "
            "or targets are not in the zoo, or all targets of a comparison at equal cost are its "
            "sources; add models, or name others under 'overrides'"
        )
    ensembles = [e.name for e in shown if e.images == "subset" and e.methods and e.sources]
    if ensembles and not settings.suite.subset_images:
        raise UserError(
            f"{', '.join(ensembles)}: attacks from ensembles are run on a part of the evaluation "
            f"set; the suite '{settings.suite.name}' must say of how many images, 'subset_images'"
        )
    return shown


def label_exhibit(name: str) -> str:
    """What to print for an exhibit: "Table 3a" for table3a, "Table 7 at equal gradients" for
    reading_table7_budget, and its words for one of the user's own."""
    if name in READING_LABELS:
        return READING_LABELS[name]
    words = name.removeprefix("reading_").replace("_", " ")
    return re.sub(
        r"\b(table|figure)(\d+[a-d]?)\b",
        lambda match: f"{match[1].capitalize()} {match[2]}",
        words,
    )


def join_words(words: Iterable[str], link: str = "and") -> str:
    """Names as text: "a, b and c"."""
    *first, last = words
    return f"{', '.join(first)} {link} {last}" if first else last


def label_method(method: str) -> str:
    """What the paper calls a method: "nr-FGM ℓ2" for nr-fgm-l2."""
    if method in METHOD_LABELS:
        return METHOD_LABELS[method]
    acronyms = {word: word.upper() for word in ACRONYMS}
    words = acronyms | {"l2": "ℓ2", "adam": "Adam", "cw": "with the Carlini–Wagner loss"}
    words["admix"] = "Admix"
    label = " ".join(words.get(word, word) for word in method.split("-"))
    return re.sub(r"\b([km])(\d+)", r"\1 \2", label.replace("nr ", "nr-"))


def find_reduced_forms(exhibit: Exhibit) -> list[tuple[Method, Method]]:
    """Find a table's attacks that have a noise-reduced form in the same table, each with it.

    The two have the same ball, ε, loss and target, and may differ in steps and step size.
    """
    if not exhibit.kind.is_matrix_of_zoo:
        return []
    return [
        (plain, reduced)
        for plain in exhibit.methods
        for reduced in exhibit.methods
        if plain.attack.sigma == 0 < reduced.attack.sigma
        if list_common_parts(plain.attack) == list_common_parts(reduced.attack)
    ]


def list_common_parts(attack: Attack) -> tuple[object, ...]:
    """What an attack and its noise-reduced form have in common."""
    fast = attack.is_fast
    parts = (attack.ball, attack.epsilon, fast, attack.loss, attack.targeted, attack.variant)
    return (*parts, attack.later_pieces)
