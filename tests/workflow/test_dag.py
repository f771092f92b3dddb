"""The DAG, by dry runs, and what every rule declares."""

import re

import pytest
from inputs import ROOT
from workflow_runs import snakemake


def job_counts(output: str) -> dict[str, int]:
    return {rule: int(n) for rule, n in re.findall(r"^(\w+) +(\d+)$", output, re.MULTILINE)}


def dry_run(tmp_path, *config: str) -> dict[str, int]:
    run = snakemake(tmp_path, "--dry-run", "--config", *config)
    assert run.returncode == 0, run.stdout
    return job_counts(run.stdout)


def test_the_default_run_builds_the_papers_tables_on_digits(tmp_path):
    run = snakemake(tmp_path, "--dry-run")
    counts = job_counts(run.stdout)
    assert counts["train_model"] == counts["predict_clean"] == 15
    assert counts["craft_adversarial_sets"] == counts["score_adversarial_sets"] == 6
    assert counts["train_mlps"] == counts["attack_mlps"] == 10
    assert counts["build_matrix"] == 3
    assert "fetch_weights" not in counts


def test_the_full_imagenet_run(tmp_path):
    counts = dry_run(tmp_path, "suite=imagenet", "images=/data/ILSVRC2012")
    assert counts["fetch_weights"] == counts["predict_clean"] == 15
    assert counts["craft_adversarial_sets"] == counts["score_adversarial_sets"] == 24
    assert counts["train_mlps"] == 10
    assert "train_model" not in counts


def test_one_exhibit_needs_only_its_own_jobs(tmp_path):
    config = ["suite=imagenet", "images=/data", "exhibits=[table2]", "zoo=[alexnet,resnet34]"]
    counts = dry_run(tmp_path, *config)
    assert counts["craft_adversarial_sets"] == 4
    assert counts["fetch_weights"] == 2
    assert "train_mlps" not in counts


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ("sweet=digits", "unknown key 'sweet'"),
        ("suite=digist", "unknown suite 'digist'; did you mean 'digits'?"),
        ("exhibits=[tabel1]", "unknown exhibit 'tabel1'; did you mean 'table1'?"),
    ],
)
def test_a_wrong_configuration_ends_with_one_clear_line(tmp_path, config, message):
    run = snakemake(tmp_path, "--dry-run", "--config", config)
    assert run.returncode != 0
    assert message in run.stdout
    assert "Traceback" not in run.stdout


def rules() -> dict[str, str]:
    texts = [path.read_text() for path in sorted((ROOT / "workflow/rules").glob("*.smk"))]
    blocks = [block for text in texts for block in re.split(r"^(?=rule )", text, flags=re.M)[1:]]
    return {re.match(r"rule (\w+)", block)[1]: block for block in blocks}


@pytest.mark.parametrize("rule", rules())
def test_every_rule_declares_what_a_scheduler_and_a_reader_need(rule):
    block = rules()[rule]
    for key in ("message:", "log:", "benchmark:", "conda:", "threads:", "mem_mb=", "runtime="):
        assert key in block, f"{rule} lacks {key}"
    script = ROOT / f"workflow/scripts/{rule}.py"
    assert f"../scripts/{rule}.py" in block, "a rule's script has its name"
    assert ("gpu=GPUS" in block) == ("prepare_device" in script.read_text())


def test_scripts_stay_short():
    for script in (ROOT / "workflow/scripts").glob("*.py"):
        code = [line for line in script.read_text().splitlines() if line.strip()]
        assert len(code) <= 35, script.name
