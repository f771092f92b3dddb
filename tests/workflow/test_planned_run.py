"""What `snakemake plan` says, beside what a run then does."""

import re
from collections import Counter

import pandas as pd
import pytest
import torch
import yaml
from nrg.data.dataset_size import measure_data_set
from nrg.plan.speed import measure_machine
from nrg.plan.tasks import plan_tasks
from nrg.study.exhibits import choose_exhibits, load_exhibits
from nrg.study.guests import invite_guests
from nrg.study.settings import load_settings
from workflow_runs import SMALL, job_counts, snakemake

GUEST = {"factory": "nrg.models.digits_zoo:plain", "joint": False}
GUEST |= {"arguments": {"convolutions": [1, 1], "width": 4, "hidden": 16}}
GUESTS = {"sources": ["alexnet"], "targets": ["alexnet", "vit", "robust", "vit~smoothed15x16"]}


def planned(config: dict):
    settings = load_settings(config)
    exhibits = load_exhibits(settings.suite)
    chosen = choose_exhibits(exhibits, settings)
    settings = invite_guests(settings, chosen)
    data = measure_data_set(settings.suite.data)
    tasks = plan_tasks(settings, exhibits.values(), chosen, data, settings.suite.microbatch)
    return settings, chosen, tasks


@pytest.mark.parametrize(
    "config",
    [
        {"suite": "digits"},
        {"suite": "digits", "jobs": "family", "mlp_suite": "mnist", "readings": False},
        {"suite": "digits", "exhibits": ["figure4", "table5"], "add_models": {"guest": GUEST}},
        {
            "suite": "digits",
            "exhibits": ["table1", "figure1b"],
            "shard_images": 200,
            "microbatch": 100,
            "gpu_microbatch": 100,
        },
        {"suite": "digits", "exhibits": ["table1", "table2"], "overrides": {"table1": GUESTS}},
    ],
)
def test_its_jobs_are_those_of_a_dry_run(tmp_path, config):
    (tmp_path / "run.yaml").write_text(yaml.safe_dump(config))
    run = snakemake(tmp_path, "--dry-run", "--configfile", str(tmp_path / "run.yaml"))
    _, _, tasks = planned(config)
    assert job_counts(run.stdout) == Counter(task.stage for task in tasks) + Counter(["all"])


def test_gradients_and_disk_are_those_of_a_run(small_run):
    folder = small_run[0] / "results/small"
    settings, chosen, tasks = planned({"suite": str(SMALL), "mlp_suite": str(SMALL)})
    crafting = [task for task in tasks if task.stage == "craft_adversarial_sets"]
    for task in crafting:
        effects = pd.read_csv(folder / f"effects/{task.name.rpartition('/')[0]}.csv")
        assert task.count("gradient") == effects.groupby("family")["gradients"].first().sum()
    predictions = pd.read_parquet(folder / "predictions")
    scoring = [task for task in tasks if task.stage == "score_adversarial_sets"]
    assert sum(task.count("forward") for task in scoring) == len(predictions)

    machine = measure_machine(
        settings, chosen, tasks, 30, cores=1, gpus=0, device=torch.device("cpu")
    )
    kept = sum(map(machine.kept, tasks))
    arrays = [
        path
        for path in folder.rglob("*")
        if path.suffix in (".parquet", ".safetensors") and "probes" not in path.parts
    ]
    assert kept == pytest.approx(sum(path.stat().st_size for path in arrays), rel=0.05)


def test_it_is_printed_and_leaves_nothing_but_its_log(tmp_path):
    pair = {"sources": ["alexnet"], "targets": ["alexnet"]}
    run = {"suite": str(SMALL), "zoo": ["alexnet"], "overrides": {"table1": pair}}
    run |= {"exhibits": ["table1"], "evaluation_images": 1000}
    (tmp_path / "run.yaml").write_text(yaml.safe_dump(run))
    said = snakemake(tmp_path, "plan", "--cores", "1", "--configfile", str(tmp_path / "run.yaml"))
    assert said.returncode == 0, said.stdout
    assert re.search(r"^craft_adversarial_sets +1 .* 382,000$", said.stdout, re.MULTILINE)
    assert re.search(r"^Time +about .* networks at once: 1$", said.stdout, re.MULTILINE)
    assert "Warning: there are 797 candidates, and evaluation_images asks for 1,000" in said.stdout
    made = {path for path in tmp_path.rglob("*") if path.is_file()}
    log = tmp_path / "logs/small/plan.log"
    assert {p for p in made if ".snakemake" not in p.parts} == {log, tmp_path / "run.yaml"}
    assert "382,000" in log.read_text()


def test_tune_prints_a_setting_that_a_run_takes(tmp_path):
    given = ["--cores", "1", "--config", f"suite={SMALL}", "zoo=[alexnet]", "exhibits=[figure1a]"]
    said = snakemake(tmp_path, "tune", *given)
    assert said.returncode == 0, said.stdout
    (words,) = re.findall(r"^ +--config (microbatch=\d+)$", said.stdout, re.MULTILINE)
    run = snakemake(tmp_path, "--dry-run", *given, words)
    assert run.returncode == 0, run.stdout
    assert not (tmp_path / "results").exists()
