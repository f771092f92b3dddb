"""The kinds of exhibit: what each one is made from, what it needs, and how it is shown.

A new kind is one value here. The functions that build, draw and plan it are entered by its name in
three dictionaries: `analysis.panels.PANELS`, `figures.build_exhibit.DRAWERS` and, for a probe,
`plan.tasks.PROBES`. Its caption is in resources/captions.yaml.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

PREDICTIONS = {
    "images": "evaluation_set.parquet",
    "predictions": "predictions/{source}/{job}.parquet",
}


@dataclass(frozen=True, repr=False)
class ExhibitKind:
    """What all exhibits of one kind have in common.

    Attributes:
        name: as `kind` in exhibits.yaml.
        rule: the rule that makes the numbers; None for a picture without numbers.
        files: the stored files that the numbers are made from, by what they hold, as patterns of
            `result_paths`.
        picture_files: the stored files that only the picture is made from.
        minimum_sources: how many sources the zoo must have for the exhibit to be shown.
        needs_targets: whether the zoo must have a target, too.
        scales_pixels: whether ε, α and σ are multiplied by the suite's `pixel_scale`.
        leaves_out_family: whether sources of the same architecture family as the target are left
            out.
        at_equal_cost: whether every attack chooses among settings that fit a budget of gradients.
        table_is_matrix: whether the table is shown as a matrix of sources and targets.
        shows_pixels: whether the picture holds images or maps, whose colours stay as they are when
            a page is dark.
    """

    name: str
    rule: str | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    picture_files: Mapping[str, str] = field(default_factory=dict)
    minimum_sources: int = 1
    needs_targets: bool = True
    scales_pixels: bool = True
    leaves_out_family: bool = False
    at_equal_cost: bool = False
    table_is_matrix: bool = False
    shows_pixels: bool = False

    def __repr__(self) -> str:
        """The name alone, because Snakemake compares parameters of rules as text."""
        return f"ExhibitKind({self.name!r})"

    @property
    def has_numbers(self) -> bool:
        """Whether the exhibit is more than a picture, so that claims can be tested on it."""
        return self.rule is not None

    @property
    def scores_adversarial_sets(self) -> bool:
        """Whether the numbers are success rates of adversarial sets on the zoo."""
        return self.rule == "score_adversarial_sets"

    @property
    def transforms_adversarial_sets(self) -> bool:
        """Whether adversarial sets are transformed and scored once more."""
        return self.rule == "score_transformed"

    @property
    def attacks_mlps(self) -> bool:
        """Whether the numbers come from the companion suite's fully connected networks."""
        return self.rule == "attack_mlps"

    @property
    def is_probe(self) -> bool:
        """Whether a rule of its own looks at gradients or decision boundaries."""
        return self.rule is not None and self.rule.startswith("probe_")

    @property
    def is_matrix_of_zoo(self) -> bool:
        """Whether the table is a matrix of the zoo's own models."""
        return self.table_is_matrix and not self.attacks_mlps


@dataclass(frozen=True)
class Probe:
    """The settings of a probe; `exhibit.schema.yaml` says which of them each kind of exhibit needs.

    Attributes:
        images: how many images it looks at.
        copies: numbers of noisy copies, m of Eq. 8.
        sigma: standard deviation of the noise, in pixels.
        sigmas: the same, where a probe compares several.
        first: id or label of the image to draw; None for the first of the evaluation set.
        move: "unit" for directions of RMSD 1, or "sign" for signs of the directions.
        reach: how far the axes of a map reach, in pixels.
        points: how many points there are on each axis of a map.
        residual: ∇f⊥ as "projection", what the projection on ∇f∥ leaves of the gradient, or
            "difference", the gradient minus ∇f∥.
        parts: whether to look at the parts of a gradient, and not at growing m.
    """

    images: int = 0
    copies: tuple[int, ...] = ()
    sigma: float = 0
    sigmas: tuple[float, ...] = ()
    first: str | int | None = None
    move: str = ""
    reach: float = 0
    points: int = 0
    residual: str = "projection"
    parts: bool = False


KINDS = {
    kind.name: kind
    for kind in (
        ExhibitKind("matrix", "score_adversarial_sets", PREDICTIONS, table_is_matrix=True),
        ExhibitKind("curves", "score_adversarial_sets", PREDICTIONS),
        ExhibitKind(
            "capacity",
            "score_adversarial_sets",
            PREDICTIONS | {"accuracy": "clean_accuracy.csv"},
            leaves_out_family=True,
        ),
        ExhibitKind(
            "equal_cost",
            "score_adversarial_sets",
            PREDICTIONS | {"effects": "effects/{source}/{job}.csv"},
            at_equal_cost=True,
        ),
        ExhibitKind(
            "destruction",
            "score_transformed",
            {"images": "evaluation_set.parquet", "predictions": "transformed/{exhibit}.parquet"},
        ),
        ExhibitKind(
            "boundaries",
            "probe_boundaries",
            {"distances": "probes/{exhibit}_distances.parquet"},
            {"maps": "probes/{exhibit}_maps.parquet"},
            shows_pixels=True,
        ),
        ExhibitKind(
            "gradients",
            "probe_gradients",
            {"shares": "probes/{exhibit}_shares.parquet"},
            {"pictures": "probes/{exhibit}_pictures.safetensors"},
            shows_pixels=True,
        ),
        ExhibitKind(
            "cosines",
            "probe_cosines",
            {"cosines": "probes/{exhibit}_cosines.parquet"},
            minimum_sources=2,
            needs_targets=False,
        ),
        ExhibitKind("copies", "probe_copies", {"cosines": "probes/{exhibit}_copies.parquet"}),
        ExhibitKind(
            "mlps",
            "attack_mlps",
            {"predictions": "mlp_predictions/{replicate}.parquet"},
            minimum_sources=0,
            needs_targets=False,
            scales_pixels=False,
            table_is_matrix=True,
        ),
        ExhibitKind("schematic", minimum_sources=0, needs_targets=False, scales_pixels=False),
        ExhibitKind(
            "image",
            picture_files={
                "images": "evaluation_set.parquet",
                "pixels": "evaluation_set.safetensors",
            },
            minimum_sources=0,
            needs_targets=False,
            scales_pixels=False,
            shows_pixels=True,
        ),
    )
}
