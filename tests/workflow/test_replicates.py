"""A run on two zoos: each trained by itself, in a folder of its own, and compared."""

import json

import pandas as pd
import pytest
import yaml
from nrg.base.files import file_sha256
from workflow_runs import SMALL, job_counts, snakemake

PAIR = {"sources": ["alexnet", "resnet34"], "targets": ["alexnet", "resnet34"]}
RUN = {
    "suite": str(SMALL),
    "exhibits": ["table1"],
    "replicates": 2,
    "evaluation_images": 10,
    "subset_images": 5,
    "microbatch": 10,
    "zoo": ["alexnet", "resnet34"],
    "overrides": {"table1": PAIR},
}


def test_a_dry_run_has_one_job_for_every_other_zoo_and_compares_them(tmp_path):
    run = snakemake(tmp_path, "--dry-run", "--config", "replicates=5")
    counts = job_counts(run.stdout)
    assert counts["run_zoo_replicate"] == 4
    assert counts["compare_replicates"] == 1
    assert counts["train_zoo"] == 1, "those of the other zoos are jobs of their own runs"


@pytest.mark.long
def test_two_zoos_are_trained_attacked_and_compared(tmp_path):
    (tmp_path / "run.yaml").write_text(yaml.safe_dump(RUN))
    arguments = ["--cores", "2", "--configfile", str(tmp_path / "run.yaml")]
    run = snakemake(tmp_path, *arguments)
    assert run.returncode == 0, run.stdout
    own, other = tmp_path / "results/small", tmp_path / "results/small-zoo1"
    weights = [file_sha256(folder / "models/alexnet.safetensors") for folder in (own, other)]
    assert weights[0] != weights[1], "the other zoo is trained anew"
    images = [pd.read_parquet(folder / "evaluation_set.parquet") for folder in (own, other)]
    assert {*images[0]["image_id"]} & {*images[1]["image_id"]}, "on images in the same order"
    assert not (other / "report.html").exists()

    found = json.loads((own / "replicates.json").read_text())
    assert found["zoo_seeds"] == [0, 1]
    ledgers = [json.loads((folder / "claims.json").read_text()) for folder in (own, other)]
    for claim in found["claims"]:
        effects = [
            next(entry["effect"] for entry in ledger["claims"] if entry["id"] == claim["id"])
            for ledger in ledgers
        ]
        assert effects[0] is None or claim["effects"][0]["values"] == effects
    assert found["claims"]

    again = snakemake(tmp_path, *arguments, "--dry-run")
    assert "Nothing to be done" in again.stdout, again.stdout
