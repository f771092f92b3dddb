"""What the report shows, gathered from a suite's results folder."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from nrg.evaluation_set import load_images, matches
from nrg.exhibits import Exhibit, source_labels, wanted_images
from nrg.frames import read_frame
from nrg.images import class_names
from nrg.jobs import Job, Key
from nrg.provenance import commit, stage_times, versions
from nrg.report import STRIP, Section, data_uri, strip, summarise_effects
from nrg.settings import Settings, load_suite
from nrg.storage import file_sha256, map_pixels, read_metadata

PAPER = "imagenet"  # the suite of the paper's own setting
VALIDATION_IMAGES = 50_000


def gather(
    settings: Settings,
    exhibits: Sequence[Exhibit],
    not_shown: Sequence[Exhibit],
    jobs: Mapping[Key, Job],
    results: Path,
    effects: Sequence[str],
    mlp_effects: Sequence[str],
    benchmarks: Path,
    code: Path,
) -> dict[str, Any]:
    """The template's context.

    Args:
        exhibits: those that were built, in order; `not_shown`, those that the zoo cannot show.
        jobs: which job made what.
        results: folder of the suite.
        effects, mlp_effects: what attacks did, a file a crafting job and a replicate.
        benchmarks: Snakemake's, a folder a rule.
        code: the folder whose git commit is reported.
    """
    crafted, mlps = read_effects(effects), read_effects(mlp_effects)
    everything = pd.concat([crafted, mlps], ignore_index=True)
    gradients = everything.groupby(["source", "job", "family"])["gradients"].first()
    sections = [
        section(exhibit, settings, jobs, results, mlps if exhibit.kind == "mlps" else crafted)
        for exhibit in exhibits
    ]
    accuracy = pd.read_csv(results / "clean_accuracy.csv").to_dict("records")
    images = read_frame(results / "evaluation_set.parquet")
    models = {
        name: read_metadata(results / f"models/{name}.safetensors") for name in settings.suite.zoo
    }
    return {
        "settings": settings,
        "deviations": deviations(settings, accuracy, models),
        "differences": differences(settings, accuracy),
        "suite": settings.suite,
        "companion": settings.companion,
        "sections": sections,
        "not_shown": not_shown,
        "missing": [
            wanted for wanted in wanted_images(exhibits) if not matches(images, wanted).any()
        ],
        "labels": source_labels(exhibits, settings.suite),
        "accuracy": accuracy,
        "models": models,
        "evaluation_set": file_sha256(results / "evaluation_set.safetensors"),
        "commit": commit(code),
        "versions": versions(),
        "devices": sorted(everything["device"].unique()),
        "precisions": sorted(everything["precision"].unique()),
        "gradients": int(gradients.sum()),
        "stages": stage_times(benchmarks).to_dict("records"),
    }


def deviations(
    settings: Settings, accuracy: list[dict[str, Any]], models: Mapping[str, dict[str, str]]
) -> list[str]:
    """In what a run is not the paper's setting, a sentence each."""
    suite = settings.suite
    found = [] if suite.paper_setting else [suite.note]
    if settings.changed:
        found.append(f"This run changes the suite's {', '.join(settings.changed)}.")
    if suite.paper_setting and accuracy[0]["n"] != VALIDATION_IMAGES:
        found.append(
            f"It chooses from {accuracy[0]['n']:,} images and not from {VALIDATION_IMAGES:,}."
        )
    pretrained = {name for name, model in suite.zoo.items() if model.weights != "trained"}
    own = [name for name in models if name in pretrained and models[name].get("verified") != "True"]
    if own:
        found.append(f"Weights of {', '.join(own)} are not torchvision's published files.")
    return found


def differences(settings: Settings, accuracy: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """In what scale a run differs from the paper's: what, there and here."""
    suite, paper = settings.suite, load_suite(PAPER, {})
    companion, paper_mlps = settings.companion, load_suite(paper.mlp_suite, {})
    size = "{0} × {0} pixels".format
    rows = [
        ("images attacked", f"{paper.evaluation_images:,}", f"{suite.evaluation_images:,}"),
        ("of these from ensembles", f"{paper.subset_images:,}", f"{suite.subset_images:,}"),
        ("an image", size(paper.data.image_size), size(suite.data.image_size)),
        ("ε, α and σ", scale(paper.pixel_scale), scale(suite.pixel_scale)),
        ("models", f"{len(paper.zoo)}", f"{len(suite.zoo)}"),
        ("their parameters", "1.2 to 144 million", parameter_range(accuracy)),
        ("networks of Table 4", paper_mlps.title, companion.title if companion else "none"),
    ]
    for exhibit, entry in suite.overrides.items():
        for key, value in entry.items():
            rows.append((f"{key} of {exhibit}", "as printed", plain(value)))
    return [
        {"what": what, "paper": there, "here": here} for what, there, here in rows if there != here
    ]


def scale(factor: float) -> str:
    return "as printed" if factor == 1 else f"× {factor:.3g}, in whole pixels"


def parameter_range(accuracy: Sequence[Mapping[str, Any]]) -> str:
    sizes = [row["parameters"] for row in accuracy]
    if max(sizes) >= 1e6:
        return f"{min(sizes) / 1e6:.1f} to {max(sizes) / 1e6:.0f} million"
    return f"{min(sizes):,} to {max(sizes):,}"


def plain(value: Any) -> str:
    """A list or mapping of an override, without its brackets."""
    if isinstance(value, Mapping):
        return "; ".join(f"{key} {plain(entry)}" for key, entry in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def read_effects(paths: Iterable[str | Path]) -> pd.DataFrame:
    """What attacks did, a row a source and attack, with the job that made it."""
    frames = [pd.read_csv(path).assign(job=Path(path).stem) for path in paths]
    columns = ["source", "job", "attack", "family", "gradients", "device", "precision"]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns)


def section(
    exhibit: Exhibit,
    settings: Settings,
    jobs: Mapping[Key, Job],
    results: Path,
    effects: pd.DataFrame,
) -> Section:
    table = pd.read_csv(results / f"exhibits/{exhibit.name}.csv")
    figure = (results / f"exhibits/{exhibit.name}.svg").read_bytes()
    return Section(
        exhibit=exhibit,
        classes=len(class_names(settings.suite.data)),
        table=table,
        picture=data_uri(figure, "image/svg+xml"),
        effects=summarise_effects(exhibit, effects),
        strips=pictures(exhibit, settings, jobs, results),
    )


def pictures(
    exhibit: Exhibit, settings: Settings, jobs: Mapping[Key, Job], results: Path
) -> list[dict[str, Any]]:
    """The first images of the evaluation set, attacked from a table's last source."""
    if exhibit.kind != "matrix":
        return []
    source = exhibit.sources[-1]
    images = load_images(results / "evaluation_set.parquet", results / "evaluation_set.safetensors")
    images = images[:STRIP]
    adversarial = {}
    for method in exhibit.methods:
        job = jobs[source, method.attack, exhibit.images]
        path = results / f"samples/{source}/{job.name}.safetensors"
        adversarial[method.name] = map_pixels(path)[method.attack.name][:STRIP]
    classes = class_names(settings.suite.data)
    return strip(images.pixels, adversarial, [classes[label] for label in images.labels])
