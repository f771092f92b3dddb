"""A run beside the paper: how far its numbers and its settings are from the printed ones."""

from collections.abc import Mapping, Sequence
from statistics import NormalDist
from typing import Any

from nrg.analysis.tables import black_box
from nrg.report.sections import Section, plain
from nrg.study.exhibits import exhibit_label
from nrg.study.settings import Model, Settings, Suite, load_suite

PAPER = "imagenet"  # the suite of the paper's own setting
VALIDATION_IMAGES = 50_000
SHOWN = 4  # models that a row names


def agreement(sections: Sequence[Section]) -> list[dict[str, Any]]:
    """How far each table's numbers are from the printed ones, over the cells that are printed."""
    rows = []
    for section in sections:
        cells = section.table[section.table["paper_value"].notna()]
        if cells.empty or section.exhibit.reading:
            continue
        gaps = cells["value"] - cells["paper_value"]
        inside = cells["paper_value"].between(cells["ci_low"], cells["ci_high"])
        rows.append(
            {
                "section": section,
                "cells": len(cells),
                "median": gaps.abs().median(),
                "bias": gaps.mean(),
                "largest": gaps.abs().max(),
                "inside": int(inside.sum()),
                "expected": expected_inside(section, cells["n"]),
                "lifts": lifts([section]),
            }
        )
    return rows


def expected_inside(section: Section, images: Sequence[int]) -> float | None:
    """How many printed values a perfect reproduction would find inside its 95 % intervals.

    Both numbers carry sampling error: over n images here and N in the paper the difference of two
    estimates of one rate has 1 + n/N times the variance of ours, so that it is inside with
    probability 2 Φ(1.96 / √(1 + n/N)) − 1, which is 83 % for n = N.

    Args:
        images: of every cell that is printed.

    Returns:
        None where intervals are not over images.
    """
    if section.exhibit.kind.attacks_mlps:
        return None
    paper = load_suite(PAPER, {})
    there = paper.subset_images if section.exhibit.images == "subset" else paper.evaluation_images
    normal = NormalDist()
    z = normal.inv_cdf(0.975)
    return sum(2 * normal.cdf(z / (1 + n / there) ** 0.5) - 1 for n in images)


def lifts(sections: Sequence[Section]) -> dict[str, Any]:
    """In how many black-box pairs of the paper's tables the last method beats the first.

    A pair that two tables hold, with the same attacks and metric, counts once.

    Returns:
        tables: numbers of those with two methods; pairs and lifted, of this run; printed and
        printed_lifted, of the pairs that the paper prints, by its numbers.
    """
    found: dict[str, Any] = dict.fromkeys(("pairs", "lifted", "printed", "printed_lifted"), 0)
    found["tables"] = []
    counted: set[tuple[Any, ...]] = set()
    for section in sections:
        exhibit = section.exhibit
        if exhibit.reading or not exhibit.kind.is_matrix_of_zoo or len(exhibit.methods) < 2:
            continue
        found["tables"].append(exhibit.number.removeprefix("Table "))
        ends = exhibit.methods[0], exhibit.methods[-1]
        cells = black_box(section.table).set_index(["source", "target"])
        first, last = (cells[cells["method"] == method.name] for method in ends)
        attacks = (exhibit.metric, *(method.attack for method in ends))
        new = [(*attacks, *pair) not in counted for pair in first.index]
        counted |= {(*attacks, *pair) for pair in first.index}
        first = first.loc[new]
        last = last.reindex(first.index)
        for value, pairs, lifted in (
            ("value", "pairs", "lifted"),
            ("paper_value", "printed", "printed_lifted"),
        ):
            gains = last[value] - first[value]
            found[pairs] += int(gains.notna().sum())
            found[lifted] += int((gains > 0).sum())
    return found


def deviations(
    settings: Settings,
    accuracy: list[dict[str, Any]],
    models: Mapping[str, dict[str, str]],
    precisions: Sequence[str] = (),
) -> list[str]:
    """In what a run is not the paper's setting, a sentence each.

    Args:
        precisions: in which gradients were computed.
    """
    suite, paper = settings.suite, load_suite(PAPER, {})
    found = [] if suite.paper_setting else [suite.note]
    if not suite.paper_setting:
        found.append(f"The images are “{suite.title}”, and not the paper's.")
    if other := other_networks(suite, paper):
        more = f" and {len(other) - SHOWN} more" if len(other) > SHOWN else ""
        found.append(
            f"{len(other)} of its {len(suite.zoo)} networks are not the paper's: "
            f"{', '.join(other[:SHOWN])}{more}."
        )
    if suite.pixel_scale != 1:
        found.append(f"Values of ε, α and σ are {suite.pixel_scale:.3g} times the paper's.")
    if settings.changed:
        changed = ", ".join(settings.changed).replace("_", " ")
        found.append(f"This run changes the suite's {changed}.")
    if suite.paper_setting and accuracy and accuracy[0]["n"] != VALIDATION_IMAGES:
        found.append(
            f"It chooses from {accuracy[0]['n']:,} images and not from {VALIDATION_IMAGES:,}."
        )
    published = {
        name
        for name, model in suite.zoo.items()
        if model.weights != "trained" and model.factory.startswith("torchvision.models")
    }
    own = [name for name in models if name in published and models[name].get("verified") != "True"]
    if own:
        found.append(f"Weights of {', '.join(own)} are not torchvision's published files.")
    reduced = [name for name in precisions or [settings.precision] if name != "fp32"]
    if reduced:
        found.append(
            f"Gradients are computed in {' and '.join(reduced)}, which is another attack than "
            "with the paper's fp32; scores are fp32."
        )
    return [sentence for sentence in found if sentence]


def other_networks(suite: Suite, paper: Suite) -> list[str]:
    """The models that are other networks than the paper's of that name, or have no such name."""
    return [
        name
        for name, model in suite.zoo.items()
        if name not in paper.zoo or network(model) != network(paper.zoo[name])
    ]


def whose(
    suite: Suite, paper: Suite, accuracy: Sequence[Mapping[str, Any]]
) -> list[tuple[str, str, str]]:
    """Images and networks that are not the paper's, a row each: what, there and here."""
    rows = []
    if not suite.paper_setting:
        count = f", {accuracy[0]['n']:,} candidates" if accuracy else ""
        rows.append(("images", f"{paper.title}, {VALIDATION_IMAGES:,}", f"{suite.title}{count}"))
    if other := other_networks(suite, paper):
        named = [f"{name} ({suite.zoo[name].factory})" for name in other]
        rows.append(("other networks", "torchvision's, as published", ", ".join(named)))
    return rows


def network(model: Model) -> tuple[Any, ...]:
    """What makes a model the network that it is."""
    return model.factory, dict(model.arguments)


def differences(settings: Settings, accuracy: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """In what a run's images, networks and scale differ from the paper's: what, there and here."""
    suite, paper = settings.suite, load_suite(PAPER, {})
    companion, paper_mlps = settings.companion, load_suite(paper.mlp_suite, {})
    size = "{0} × {0} pixels".format
    subset = f"{suite.subset_images:,}" if suite.subset_images else "none"
    rows = [
        *whose(suite, paper, accuracy),
        ("images attacked", f"{paper.evaluation_images:,}", f"{suite.evaluation_images:,}"),
        ("of these from ensembles", f"{paper.subset_images:,}", subset),
        ("an image", size(paper.data.image_size), size(suite.data.image_size)),
        ("ε, α and σ", scale(paper.pixel_scale), scale(suite.pixel_scale)),
        ("precision of gradients", "fp32", settings.precision),
        ("models", f"{len(paper.zoo)}", f"{len(suite.zoo)}"),
        ("their parameters", "1.2 to 144 million", parameter_range(accuracy)),
        ("networks of Table 4", paper_mlps.title, companion.title if companion else "none"),
    ]
    for exhibit, entry in suite.overrides.items():
        for key, value in entry.items():
            rows.append((f"{key} of {exhibit_label(exhibit)}", "as printed", plain(value)))
    return [
        {"what": what, "paper": there, "here": here} for what, there, here in rows if there != here
    ]


def scale(factor: float) -> str:
    return "as printed" if factor == 1 else f"× {factor:.3g}, in whole pixels"


def parameter_range(accuracy: Sequence[Mapping[str, Any]]) -> str:
    sizes = [row["parameters"] for row in accuracy]
    if not sizes:
        return "not counted yet"
    if max(sizes) >= 1e6:
        return f"{min(sizes) / 1e6:.1f} to {max(sizes) / 1e6:.0f} million"
    return f"{min(sizes):,} to {max(sizes):,}"
