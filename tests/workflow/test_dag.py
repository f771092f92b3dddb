"""The DAG, by dry runs, and what every rule declares."""

import re

import pytest
import yaml
from inputs import ROOT
from nrg.base.code_hash import find_imports, follow_imports
from workflow_runs import job_counts, snakemake


def dry_run(tmp_path, *config: str) -> dict[str, int]:
    run = snakemake(tmp_path, "--dry-run", "--config", *config)
    assert run.returncode == 0, run.stdout
    return job_counts(run.stdout)


def test_the_default_run_builds_the_papers_tables_on_digits(tmp_path):
    run = snakemake(tmp_path, "--dry-run")
    counts = job_counts(run.stdout)
    assert counts["train_zoo"] == counts["predict_clean_by_zoo"] == 1
    assert counts["train_guests"] == counts["predict_clean_by_guests"] == 1
    assert not {"train_model", "predict_clean", "score_guest"} & counts.keys()
    assert counts["craft_adversarial_sets"] == counts["score_adversarial_sets"] == 25
    assert counts["score_guests"] == 6, "for each of three sources, of two batches"
    assert counts["train_mlps"] == counts["attack_mlps"] == 1
    assert counts["build_exhibit"] == 36
    assert counts["probe_boundaries"] == 4
    assert counts["score_transformed"] == counts["probe_copies"] == counts["probe_cosines"] == 1
    assert counts["probe_gradients"] == 2
    assert "fetch_weights" not in counts


def test_the_full_imagenet_run(tmp_path):
    (tmp_path / "images").mkdir()
    counts = dry_run(tmp_path, "suite=imagenet", f"images={tmp_path}/images")
    assert counts["fetch_weights"] == counts["predict_clean"] == 15 + 6
    assert counts["craft_adversarial_sets"] == counts["score_adversarial_sets"] == 317
    assert counts["train_mlps"] == 10
    assert counts["download_mnist"] == 1
    assert "train_model" not in counts


def test_open_images_are_downloaded_once_and_only_if_none_are_named(tmp_path):
    counts = dry_run(tmp_path, "suite=imagenetv2")
    assert counts["download_images"] == counts["read_images"] == 1
    assert counts["fetch_weights"] == counts["predict_clean"] == 15 + 6
    assert counts["craft_adversarial_sets"] == counts["score_adversarial_sets"] == 317
    (tmp_path / "images").mkdir()
    assert "download_images" not in dry_run(
        tmp_path, "suite=imagenetv2", f"images={tmp_path}/images"
    )


def test_one_exhibit_needs_only_its_own_jobs(tmp_path):
    (tmp_path / "images").mkdir()
    config = ["suite=imagenet", f"images={tmp_path}/images", "exhibits=table2"]
    counts = dry_run(tmp_path, *config, "zoo=[alexnet,resnet34]")
    assert counts["craft_adversarial_sets"] == 4
    assert counts["fetch_weights"] == 2
    assert "train_mlps" not in counts


@pytest.mark.parametrize(
    ("change", "reruns"),
    [
        ("image_size=20", {"read_images", "train_zoo", "craft_adversarial_sets"}),
        ("zoo_defaults={std: [0.5]}", {"train_zoo", "score_adversarial_sets"}),
        ("zoo_defaults={minimum_accuracy: 50}", {"train_zoo"}),
        ("microbatch=15", {"predict_clean_by_zoo", "craft_adversarial_sets"}),
        ("seed=1", {"read_images", "train_zoo", "craft_adversarial_sets", "train_mlps"}),
        ("zoo_seed=1", {"train_zoo", "predict_clean_by_zoo", "craft_adversarial_sets"}),
        ("evaluation_images=50", {"select_evaluation_set", "craft_adversarial_sets"}),
        ("note=Another", {"write_report"}),
    ],
)
def test_a_changed_setting_reruns_what_depends_on_it(small_run, change, reruns):
    folder, arguments, _ = small_run
    run = snakemake(folder, "--dry-run", *arguments, change)
    assert reruns <= job_counts(run.stdout).keys(), run.stdout
    if change.startswith("zoo_seed"):
        assert "train_mlps" not in job_counts(run.stdout), "Table 4 has seeds of its own"
    if change.startswith("note"):
        assert job_counts(run.stdout).keys() == {"all", "write_report"}


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ("sweet=digits", "unknown key 'sweet'"),
        ("suite=imagenet", "the setting 'images' must name the folder"),
    ],
)
def test_a_wrong_configuration_ends_with_one_clear_line(tmp_path, config, message):
    run = snakemake(tmp_path, "--dry-run", "--config", config)
    assert run.returncode != 0
    assert message in run.stdout
    assert "Traceback" not in run.stdout


def test_a_model_that_is_added_to_a_small_suite_trains_no_other_again(small_run, tmp_path):
    folder, arguments, _ = small_run
    added = {"factory": "nrg.models.digits_zoo:plain", "family": "vgg"}
    added |= {"arguments": {"convolutions": [1], "width": 4, "hidden": 16}}
    more = tmp_path / "more.yaml"
    more.write_text(yaml.safe_dump({"add_models": {"mine": added}}))
    run = snakemake(folder, "--dry-run", *arguments, "--configfile", str(more))
    counts = job_counts(run.stdout)
    assert counts["train_model"] == counts["predict_clean"] == 1, run.stdout
    assert not {"train_zoo", "train_mlps"} & counts.keys()
    assert counts["craft_adversarial_sets"] > 0, "it has a say in the images"


def rules() -> dict[str, str]:
    texts = [path.read_text() for path in sorted((ROOT / "workflow/rules").glob("*.smk"))]
    blocks = [block for text in texts for block in re.split(r"^(?=rule )", text, flags=re.M)[1:]]
    return {re.match(r"rule (\w+)", block)[1]: block for block in blocks}


@pytest.mark.parametrize("rule", rules())
def test_every_rule_declares_what_a_scheduler_and_a_reader_need(rule):
    block = rules()[rule]
    for key in ("message:", "log:", "conda:", "threads:", "mem_mb=", "runtime="):
        assert key in block, f"{rule} lacks {key}"
    assert ("benchmark:" in block) == ("output:" in block)
    script = ROOT / f"workflow/scripts/{rule}.py"
    assert f"../scripts/{rule}.py" in block, "a rule's script has its name"
    assert ("gpu=GPUS" in block) == ("prepare_device" in script.read_text())


@pytest.mark.parametrize("rule", rules())
def test_every_rule_tracks_the_resources_that_its_code_reads(rule):
    """Names of ImageNet's classes matter where they are printed; elsewhere only their number.

    The catalogue of attacks matters where exhibits are read; elsewhere attacks are parameters.
    """
    script = ROOT / f"workflow/scripts/{rule}.py"
    files = [script, *follow_imports(find_imports(script)).values()]
    read = {name for file in files for name in re.findall(r'"(resources/.+?)"', file.read_text())}
    if rule not in ("read_images", "build_exhibit", "write_report"):
        read.discard("resources/imagenet_classes.csv")
    if rule not in ("judge_claims", "write_report"):
        read.discard("resources/attacks.yaml")
    if "output:" in rules()[rule]:
        assert {name for name in read if f'"workflow/{name}"' not in rules()[rule]} == set()


def test_scripts_stay_short():
    for script in (ROOT / "workflow/scripts").glob("*.py"):
        code = [line for line in script.read_text().splitlines() if line.strip()]
        assert len(code) <= 35, script.name


def test_profiles_differ_only_in_where_jobs_run():
    profiles = [yaml.safe_load(p.read_text()) for p in ROOT.glob("profiles/*/profile.yaml")]
    assert len(profiles) == 3
    for key in ("scheduler", "quiet", "rerun-incomplete", "nolock", "rerun-triggers"):
        assert all(profile[key] == profiles[0][key] for profile in profiles), key
