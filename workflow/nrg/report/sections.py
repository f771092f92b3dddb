"""One exhibit as the page shows it."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from markupsafe import Markup

from nrg.analysis.metrics import SUCCESS_RULES, rate_by_chance
from nrg.analysis.tables import COLUMNS
from nrg.base.table_files import read_csv, read_parquet
from nrg.data.images import Images
from nrg.report.captions import write_caption, write_setting
from nrg.report.effects import MethodEffect, read_outside, summarise_effects
from nrg.report.equal_cost import EqualCostOnPage, arrange_standings
from nrg.report.image_strips import StripRow, build_strips
from nrg.report.inline_svg import inline_svg
from nrg.report.job_times import JobTimes, sum_job_times
from nrg.report.matrix import (
    BlackBoxMean,
    Panel,
    ShadeKey,
    average_black_box,
    make_difference_key,
    make_rate_key,
    split_panels,
)
from nrg.report.noise_floor import NoiseFloor, find_noise_floor
from nrg.report.plotted_means import average_plotted
from nrg.report.rounded_loss import RoundedLoss, find_rounded_loss
from nrg.report.run import Run
from nrg.report.tables_as_text import format_cells, format_latex, format_markdown
from nrg.study.crafting_jobs import list_jobs
from nrg.study.exhibits import Exhibit, find_reduced_forms
from nrg.study.sources import NOISE


@dataclass(frozen=True)
class LabelMap:
    """The label that a target gives at each point of a plane: `labels[v][u]`."""

    name: str
    labels: list[list[int]]


@dataclass(frozen=True)
class LabelMaps:
    """The label grids behind a picture of decision regions, as the page's script reads them.

    Attributes:
        axis: coordinates of rows and columns, in pixels (0–255).
        classes: names of the labels that occur.
        targets: one map per source and target.
    """

    axis: list[float]
    classes: dict[int, str]
    targets: list[LabelMap]


@dataclass(frozen=True)
class Section:
    """One exhibit as the template shows it.

    Attributes:
        setting: text on the paper's setting and this run's.
        classes: how many labels there are.
        table: the exhibit in long form (`tables.COLUMNS` and its axes).
        picture: its SVG, to stand in the page; `caption`, what a reader needs to know of it.
        texts: its numbers as CSV, Markdown and LaTeX.
        effects: what its attacks did, one entry per method.
        strips: rows of clean and adversarial images.
        times: running time of the jobs behind it.
        file: its numbers, which Snakemake makes again by this name, with its picture.
        maps: label grids behind a picture of decision regions.
        floor: what noise alone reaches on the targets of a table.
        rounded_loss: what a loss in float32 does to Table 4.
        equal_cost: how attacks stand at equal numbers of gradients.
    """

    exhibit: Exhibit
    setting: str
    classes: int
    table: pd.DataFrame
    picture: Markup
    caption: str
    texts: dict[str, str]
    effects: list[MethodEffect]
    strips: list[StripRow]
    times: JobTimes
    file: str
    maps: LabelMaps | None
    floor: NoiseFloor | None
    rounded_loss: RoundedLoss | None
    equal_cost: EqualCostOnPage | None

    @property
    def chance(self) -> float | None:
        """The success rate, in percent, that predictions at random would give.

        None for what is no success rate, and for `top1_success`, where it is close to 100 %.
        """
        metric = self.exhibit.metric
        is_shown = metric in SUCCESS_RULES and metric != "top1_success"
        return rate_by_chance(metric, self.classes) if is_shown else None

    @property
    def axes(self) -> list[str]:
        """Columns of the table that say where a row lies in the picture."""
        return [str(column) for column in self.table if column not in COLUMNS]

    @property
    def printed(self) -> bool:
        """Whether the paper prints any of the numbers."""
        return bool(self.table["paper_value"].notna().any())

    @property
    def panels(self) -> list[Panel]:
        """The table's matrices."""
        return split_panels(self.table, self.pairs)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Methods of the table, each plain one with its noise-reduced form."""
        return [(plain.name, form.name) for plain, form in find_reduced_forms(self.exhibit)]

    @property
    def shade_keys(self) -> dict[str, ShadeKey]:
        """Keys to the colours of the table's rates, and of its differences."""
        return {"rates": make_rate_key(), "differences": make_difference_key()}

    @property
    def outside(self) -> dict[str, float]:
        """The largest share of pixels that a method left outside its ball, if it is more than a
        few, by the method's name."""
        leaving = sorted(
            (effect for effect in self.effects if effect.leaves_ball), key=lambda e: e.outside
        )
        return {effect.method: effect.outside for effect in leaving}

    @property
    def plotted_means(self) -> list[dict[Hashable, Any]]:
        """What the picture shows, where these are means over the rows of the table."""
        return average_plotted(self.exhibit, self.table)

    @property
    def black_box_means(self) -> list[BlackBoxMean]:
        """The mean of each method over black-box pairs."""
        return average_black_box(self.table)


def build_section(
    run: Run,
    exhibit: Exhibit,
    effects: pd.DataFrame,
    images: Images | None,
    classes: Sequence[str],
    labels: Mapping[str, str],
    on_gpu: bool,
) -> Section:
    """Read what exists of an exhibit.

    Args:
        effects: what attacks did, of `read_effects`.
        images: the evaluation set, if it exists.
        classes: names of the labels.
        labels: names of models to print.
        on_gpu: whether jobs that compute networks ran on a GPU.
    """
    table = read_csv(run.table(exhibit))
    picture_text = f"{exhibit.number}: {exhibit.title}. "
    picture_text += "" if table.empty else "Its numbers are in the table beside it."
    equal_cost = arrange_standings(exhibit, table, run.outcomes(exhibit))
    if equal_cost is not None:
        head, rows = equal_cost.format_cells()
    else:
        head, rows = format_cells(table, labels, exhibit.kind.table_is_matrix)
    texts = {"CSV": run.table(exhibit).read_text(encoding="utf-8")}
    texts |= {"Markdown": format_markdown(head, rows), "LaTeX": format_latex(head, rows)}
    jobs = list_jobs([exhibit], run.jobs)
    beside = [
        (other, read_csv(run.table(other)))
        for other in run.made
        if other.sources == (NOISE,) or other.kind.attacks_mlps
    ]
    return Section(
        exhibit=exhibit,
        setting=write_setting(exhibit, run.settings, labels),
        classes=len(classes),
        table=table,
        picture=inline_svg(run.picture(exhibit).read_bytes(), exhibit.name, picture_text),
        caption=write_caption(exhibit, table, run.settings.suite.pixel_scale),
        texts={} if table.empty else texts,
        effects=summarise_effects(
            exhibit, effects, read_outside(run.results.fill("own_attacks.csv"))
        ),
        strips=build_strips(exhibit, images, run.jobs, run.results, classes) if images else [],
        times=sum_job_times(run.benchmarks, exhibit, jobs, on_gpu),
        file=str(run.table(exhibit)),
        maps=read_label_maps(run, exhibit, classes, labels),
        floor=find_noise_floor(exhibit, beside),
        rounded_loss=find_rounded_loss(exhibit, table, beside),
        equal_cost=equal_cost,
    )


def read_label_maps(
    run: Run, exhibit: Exhibit, classes: Sequence[str], labels: Mapping[str, str]
) -> LabelMaps | None:
    """The label grids behind a picture of decision regions; None for any other exhibit."""
    path = run.results.fill("probes/{exhibit}_maps.parquet", exhibit=exhibit.name)
    if "maps" not in exhibit.kind.picture_files or not path.exists():
        return None
    maps = read_parquet(path)
    several_sources = maps["source"].nunique() > 1
    targets = []
    for (source, target), cells in maps.groupby(["source", "target"], sort=False):
        name = labels.get(str(target), str(target))
        if several_sources:
            name += f", from {labels.get(str(source), str(source))}"
        grid_of_labels = cells.pivot(index="v", columns="u", values="label").to_numpy().tolist()
        targets.append(LabelMap(name, grid_of_labels))
    return LabelMaps(
        axis=sorted(set(maps["u"].round(2).tolist())),
        classes={label: classes[label] for label in sorted(set(maps["label"].tolist()))},
        targets=targets,
    )
