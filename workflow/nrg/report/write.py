"""The report's two files: the page, and the results as a crate."""

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

from nrg.base.files import write_whole
from nrg.base.progress import log
from nrg.base.resources import REPORT
from nrg.report.context import Context, gather
from nrg.report.crate import CrateFacts, CrateFile, write_crate
from nrg.report.deviations import scale_label
from nrg.report.page import data_uri, render
from nrg.report.run import Run


def write_report(run: Run, page: Path) -> None:
    """Write the page, with the crate in it, and the crate next to it as .crate.zip.

    Raises:
        UserError: no exhibit is made.
    """
    context = gather(run)
    page.parent.mkdir(parents=True, exist_ok=True)
    crate = page.with_suffix(".crate.zip")
    write_crate(crate, run.settings.suite.title, crate_files(run), crate_facts(run, context))
    with write_whole(page) as part:
        part.write_text(render_page(context, crate.read_bytes()), encoding="utf-8")
    log.info("%s, %.1f MB", page, page.stat().st_size / 1e6)


def render_page(context: Context, crate: bytes) -> str:
    """The page as HTML, with the crate (a zip file) to download from it."""
    names = {field.name: getattr(context, field.name) for field in fields(context)}
    names["crate"] = data_uri(crate, "application/zip")
    return render(REPORT, names)


def crate_files(run: Run) -> list[CrateFile]:
    """The files that go into the RO-Crate."""
    files = []
    for exhibit in run.made:
        name, title = exhibit.name, f"{exhibit.number}: {exhibit.title}"
        files.append(CrateFile(f"exhibits/{name}.csv", run.table(exhibit), f"{title}, numbers"))
        files.append(CrateFile(f"exhibits/{name}.svg", run.picture(exhibit), f"{title}, picture"))
    others = {"claims.json": "Ledger of claims", "evaluation_set.parquet": "Images attacked"}
    for name, description in others.items():
        path = run.results.fill(name)
        if path.exists():
            files.append(CrateFile(name, path, description))
    return files


def crate_facts(run: Run, context: Context) -> CrateFacts:
    """What the RO-Crate says about the run; it holds no running times."""
    suite, provenance = run.settings.suite, context.provenance
    settings: dict[str, Any] = {
        "lock sha256": provenance.lock,
        "evaluation set sha256": provenance.evaluation_set,
        "seed": run.settings.seed,
        "device": "; ".join(provenance.devices),
        "precision": ", ".join(provenance.precisions),
        "networks ran": " ".join(provenance.forms),
        "weights sha256": "; ".join(
            f"{name} {metadata['tensors_sha256']}" for name, metadata in context.weights.items()
        ),
        "suite": run.settings.asked,
        "files of the user's own": "; ".join(
            f"{file.path} ({file.what}) sha256 {file.sha256}" for file in provenance.user_files
        ),
        "untracked files": ", ".join(provenance.untracked),
        "image size": suite.data.image_size,
        "resize of the shorter side": suite.data.resize or "none",
        "ε, α and σ": scale_label(suite.pixel_scale),
        "models": json.dumps(provenance.model_facts, ensure_ascii=False),
    }
    return CrateFacts(
        description=f"Reproduction on the suite {suite.name}: {suite.title}. {suite.note}",
        date=provenance.date,
        versions=provenance.versions,
        commit=provenance.commit,
        command=run.command,
        settings=settings,
    )
