"""Crates of made runs: two networks, FGSM with and without noise reduction, made outcomes."""

import json

import numpy as np
import pandas as pd
from nrg.analysis.tables import COLUMNS
from nrg.base.table_files import write_parquet
from nrg.report.crate import pack_crate
from nrg.report.crate_metadata import CrateFacts, CrateFile

NETWORKS = ("alexnet", "resnet18")
FACTS = {
    "suite": "digits",
    "seed": 0,
    "precision": "fp32",
    "device": "a CPU",
    "data set": "digits",
    "image size": 16,
    "resize of the shorter side": "none",
    "evaluation set sha256": "0",
    "weights sha256": "alexnet 01; resnet18 02",
    "models": '{"alexnet": {"mean": "0"}}',
}


def make_crate(
    folder,
    successes=(30, 45),
    images=range(100),
    verdict="supported",
    epsilon=40,
    with_outcomes=True,
    gain=6.0,
    zoos=(),
    **facts,
) -> bytes:
    """The crate of a run in which the two methods fool as many of the images in every pair.

    Args:
        folder: to write tables into.
        gain, zoos: the mean gain of the claims' ledger, and the gains on all zoos.
        successes: of FGSM and nr-FGSM; the images with the smallest numbers are fooled.
    """
    rows, frames = [], []
    for source in NETWORKS:
        for target in NETWORKS:
            for method, count in zip(("fgsm", "nr-fgsm"), successes, strict=True):
                cell = {"exhibit": "table1", "metric": "top1_success", "method": method}
                cell |= {"source": source, "target": target}
                outcome = 100 * (np.array(images) < count)
                rows.append({**cell, "value": outcome.mean(), "n": len(outcome)})
                units = [f"digit-{image}" for image in images]
                of_images = {"attack": f"{method}-linf-e{epsilon}", "unit": units}
                of_images |= {"succeeded": outcome > 0, "value": np.nan}
                frames.append(pd.DataFrame({"exhibit": "table1", "row": len(rows) - 1} | of_images))
    table = pd.DataFrame(rows, columns=COLUMNS)
    write_parquet(pd.concat(frames, ignore_index=True), folder / "outcomes.parquet")
    part = {"label": "alexnet → resnet18", "setting": "Table 1", "effect": 15.0, "ci_low": 8.0}
    part |= {"ci_high": 22.0, "n": len(images), "verdict": verdict}
    claim = {"id": "nrg", "says": "It transfers better.", "test": "t", "exhibits": ["table1"]}
    claim |= {"verdict": verdict, "holding": 1, "of": 1, "parts": [part]}
    pair = {"exhibit": "table1", "plain": "fgsm", "reduced": "nr-fgsm"}
    contents = {
        "exhibits/table1.csv": table.to_csv(index=False).encode(),
        "claims.json": json.dumps({"claims": [claim], "gains": [{**pair, "gain": gain}]}).encode(),
        "Snakefile": b"rule all:\n",
    }
    if with_outcomes:
        contents["outcomes.parquet"] = (folder / "outcomes.parquet").read_bytes()
    if zoos:
        spread = {"gains": [{**pair, "gain": {"values": list(zoos)}}]}
        contents["replicates.json"] = json.dumps(spread).encode()
    files = [CrateFile(member, content, member) for member, content in contents.items()]
    run = CrateFacts("d", "2026-01-01", {"torch": "2"}, "c", "snakemake", {**FACTS, **facts})
    return pack_crate("Digits", files, run)
