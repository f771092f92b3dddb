"""The workflow on a real Slurm of two nodes, one of which is lost on the way."""

import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from inputs import ROOT
from nrg.base.safetensors_files import read_metadata
from slurm import Cluster, missing
from workflow_runs import LIGHT

pytestmark = [
    pytest.mark.long,
    pytest.mark.xdist_group("cluster"),  # one cluster, and one test at a time on it
    pytest.mark.skipif(bool(missing()), reason=f"no Slurm here: {', '.join(missing())} missing"),
]
RUN = ["--config", f"suite={LIGHT}", "exhibits=figure3b", "keep_adversarial_sets=true"]
PROFILE = ["--workflow-profile", str(ROOT / "profiles/slurm")]
MODEL = "results/light/models/alexnet.safetensors"
# So that a test does not wait: the plugin asks after jobs ever more rarely, from this on.
QUICK = ["--slurm-init-seconds-before-status-checks", "2", "--latency-wait", "10"]
# The nodes' GPUs are fake: jobs ask Slurm for one, and compute on the CPU.
ASK_FOR_A_GPU = ["--set-resources", "craft_adversarial_sets:gres=gpu:1"]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with Cluster(tmp_path_factory.mktemp("slurm")) as cluster:
        yield cluster


def start(cluster: Cluster, folder: Path, *arguments: str) -> subprocess.Popen:
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
    profile = [] if "--workflow-profile" in arguments else [*PROFILE, *QUICK]
    command += [
        "--directory",
        str(folder),
        *profile,
    ]
    command += ["--set-threads", "read_images=1", *(arguments or RUN)]  # a node has one
    output = (folder / "output.txt").open("w")
    return subprocess.Popen(
        command, cwd=folder, env=cluster.environment, stdout=output, stderr=output
    )


def wait_for(condition, run: subprocess.Popen, seconds: float = 600):
    """The condition's first true value while the run goes on."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if (found := condition()) or run.poll() is not None:
            return found
        time.sleep(0.1)
    raise TimeoutError


def crafting_on(cluster: Cluster, node: str, folder: Path) -> list[Path]:
    """Logs of crafting jobs that compute on a node right now."""
    if not any("craft" in job for job in cluster.running(node)):
        return []
    logs = (folder / "logs/light/craft_adversarial_sets").rglob("*.log")
    return [
        log for log in logs if f"on {node}," in (text := log.read_text()) and "peak" not in text
    ]


def end_of(run: subprocess.Popen, folder: Path, seconds: float = 600) -> tuple[int, str]:
    try:
        code = run.wait(seconds)
    finally:
        run.kill()
    return code, (folder / "output.txt").read_text()


def test_on_a_cluster_the_device_must_be_named(cluster, tmp_path):
    code, output = end_of(start(cluster, tmp_path), tmp_path)
    assert code == 1
    assert "set it: --config device=cuda, or device=cpu" in output
    assert not cluster.finished_jobs()


def test_a_rule_that_runs_a_network_gets_one_gpu(cluster, tmp_path):
    title = 'title=it costs `touch by-shell` $(touch by-shell) "$5"'
    run = start(cluster, tmp_path, "--retries", "0", *RUN, "device=cuda", title, "--", MODEL)
    code, _ = end_of(run, tmp_path)
    assert not list(tmp_path.rglob("by-shell")), "no setting is read by a shell"
    log = (tmp_path / "logs/light/train_model/alexnet.log").read_text()
    assert code == 1
    assert re.search(r"CUDA_VISIBLE_DEVICES 0$", log, re.M)
    assert "this job was given a GPU, but torch finds none" in log


def test_a_job_that_takes_more_memory_than_it_asked_for_asks_for_more(cluster, tmp_path):
    little = "mem_mb=700"  # less than a job with torch takes
    work = "training={optimiser: adam, learning_rate: 0.003, epochs: 40, batch: 50}"  # for seconds
    run = start(cluster, tmp_path, *RUN, "device=cpu", little, work, "--", MODEL)
    code, output = end_of(run, tmp_path)
    assert code == 0, output
    node = "".join(path.read_text() for path in cluster.folder.glob("slurmd.*.log"))
    assert "exceeded memory limit" in node
    assert (tmp_path / MODEL).is_file()


def test_jobs_that_wait_for_a_killed_run_do_nothing_once_another_has_begun(cluster, tmp_path):
    """One node takes no jobs, so that of two one waits."""

    def one_waits() -> bool:
        states = cluster.ask("squeue", "-h", "-o", "%T").split()
        return sorted(states) == ["PENDING", "RUNNING"]

    drain = ("scontrol", "update", "nodename=n2", "reason=test")
    cluster.ask(*drain, "state=drain")
    until = ["device=cpu", "--until", "train_model"]
    first = start(cluster, tmp_path, *RUN, "seed=1", *until)
    assert wait_for(one_waits, first), (tmp_path / "output.txt").read_text()
    first.kill()
    first.wait()
    second = start(cluster, tmp_path, *RUN, "seed=2", *until)
    code, output = end_of(second, tmp_path)
    cluster.ask("scontrol", "update", "nodename=n2", "state=resume")
    assert code == 0, output
    while cluster.ask("squeue", "-h"):
        time.sleep(0.5)
    models = list((tmp_path / "results/light/models").glob("*.safetensors"))
    assert [read_metadata(path)["origin"] for path in models] == ["trained with seed 2"] * 2


def test_another_scheduler_by_three_commands(cluster, light_run, tmp_path):
    (tmp_path / "profiles").symlink_to(ROOT / "profiles")
    profile = ["--workflow-profile", "profiles/cluster-generic"]
    profile += ["--seconds-between-status-checks", "1", "--latency-wait", "10"]
    target = "results/light/clean_predictions/alexnet.parquet"
    run = start(cluster, tmp_path, *profile, *RUN, "device=cpu", "--", target)
    code, output = end_of(run, tmp_path)
    assert code == 0, output
    assert (tmp_path / target).read_bytes() == (light_run[0] / target).read_bytes()
    assert any(job["Name"] == "nrg-train_model" for job in cluster.finished_jobs())


def test_both_nodes_work_and_when_one_is_lost_the_run_ends_as_it_does_alone(
    cluster, light_run, tmp_path
):
    """What is crafted and scored on this machine is deleted, and made again on the cluster."""
    alone, folder = light_run[0], tmp_path / "run"
    shutil.copytree(alone, folder, symlinks=True)
    promised = ("predictions/*/*.parquet", "samples/*/*.safetensors", "exhibits/*")
    files = [path for pattern in promised for path in (alone / "results/light").glob(pattern)]
    assert len(files) == 7, "predictions and samples of two sources, and three files of an exhibit"
    for made in ("adversarial", "predictions", "samples", "effects", "exhibits"):
        shutil.rmtree(folder / "results/light" / made)
    shutil.rmtree(folder / "logs")
    whole = [*RUN, "shard_images=60", "device=cpu"]  # one job of each source, twice as long
    run = start(
        cluster, folder, *ASK_FOR_A_GPU, *whole, "--", "results/light/exhibits/figure3b.csv"
    )
    try:
        lost = wait_for(lambda: crafting_on(cluster, "n2", folder), run)
        assert lost, (folder / "output.txt").read_text()
        cluster.lose("n2")
        assert run.wait(900) == 0, (folder / "output.txt").read_text()
    finally:
        run.kill()
    nodes = {job["NodeList"] for job in cluster.finished_jobs()}
    assert nodes == {"n1", "n2"}
    (again,) = lost
    assert "on n1," in again.read_text(), "the lost job ran again, on the other node"
    logs = list((folder / "logs/light/craft_adversarial_sets").rglob("*.log"))
    assert len(logs) == 2
    for log in logs:
        assert re.search(r"CUDA_VISIBLE_DEVICES \d+$", log.read_text(), re.M), "exactly one GPU"
    logs = list((folder / "logs/light/score_adversarial_sets").rglob("*.log"))
    assert len(logs) == 2
    for log in logs:
        assert not re.search(r"CUDA_VISIBLE_DEVICES \d", log.read_text()), "no GPU asked for"
    for path in files:
        assert (folder / path.relative_to(alone)).read_bytes() == path.read_bytes(), path
