"""A model that comes to a finished run without a say in its images."""

import shutil

import pandas as pd
import yaml
from workflow_runs import LIGHT, job_counts, snakemake

RUN = {"suite": str(LIGHT), "exhibits": ["figure3b"], "keep_adversarial_sets": True}
GUEST = {
    "arguments": {"convolutions": [1, 1], "width": 4, "hidden": 16},
    "minimum_accuracy": 20,
    "joint": False,
}
PAIR = ["alexnet", "vgg13_bn"]
AXES = {"copies": [500], "epsilon": [15]}
DEFENDED = "alexnet~jpeg60"
WITH_GUEST = {"figure3b": {"sources": PAIR, "targets": [*PAIR, "guest", DEFENDED], "axes": AXES}}


def test_a_guest_recrafts_nothing_and_is_scored_on_what_it_knows(light_run, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(light_run[0], folder, symlinks=True)
    results = folder / "results/light"
    before = {path: path.stat().st_mtime_ns for path in results.glob("adversarial/*/*/*")}
    assert len(before) == 8, "of each source two shards, with what was done to them"

    more = {"add_models": {"guest": GUEST}, "overrides": WITH_GUEST}
    (tmp_path / "run.yaml").write_text(yaml.safe_dump(RUN | more))
    run = ["--cores", "2", "--configfile", str(tmp_path / "run.yaml")]
    planned = job_counts(snakemake(folder, "--dry-run", *run).stdout)
    assert planned["train_model"] == 1
    assert planned["score_guest"] == planned["score_guests"] == 2
    assert planned["predict_clean"] == 1, "a model behind a defence has no weights of its own"
    untouched = {"craft_adversarial_sets", "score_adversarial_sets", "select_evaluation_set"}
    assert not untouched & planned.keys()
    made = snakemake(folder, *run, "--", "results/light/exhibits/figure3b.csv")
    assert made.returncode == 0, made.stdout
    assert not untouched & job_counts(made.stdout).keys()
    assert {path: path.stat().st_mtime_ns for path in before} == before

    clean = pd.read_parquet(results / "clean_predictions/guest.parquet")
    images = pd.read_parquet(results / "evaluation_set.parquet").merge(clean, on="image_id")
    known = int((images["top1"] == images["label"]).sum())
    assert 0 < known < len(images), "the guest knows some of the images, and not all"
    table = pd.read_csv(results / "exhibits/figure3b.csv").set_index("target")
    assert set(table.loc["guest", "n"]) == {known}
    assert set(table.loc["alexnet", "n"]) == {60}
    assert set(table.loc[DEFENDED, "n"]) <= {*range(30, 61)}
