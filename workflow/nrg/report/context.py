"""What the report shows, gathered from a suite's results folder, as far as it is made."""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from nrg.base.errors import UserError
from nrg.base.files import file_sha256
from nrg.base.safetensors_files import read_metadata
from nrg.base.table_files import read_csv, read_parquet
from nrg.data.datasets import class_names
from nrg.data.evaluation_set import matches
from nrg.data.images import Images, load_images
from nrg.report import provenance
from nrg.report.citation import bibtex
from nrg.report.comparison import agreement, deviations, differences, lifts, scale
from nrg.report.images import STRIP, browser, strips
from nrg.report.inline_svg import inline_svg
from nrg.report.open_choices import load_choices
from nrg.report.sections import Section, setting_text, summarise_effects
from nrg.report.tables_as_text import grid, latex, markdown
from nrg.study.crafting_jobs import Job, Key, jobs_of
from nrg.study.exhibits import (
    Exhibit,
    common_remark,
    exhibit_label,
    load_exhibits,
    source_labels,
    wanted_images,
)
from nrg.study.settings import Settings, Suite


@dataclass(frozen=True)
class Run:
    """What was asked for, and where its results lie.

    Attributes:
        exhibits: those to show, in order; `not_shown`, those that the zoo cannot show.
        jobs: which job makes what.
        replicates: of the networks of Table 4; `mlp_results` is the folder of theirs.
        results: folder of the suite; `benchmarks`, Snakemake's for it, a folder a rule.
        code: the folder of the workflow; its git commit is reported.
        command: the one that runs all of this; `files`, the configuration files given to it.
    """

    settings: Settings
    exhibits: Sequence[Exhibit]
    not_shown: Sequence[Exhibit]
    jobs: Mapping[Key, Job]
    replicates: Sequence[str]
    results: Path
    mlp_results: Path
    benchmarks: Path
    code: Path
    command: str
    files: Sequence[str] = ()

    def table(self, exhibit: Exhibit) -> Path:
        return self.results / f"exhibits/{exhibit.name}.csv"

    def picture(self, exhibit: Exhibit) -> Path:
        return self.results / f"exhibits/{exhibit.name}.svg"

    @property
    def made(self) -> list[Exhibit]:
        """The exhibits that are built."""
        return [e for e in self.exhibits if self.table(e).exists() and self.picture(e).exists()]

    def effects(self) -> list[Path]:
        """What attacks did, a file a crafting job."""
        jobs = {job: None for exhibit in self.exhibits for job in jobs_of(exhibit, self.jobs)}
        paths = [self.results / f"effects/{job.source}/{job.name}.csv" for job in jobs]
        return [path for path in paths if path.exists()]

    def mlp_effects(self) -> list[Path]:
        """What they did on Table 4's networks, a file a replicate."""
        paths = [self.mlp_results / f"mlp_effects/{name}.csv" for name in self.replicates]
        return [path for path in paths if path.exists()]


def gather(run: Run) -> dict[str, Any]:
    """The template's context.

    Raises:
        UserError: no exhibit is built.
    """
    if not run.made:
        raise UserError(f"none of the exhibits is in {run.results}/exhibits yet: {run.command}")
    settings, suite = run.settings, run.settings.suite
    crafted, mlps = read_effects(run.effects()), read_effects(run.mlp_effects())
    everything = pd.concat([crafted, mlps], ignore_index=True)
    gradients = everything.groupby(["source", "job", "family"])["gradients"].first()
    devices = sorted(everything["device"].unique())
    precisions = sorted(everything["precision"].unique())
    labels, remark = without_remark(source_labels(run.exhibits, suite), suite)
    images = read_images(run.results)
    sections = [
        section(
            run, exhibit, mlps if exhibit.kind.attacks_mlps else crafted, images, labels, devices
        )
        for exhibit in run.made
    ]
    accuracy = read_records(run.results / "clean_accuracy.csv")
    models = {
        name: read_metadata(path)
        for name in suite.zoo
        if (path := run.results / f"models/{name}.safetensors").exists()
    }
    claims = run.results / "claims.json"
    commit = provenance.commit(run.code)
    evaluation_set = file_sha256(run.results / "evaluation_set.safetensors") if images else ""
    classes = class_names(suite.data)
    return {
        "settings": settings,
        "deviations": deviations(settings, accuracy, models, precisions),
        "differences": differences(settings, accuracy),
        "suite": suite,
        "companion": settings.companion,
        "sections": sections,
        "groups": grouped(sections),
        "numbers": {e.name: e.title if e.reading else e.number for e in run.made},
        "unmade": [
            {"number": e.number, "title": e.title, "command": rebuild(run, e)}
            for e in run.exhibits
            if e not in run.made
        ],
        "not_shown": run.not_shown,
        "not_asked": [
            exhibit_label(name)
            for name, exhibit in load_exhibits(suite).items()
            if not exhibit.reading and exhibit not in [*run.exhibits, *run.not_shown]
        ],
        "missing": missing_images(run.exhibits, images) if images else [],
        "agreement": agreement(sections),
        "lifts": lifts(sections),
        "claims": json.loads(claims.read_text(encoding="utf-8")) if claims.exists() else None,
        "choices": load_choices({s.exhibit.name: s.table for s in sections}),
        "browser": browser(run.made, settings, run.jobs, run.results, images, classes, labels)
        if images
        else None,
        "labels": labels,
        "remark": remark,
        "accuracy": accuracy,
        "models": models,
        "forms": network_forms(run.results, suite),
        "evaluation_set": evaluation_set,
        "commit": commit,
        "citation": bibtex(suite.name, provenance.commit_date(run.code), commit, evaluation_set),
        "lock": file_sha256(run.code / "requirements.lock"),
        "versions": provenance.versions(),
        "devices": devices,
        "precisions": precisions,
        "gradients": int(gradients.sum()),
        "stages": provenance.stage_times(run.benchmarks).to_dict("records"),
        "command": os.environ.get(provenance.COMMAND, run.command),
        "untracked": provenance.untracked(run.code),
        "own_files": provenance.own_files(settings, run.files),
        "model_facts": {n: provenance.model_facts(model) for n, model in suite.zoo.items()},
        "ensembles": of_ensembles(run.exhibits, suite),
        "strip_length": STRIP,
    }


def of_ensembles(exhibits: Sequence[Exhibit], suite: Suite) -> int | None:
    """Of how many images the run attacks ensembles; None if it does not."""
    attacking = any(e.images == "subset" and e.sources and e.methods for e in exhibits)
    return suite.subset_images if attacking else None


def grouped(sections: Sequence[Section]) -> dict[str, list[Section]]:
    """The sections under the headings of the report."""
    groups: dict[str, list[Section]] = {"Tables": [], "Figures": [], "Beyond the paper": []}
    for section in sections:
        groups[section.exhibit.group].append(section)
    return groups


def without_remark(labels: Mapping[str, str], suite: Suite) -> tuple[dict[str, str], str]:
    """The labels without the remark that all models share, as "(scaled down)", and the remark."""
    remark = common_remark({name: model.label for name, model in suite.zoo.items()})
    return {name: label.removesuffix(remark) for name, label in labels.items()}, remark.strip(" ()")


def crate_files(run: Run) -> dict[str, tuple[Path, str]]:
    """What goes into the RO-Crate, by its name there: where it lies, and what it is."""
    files = {}
    for exhibit in run.made:
        title = f"{exhibit.number}: {exhibit.title}"
        files[f"exhibits/{exhibit.name}.csv"] = (run.table(exhibit), f"{title}, numbers")
        files[f"exhibits/{exhibit.name}.svg"] = (run.picture(exhibit), f"{title}, picture")
    others = {"claims.json": "Ledger of claims", "evaluation_set.parquet": "Images attacked"}
    for name, what in others.items():
        if (run.results / name).exists():
            files[name] = (run.results / name, what)
    return files


def crate_facts(run: Run, context: Mapping[str, Any]) -> dict[str, Any]:
    """What the RO-Crate says of the run; nothing of it is a time of the run."""
    suite = run.settings.suite
    return {
        "description": f"Reproduction on the suite {suite.name}: {suite.title}. {suite.note}",
        "date": provenance.commit_date(run.code),
        "versions": context["versions"],
        "commit": context["commit"],
        "command": run.command,
        "lock sha256": context["lock"],
        "evaluation set sha256": context["evaluation_set"],
        "seed": run.settings.seed,
        "device": "; ".join(context["devices"]),
        "precision": ", ".join(context["precisions"]),
        "networks ran": " ".join(context["forms"]),
        "weights sha256": "; ".join(
            f"{name} {entry['tensors_sha256']}" for name, entry in context["models"].items()
        ),
        "suite": run.settings.asked,
        "files of the user's own": "; ".join(
            f"{file['path']} ({file['what']}) sha256 {file['sha256']}"
            for file in context["own_files"]
        ),
        "untracked files": ", ".join(context["untracked"]),
        "image size": suite.data.image_size,
        "resize of the shorter side": suite.data.resize or "none",
        "ε, α and σ": scale(suite.pixel_scale),
        "models": json.dumps(context["model_facts"], ensure_ascii=False),
    }


def read_images(results: Path) -> Images | None:
    """The evaluation set, where it is made."""
    table, pixels = results / "evaluation_set.parquet", results / "evaluation_set.safetensors"
    return load_images(table, pixels) if table.exists() and pixels.exists() else None


def network_forms(results: Path, suite: Suite) -> list[str]:
    """In which form the networks ran, a sentence each, as far as it was measured."""
    paths = {name: results / f"models/{name}.proof.json" for name in suite.zoo}
    found = {
        name: json.loads(path.read_text(encoding="utf-8"))["precisions"]
        for name, path in paths.items()
        if path.exists()
    }
    sentences = []
    quick = [name for name, of in found.items() if all(entry["quick"] for entry in of.values())]
    if quick:
        who = f"All {len(quick)}" if len(quick) == len(suite.zoo) else ", ".join(quick)
        sentences.append(
            f"{who} in their quick form, with batch norm folded into convolutions, because it was "
            "measured to compute the same."
        )
    for name, of in found.items():
        whys: dict[str, list[str]] = {}
        for precision, entry in of.items():
            if not entry["quick"]:
                why = entry["why"] or "the quick form does not compute the same in fp32"
                whys.setdefault(why, []).append(precision)
        sentences += [
            f"{name} in {' and '.join(precisions)} as given, and not in its quick form: {why}."
            for why, precisions in whys.items()
        ]
    return sentences


def read_records(path: Path) -> list[dict[str, Any]]:
    return read_csv(path).to_dict("records") if path.exists() else []


def missing_images(exhibits: Sequence[Exhibit], images: Images) -> list[str | int]:
    """Images that exhibits would draw and the evaluation set lacks, by id or label."""
    table = pd.DataFrame({"image_id": images.ids, "label": images.labels})
    return [wanted for wanted in wanted_images(exhibits) if not matches(table, wanted).any()]


def read_effects(paths: Iterable[str | Path]) -> pd.DataFrame:
    """What attacks did, a row a source and attack, with the job that made it."""
    frames = [read_csv(path).assign(job=Path(path).stem) for path in paths]
    columns = ["source", "job", "attack", "family", "gradients", "device", "precision"]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns)


def rebuild(run: Run, exhibit: Exhibit) -> str:
    """The command that makes one exhibit of this run."""
    return f"{run.command} -- {run.table(exhibit)}"


def section(
    run: Run,
    exhibit: Exhibit,
    effects: pd.DataFrame,
    images: Images | None,
    labels: Mapping[str, str],
    devices: Sequence[str],
) -> Section:
    classes = class_names(run.settings.suite.data)
    table = read_csv(run.table(exhibit))
    text = f"{exhibit.number}: {exhibit.title}. " + (
        "" if table.empty else "Its numbers are in the table beside it."
    )
    head, rows = grid(table, labels, exhibit.kind.table_is_matrix)
    texts = {"CSV": run.table(exhibit).read_text(encoding="utf-8")}
    texts |= {"Markdown": markdown(head, rows), "LaTeX": latex(head, rows)}
    on_gpu = bool(devices) and not any(device.endswith(("thread", "threads")) for device in devices)
    behind = (jobs_of(exhibit, run.jobs), run.replicates, on_gpu)
    return Section(
        exhibit=exhibit,
        setting=setting_text(exhibit, run.settings, labels),
        classes=len(classes),
        table=table,
        picture=inline_svg(run.picture(exhibit).read_bytes(), exhibit.name, text),
        texts={} if table.empty else texts,
        effects=summarise_effects(exhibit, effects),
        strips=strips(exhibit, images, run.jobs, run.results, classes) if images else [],
        times=provenance.job_times(run.benchmarks, exhibit, *behind),
        command=rebuild(run, exhibit).replace("--cores all", "--cores all --force", 1),
        maps=label_maps(run, exhibit, classes, labels),
    )


def label_maps(
    run: Run, exhibit: Exhibit, classes: Sequence[str], labels: Mapping[str, str]
) -> dict[str, Any] | None:
    """The label grids behind a picture of decision regions, a list of rows v a target."""
    path = run.results / f"probes/{exhibit.name}_maps.parquet"
    if "maps" not in exhibit.kind.picture_files or not path.exists():
        return None
    maps = read_parquet(path)
    used, several = sorted(set(maps["label"].tolist())), maps["source"].nunique() > 1
    return {
        "axis": sorted(set(maps["u"].round(2).tolist())),
        "classes": {label: classes[label] for label in used},
        "targets": [
            {
                "name": labels.get(str(target), str(target))
                + (f", from {labels.get(str(source), str(source))}" if several else ""),
                "labels": cells.pivot(index="v", columns="u", values="label").to_numpy().tolist(),
            }
            for (source, target), cells in maps.groupby(["source", "target"], sort=False)
        ],
    }
