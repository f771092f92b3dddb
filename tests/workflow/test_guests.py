"""A model that comes to a finished run without a say in its images."""

import pandas as pd
import yaml
from workflow_runs import SMALL, job_counts, snakemake

PAIR = {"sources": ["alexnet", "resnet34"], "targets": ["alexnet", "resnet34"]}
RUN = {
    "suite": str(SMALL),
    "exhibits": ["table1"],
    "keep_adversarial_sets": True,
    "shard_images": 30,
    "zoo": ["alexnet", "resnet34"],
    "overrides": {"table1": PAIR},
}
GUEST = {
    "factory": "nrg.models.digits_zoo:plain",
    "arguments": {"convolutions": [1, 1], "width": 4, "hidden": 16},
    "minimum_accuracy": 20,
    "joint": False,
}


def test_a_guest_recrafts_nothing_and_is_scored_on_what_it_knows(tmp_path):
    (tmp_path / "run.yaml").write_text(yaml.safe_dump(RUN))
    first = snakemake(tmp_path, "--cores", "2", "--configfile", str(tmp_path / "run.yaml"))
    assert first.returncode == 0, first.stdout
    results = tmp_path / "results/small"
    before = {path: path.stat().st_mtime_ns for path in results.glob("adversarial/*/*/*")}
    assert len(before) == 8, "of each source two shards, with what was done to them"

    targets = [*PAIR["targets"], "guest"]
    more = {"add_models": {"guest": GUEST}, "overrides": {"table1": PAIR | {"targets": targets}}}
    (tmp_path / "run.yaml").write_text(yaml.safe_dump(RUN | more))
    second = snakemake(tmp_path, "--cores", "2", "--configfile", str(tmp_path / "run.yaml"))
    assert second.returncode == 0, second.stdout
    counts = job_counts(second.stdout)
    assert counts["train_model"] == 1
    assert counts["score_guest"] == 2
    untouched = {"craft_adversarial_sets", "score_adversarial_sets", "select_evaluation_set"}
    assert not untouched & counts.keys()
    assert {path: path.stat().st_mtime_ns for path in before} == before

    clean = pd.read_parquet(results / "clean_predictions/guest.parquet")
    images = pd.read_parquet(results / "evaluation_set.parquet").merge(clean, on="image_id")
    known = int((images["top1"] == images["label"]).sum())
    assert 0 < known < len(images), "the guest knows some of the images, and not all"
    table = pd.read_csv(results / "exhibits/table1.csv").set_index("target")
    assert set(table.loc["guest", "n"]) == {known}
    assert set(table.loc["alexnet", "n"]) == {60}
