"""One run in the worst of surroundings, and another workflow that imports this one."""

import json
import re
import zipfile

import pandas as pd
import pytest
from inputs import ROOT
from workflow_runs import snakemake

TITLE = "My {photographs} $x_{2}$ Größe"
SUITE = """\
name: mine
title: "My {photographs} $x_{2}$ Größe"
note: "{exhibit} {{ 7 * 7 }} \\\\alpha <b>ü</b>"
dataset: digits
image_size: 8
evaluation_images: 24
threads: 1
microbatch: 24
zoo_defaults: {factory: "my_models:net", weights: trained, mean: [0.3], std: [0.35]}
zoo:
  '18': {label: "{name} $ü^2", family: "{f} $y$", arguments: {width: 12}}
training: {optimiser: adam, learning_rate: 0.01, epochs: 3.0, batch: 50}
overrides: {table1: {sources: ['18'], targets: ['18']}}
"""
MODELS = """\
# coding: latin-1
# Gr\xf6\xdfe
from torch import nn


def net(width: int = 8) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, width, 3), nn.ReLU(), nn.Flatten(), nn.Linear(36 * width, 10)
    )
"""
HOSTILE = {
    "MPLBACKEND": "module://nonexistent",
    "LC_ALL": "C",
    "PYTHONUTF8": "0",
    "PYTHONCOERCECLOCALE": "0",
    "PYTHONSTARTUP": "/nonexistent.py",
    "PYTHONOPTIMIZE": "2",
    "PYTHONPATH": ":",  # an empty part is the folder that a process starts in
    "PYTHONHASHSEED": "3",
    "GIT_DIR": "/nonexistent",
}
OUTER = """\
module nrg:
    snakefile: {snakefile!r}
    config: {config!r}

use rule * from nrg as nrg_*

rule mine:
    default_target: True
    input: "results/mine/exhibits/table1.csv"
    output: "lines.txt"
    shell: "wc -l < {{input}} > {{output}}"
"""


@pytest.fixture(scope="module")
def hostile_run(tmp_path_factory):
    """A run whose surroundings differ in all that a job could take from them."""
    folder = tmp_path_factory.mktemp("run") / "a $x 'folder"
    folder.mkdir()
    for module in ("random", "torch", "logging", "numpy", "yaml", "matplotlib", "nrg"):
        (folder / f"{module}.py").write_text("raise ImportError('the wrong module')\n", "utf-8")
    (folder / "matplotlibrc").write_text("text.usetex: True\nfont.family: Nowhere\n", "utf-8")
    (folder / "my_models.py").write_bytes(MODELS.encode("latin-1"))
    (folder / "my suite.yaml").write_text(SUITE, "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in HOSTILE.items():
            patch.setenv(name, value)
        patch.chdir(ROOT)  # python -m puts it before all, and Snakemake itself would fall over
        run = snakemake(
            folder, "--cores", "2", "--config", "suite=my suite.yaml", "exhibits=[table1,figure1a]"
        )
    return folder, run


def test_it_takes_nothing_from_its_surroundings(hostile_run):
    folder, run = hostile_run
    assert run.returncode == 0, run.stdout
    table = pd.read_csv(folder / "results/mine/exhibits/table1.csv", dtype={"source": str})
    assert set(table["source"]) == {"18"}
    assert (folder / "results/mine/exhibits/figure1a.svg").is_file()
    picture = (folder / "results/mine/exhibits/table1.svg").read_text("utf-8")
    assert "18 $ü^2" in picture, "a label is no formula"


def test_what_users_say_stands_in_the_report_as_they_said_it(hostile_run):
    page = (hostile_run[0] / "results/mine/report.html").read_text("utf-8")
    assert TITLE in page
    assert "{exhibit} {{ 7 * 7 }} \\alpha &lt;b&gt;ü&lt;/b&gt;" in page
    assert "The images are “My {photographs}" in page
    assert "for ensembles" not in page, "this suite has no 'subset_images', and needs none"


def test_the_report_says_where_it_comes_from(hostile_run):
    folder, _ = hostile_run
    page = (folder / "results/mine/report.html").read_text("utf-8")
    assert re.search(r"snakemake --snakefile \S+/Snakefile --cores 2 --config", page)
    assert "code behind my_models:net, with SHA-256" in page
    assert "my suite.yaml" in page
    with zipfile.ZipFile(folder / "results/mine/report.crate.zip") as crate:
        graph = json.loads(crate.read("ro-crate-metadata.json"))["@graph"]
    facts = {entity["name"]: entity["value"] for entity in graph if "value" in entity}
    assert "my_models.py (code behind my_models:net) sha256" in facts["files of the user's own"]
    assert json.loads(facts["models"])["18"]["arguments"] == '{"width": 12}'
    assert "--cores 2" not in str(graph), "equal results are equal bytes, on however many cores"


def test_a_deleted_promise_is_made_again(hostile_run):
    folder, _ = hostile_run
    said = ("--config", "suite=my suite.yaml", "exhibits=[table1,figure1a]")
    assert "Nothing to be done" in snakemake(folder, "-n", *said).stdout
    results, aside = folder / "results/mine", folder / "aside"
    for kind in ("evaluation_set.parquet", "effects/18/*.csv", "clean_predictions/18.parquet"):
        path = min(results.glob(kind))
        path.rename(aside)
        run = snakemake(folder, "-n", "-q", *said)
        aside.rename(path)
        assert "Nothing to be done" not in run.stdout, kind


def test_another_suite_of_its_name_does_not_overwrite_its_results(hostile_run):
    folder, _ = hostile_run
    (folder / "other.yaml").write_text(SUITE.replace("24", "30"), "utf-8")
    run = snakemake(folder, "-n", "--config", "suite=other.yaml", "exhibits=[table1,figure1a]")
    assert run.returncode != 0
    assert "results/mine holds the results of the suite my suite.yaml" in run.stdout
    (folder / "other.yaml").unlink()


def test_a_dry_run_ends_with_a_line_and_no_wall(hostile_run):
    folder, _ = hostile_run
    said = ("--config", "suite=my suite.yaml", "exhibits=[table1,figure1a]")
    run = snakemake(folder, "-n", "--forceall", *said)
    assert re.search(r"Job 0: \d+ files in results/mine\n", run.stdout)
    assert max(map(len, run.stdout.splitlines())) < 400


def test_another_workflow_can_import_this_one(hostile_run):
    """Its rules run for real, and its configuration is what the importing one says."""
    folder, _ = hostile_run
    config = {"suite": "my suite.yaml", "exhibits": ["table1", "figure1a"]}
    outer = folder / "Snakefile"
    outer.write_text(OUTER.format(snakefile=str(ROOT / "Snakefile"), config=config), "utf-8")
    words = ("--cores", "2", "--forcerun", "nrg_build_exhibit", "--config", "theirs=1")
    run = snakemake(folder, *words, project=folder)
    outer.unlink()
    assert run.returncode == 0, run.stdout
    assert "Build table1" in run.stdout
    assert "Craft" not in run.stdout, "what is made already is not made again"
    assert (folder / "lines.txt").read_text("utf-8").strip() == "3"
    assert [path.name for path in (folder / "results").iterdir()] == ["mine"]
