"""The workflow on a real Slurm of two nodes, one of which is lost on the way."""

import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from inputs import ROOT
from nrg.base.safetensors_files import read_metadata
from slurm import Cluster, missing
from workflow_runs import SMALL

pytestmark = [
    pytest.mark.long,
    pytest.mark.xdist_group("cluster"),  # one cluster, and one test at a time on it
    pytest.mark.skipif(bool(missing()), reason=f"no Slurm here: {', '.join(missing())} missing"),
]
EXHIBITS = "exhibits=[table1,table2]"
RUN = ["--config", f"suite={SMALL}", f"mlp_suite={SMALL}", EXHIBITS]
PROFILE = ["--workflow-profile", str(ROOT / "profiles/slurm")]
PROMISED = (
    "exhibits/*",
    "predictions/**/*.parquet",
    "models/*.safetensors",
    "evaluation_set.*",
)
# So that a test does not wait: the plugin asks after jobs ever more rarely, from this on.
QUICK = ["--slurm-init-seconds-before-status-checks", "2", "--latency-wait", "10"]
# The nodes' GPUs are fake: jobs ask Slurm for one, and compute on the CPU.
ASK_FOR_A_GPU = ["--set-resources", "craft_adversarial_sets:gres=gpu:1"]


@pytest.fixture(scope="module")
def alone(small_run) -> Path:
    """The results of a run on this machine, without a cluster."""
    return small_run[0] / "results/small"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with Cluster(tmp_path_factory.mktemp("slurm")) as cluster:
        yield cluster


def start(cluster: Cluster, folder: Path, *arguments: str) -> subprocess.Popen:
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
    profile = [] if "--workflow-profile" in arguments else [*PROFILE, *QUICK]
    command += ["--directory", str(folder), *profile, *(arguments or RUN)]
    command += ["--set-threads", "read_images=1"]  # a node has one
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
    logs = (folder / "logs/small/craft_adversarial_sets").rglob("*.log")
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
    target = ["--retries", "0", "--until", "train_model"]
    run = start(cluster, tmp_path, "--config", *RUN[1:], "device=cuda", title, *target)
    code, _ = end_of(run, tmp_path)
    assert not list(tmp_path.rglob("by-shell")), "no setting is read by a shell"
    log = (tmp_path / "logs/small/train_model/alexnet.log").read_text()
    assert code == 1
    assert re.search(r"CUDA_VISIBLE_DEVICES 0$", log, re.M)
    assert "this job was given a GPU, but torch finds none" in log


def test_a_job_that_takes_more_memory_than_it_asked_for_asks_for_more(cluster, tmp_path):
    little = ["mem_mb=500", "--until", "train_model"]  # less than torch takes to start
    run = start(cluster, tmp_path, "--config", *RUN[1:], "device=cpu", *little)
    code, output = end_of(run, tmp_path)
    assert code == 0, output
    node = "".join(path.read_text() for path in cluster.folder.glob("slurmd.*.log"))
    assert "exceeded memory limit" in node
    assert len(list((tmp_path / "results/small/models").glob("*.safetensors"))) == 3


def test_jobs_that_wait_for_a_killed_run_do_nothing_once_another_has_begun(cluster, tmp_path):
    def waiting() -> bool:
        return "train_model" in cluster.ask("squeue", "-h", "-t", "PENDING", "-o", "%k")

    target = ["device=cpu", "--until", "train_model"]
    first = start(cluster, tmp_path, "--config", *RUN[1:], "seed=1", *target)
    assert wait_for(waiting, first), (tmp_path / "output.txt").read_text()
    first.kill()
    first.wait()
    second = start(cluster, tmp_path, "--config", *RUN[1:], "seed=2", *target)
    code, output = end_of(second, tmp_path)
    assert code == 0, output
    while cluster.ask("squeue", "-h"):
        time.sleep(0.5)
    models = list((tmp_path / "results/small/models").glob("*.safetensors"))
    assert [read_metadata(path)["origin"] for path in models] == ["trained with seed 2"] * 3


def test_another_scheduler_by_three_commands(cluster, alone, tmp_path):
    (tmp_path / "profiles").symlink_to(ROOT / "profiles")
    profile = ["--workflow-profile", "profiles/cluster-generic"]
    profile += ["--seconds-between-status-checks", "1", "--latency-wait", "10"]
    target = ["--until", "select_evaluation_set"]
    run = start(cluster, tmp_path, *profile, "--config", *RUN[1:], "device=cpu", *target)
    code, output = end_of(run, tmp_path)
    assert code == 0, output
    ours = tmp_path / "results/small/evaluation_set.parquet"
    assert ours.read_bytes() == (alone / "evaluation_set.parquet").read_bytes()
    assert any(job["Name"] == "nrg-train_model" for job in cluster.finished_jobs())


def test_both_nodes_work_and_when_one_is_lost_the_run_ends_as_it_does_alone(
    cluster, alone, tmp_path
):
    run = start(cluster, tmp_path, "--config", *RUN[1:], "device=cpu", *ASK_FOR_A_GPU)
    try:
        lost = wait_for(lambda: crafting_on(cluster, "n2", tmp_path), run)
        assert lost, (tmp_path / "output.txt").read_text()
        cluster.lose("n2")
        assert run.wait(900) == 0, (tmp_path / "output.txt").read_text()
    finally:
        run.kill()
    nodes = {job["NodeList"] for job in cluster.finished_jobs()}
    assert nodes == {"n1", "n2"}
    (again,) = lost
    assert "on n1," in again.read_text(), "the lost job ran again, on the other node"
    logs = list((tmp_path / "logs/small/craft_adversarial_sets").rglob("*.log"))
    assert len(logs) == 3
    for log in logs:
        assert re.search(r"CUDA_VISIBLE_DEVICES \d+$", log.read_text(), re.M), "exactly one GPU"
    for log in (tmp_path / "logs/small/predict_clean").glob("*.log"):
        assert not re.search(r"CUDA_VISIBLE_DEVICES \d", log.read_text()), "no GPU asked for"
    results = tmp_path / "results/small"
    same = [
        path.relative_to(results)
        for pattern in PROMISED
        for path in results.glob(pattern)
        if path.is_file()
    ]
    assert len(same) == 12, "two tables and their pictures, three sources and models, two of images"
    for path in same:
        assert (results / path).read_bytes() == (alone / path).read_bytes(), path
