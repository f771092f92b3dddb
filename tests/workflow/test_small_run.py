"""The whole workflow on a small suite: promised files, honest numbers, cheap reruns."""

import json
import re

import numpy as np
import pandas as pd
import pytest
from nrg.base.resources import WORKFLOW
from nrg.claims.claims_file import load_claims
from safetensors.numpy import load_file
from workflow_runs import snakemake

COLUMNS = "exhibit,metric,method,source,target,value,n,ci_low,ci_high,paper_value".split(",")
PREDICTIONS = (
    "source,attack,transformation,strength,target,image_id,top1,top2,top3,top4,top5,top1_probability,true_probability"
).split(",")


def test_it_ends_by_naming_the_report(small_run):
    folder, _, output = small_run
    assert "The report: results/small/report.html" in output
    assert (folder / "results/small/report.html").is_file()


def test_the_evaluation_set_is_what_all_models_classify_correctly(small_run):
    folder = small_run[0] / "results/small"
    images = pd.read_parquet(folder / "evaluation_set.parquet")
    assert list(images) == ["image_id", "label", "target_label", "in_subset"]
    assert len(images) == 60
    assert images["in_subset"].sum() == 20
    assert (images["label"] != images["target_label"]).all()
    zoo = pd.read_csv(folder / "clean_accuracy.csv").set_index("model")["joint"]
    assert set(zoo[~zoo].index) == {"robust"}
    for model, is_joint in zoo.items():
        clean = pd.read_parquet(folder / f"clean_predictions/{model}.parquet")
        clean = clean.set_index("image_id").loc[images["image_id"]]
        assert (clean["top1"].to_numpy() == images["label"].to_numpy()).all() == is_joint
    pixels = load_file(folder / "evaluation_set.safetensors")["images"]
    assert pixels.shape == (60, 1, 16, 16)
    assert pixels.dtype == np.uint8


def test_predictions_are_one_data_set(small_run):
    folder = small_run[0] / "results/small"
    frame = pd.read_parquet(folder / "predictions")
    assert list(frame) == PREDICTIONS
    sets = {"paper": (3 * 13 + 2) * 3, "at equal cost": 2 * 2 * 2}  # attacks × targets
    assert len(frame) == sum(sets.values()) * 60
    assert frame["top1_probability"].between(0, 1).all()
    assert (frame["true_probability"] <= frame["top1_probability"]).all()


def test_tables_have_the_promised_columns_and_follow_from_the_predictions(small_run):
    folder = small_run[0] / "results/small"
    predictions = pd.read_parquet(folder / "predictions")
    labels = pd.read_parquet(folder / "evaluation_set.parquet").set_index("image_id")["label"]
    first = {"table1": "fgsm-linf-e40", "table5": "fgm-l2-e40"}
    for name in first:
        frame = pd.read_csv(folder / f"exhibits/{name}.csv")
        assert list(frame) == COLUMNS
        assert len(frame) == 3 * 3 * 2
        assert (folder / f"exhibits/{name}.svg").read_text().startswith("<?xml")
        cell = frame.query("source == 'vgg13_bn' and target == 'resnet34'").iloc[0]
        own = predictions.query(
            "source == 'vgg13_bn' and target == 'resnet34' and attack == @first[@name]"
        )
        wrong = own["top1"].to_numpy() != labels[own["image_id"]].to_numpy()
        assert cell["value"] == 100 * wrong.mean()
        assert cell["ci_low"] < cell["value"] < cell["ci_high"] or cell["value"] in (0, 100)
    table4 = pd.read_csv(folder / "exhibits/table4.csv")
    assert list(table4) == [*COLUMNS, "optimiser", "seeds", "sd"]
    assert len(table4) == 4
    assert set(table4["seeds"]) == {2}


def test_no_picture_shows_the_source_of_a_formula(small_run):
    pictures = list((small_run[0] / "results/small/exhibits").glob("*.svg"))
    assert len(pictures) > 5
    assert not [path.name for path in pictures if "\\math" in path.read_text()]


def test_figures_have_their_numbers_and_axes(small_run):
    folder = small_run[0] / "results/small"
    figure5 = pd.read_csv(folder / "exhibits/figure5.csv")
    assert list(figure5) == COLUMNS
    assert set(figure5["target"]) == {"resnet34", "alexnet"}
    assert (figure5["value"] > 0).all()
    maps = pd.read_parquet(folder / "probes/figure5_maps.parquet")
    assert len(maps) == 2 * 41 * 41
    floor = pd.read_csv(folder / "exhibits/reading_floor.csv")
    assert set(floor["source"]) == {"noise"}
    assert list(pd.read_csv(folder / "exhibits/figure1a.csv")) == COLUMNS


def test_attacks_at_equal_cost_are_scored_on_the_images_that_did_not_choose(small_run):
    folder = small_run[0] / "results/small"
    table = pd.read_csv(folder / "exhibits/equal_cost.csv")
    assert list(table) == [*COLUMNS, "budget", "setting", "gradients", "rmsd"]
    assert len(table) == 2 * 4, "attacks × targets, each with its chosen setting"
    guests = table["target"].isin(["robust", "vgg13_bn~jpeg75"])
    assert set(table["n"][~guests]) == {40}
    assert table["n"][guests].between(20, 40).all()
    assert (table.groupby("target")["n"].nunique() == 1).all()
    assert (table["gradients"] <= table["budget"]).all()
    assert table["rmsd"].between(1, 40).all()
    assert "nr-IGSM" in (folder / "exhibits/equal_cost.svg").read_text()


def test_what_the_attacks_did_is_a_result(small_run):
    folder = small_run[0] / "results/small"
    frame = pd.concat(map(pd.read_csv, (folder / "effects").rglob("*.csv")))
    assert frame.groupby("attack")["linf"].max()["nr-fgsm-linf-e40-m20-s40"] <= 40
    assert frame.groupby("attack")["rmsd"].max()["fgm-l2-e40"] <= 40.5
    assert set(frame["images"]) == {60}
    assert (frame.set_index("attack").loc["igsm-linf-e40-k100-a3", "gradients"] == 6000).all()


def test_adversarial_sets_are_temporary_and_samples_stay(small_run):
    folder = small_run[0] / "results/small"
    assert not list((folder / "adversarial").rglob("*.safetensors"))
    assert not list(folder.rglob("*.part"))
    (sample,) = (folder / "samples/resnet34").glob("*.safetensors")
    assert load_file(sample)["fgsm-linf-e40"].shape == (48, 1, 16, 16)


def test_progress_is_in_every_long_jobs_log_and_on_the_terminal(small_run):
    folder, _, output = small_run
    (log,) = (folder / "logs/small/craft_adversarial_sets/resnet34").rglob("*.log")
    assert re.search(r"of [\d,]+ gradients \(100%\)", log.read_text())
    assert "[craft resnet34]" in output
    assert re.search(r"\d+ of \d+ steps \(100%\) done", output)


def test_the_papers_claims_are_tested(small_run):
    folder, _, _ = small_run
    found = json.loads((folder / "results/small/claims.json").read_text())
    claims = {claim["id"]: claim for claim in found["claims"]}
    assert list(claims) == [claim.id for claim in load_claims(WORKFLOW / "resources/claims.yaml")]
    table = pd.read_csv(folder / "results/small/exhibits/table1.csv")
    rates = table.pivot(index=["source", "target"], columns="method", values="value")
    parts = claims["nrg-fgsm-blackbox"]["parts"] + claims["nrg-whitebox"]["parts"]
    for part in parts:
        source, target = part["label"].split(" → ")
        rate = rates.loc[source, target]
        assert part["effect"] == pytest.approx(rate["nr-fgsm"] - rate["fgsm"])
    assert len(parts) == len(rates), "every cell is tested once"
    assert {part["n"] for part in parts} == {60}


def test_nothing_runs_twice(small_run):
    folder, arguments, _ = small_run
    again = snakemake(folder, "--cores", "2", *arguments)
    assert again.returncode == 0
    assert "Nothing to be done" in again.stdout


def test_the_report_alone_is_made_again_by_one_line(small_run):
    folder, arguments, _ = small_run
    dry = snakemake(folder, "--dry-run", "--forcerun", "write_report", *arguments)
    jobs = set(re.findall(r"^(\w+) +1$", dry.stdout, re.M))
    assert jobs == {"all", "write_report"}, dry.stdout


def test_the_report_made_again_differs_in_times_only(small_run):
    folder, arguments, _ = small_run
    page, crate = (folder / f"results/small/report.{kind}" for kind in ("html", "crate.zip"))

    def timeless() -> list[str]:
        before, _, after = page.read_text().partition("Time of each exhibit")
        return [before, after.partition("</section>")[2]]

    said, bytes_before = timeless(), crate.read_bytes()
    run = snakemake(folder, "--cores", "2", "--forcerun", "write_report", *arguments)
    assert run.returncode == 0, run.stdout
    assert timeless() == said
    assert crate.read_bytes() == bytes_before


def test_what_a_part_of_a_run_lacks_is_named_with_its_command(small_run):
    folder, arguments, _ = small_run
    lost = folder / "results/small/exhibits/figure5.svg"
    aside = lost.with_suffix(".aside")
    lost.rename(aside)
    try:
        run = snakemake(folder, "--cores", "1", "partial_report", *arguments)
    finally:
        aside.rename(lost)
    assert run.returncode == 0, run.stdout
    report = folder / "results/small/partial_report.html"
    page = report.read_text()
    for path in (report, report.with_suffix(".crate.zip")):
        path.unlink()
    missing = page.partition('<h2 id="unmade"')[2].partition("</section>")[0]
    assert "Figure 5" in missing
    assert "suite=" in missing
    assert "results/small/exhibits/figure5.csv" in missing
    assert "Table 1" not in missing
    assert 'id="table1"' in page
    assert 'id="figure5"' not in page


def test_a_result_made_again_is_the_same(small_run):
    """A lost prediction file is recrafted, to the same byte, by its source's jobs alone."""
    folder, arguments, _ = small_run
    (path,) = (folder / "results/small/predictions/vgg13_bn").glob("*.parquet")
    before = path.read_bytes()
    path.unlink()
    again = snakemake(folder, "--cores", "2", *arguments, "--", str(path.relative_to(folder)))
    assert again.returncode == 0, again.stdout
    assert path.read_bytes() == before
    assert len(re.findall(r"Craft \S+ on vgg13_bn", again.stdout)) == 1
    assert "Craft" not in re.sub(r"Craft \S+ on vgg13_bn", "", again.stdout)


def test_snakemakes_own_report_works(small_run):
    folder, arguments, _ = small_run
    run = snakemake(folder, "--report", "snakemake-report.html", *arguments)
    assert run.returncode == 0, run.stdout
    page = (folder / "snakemake-report.html").read_text()
    assert "table1.svg" in page
    assert "report.html" in page
    for category in ("Tables", "Figures", "Beyond the paper", "Report"):
        assert f'"{category}"' in page
    assert "Table 1: Top-1 success rates of FGSM and nr-FGSM" in page
    assert "reproduced" in page, "it opens on a description"
    assert "nr-FGSM fools other networks in" in page
    assert "javascript:app.showCategory" in page
    assert '"picture": "yes"' in page, "which Snakemake shows first"


def test_the_report_is_one_offline_file_that_says_what_it_is(small_run):
    page = (small_run[0] / "results/small/report.html").read_text()
    assert not re.search(r"""(src|href)=["'](?!data:|#)""", page), "nothing is loaded from outside"
    assert "This is not the paper’s setting." in page
    assert "Made for the tests." in page
    assert "All networks are scaled down." in page
    assert "Not in this zoo, and left out: densenet121, resnet152, vgg19_bn" in page
    assert "(ILSVRC2012_val_00000026.JPEG), so the pictures here show other ones" in page
    exhibits = ("table1", "table2", "table4", "table5", "figure1a", "figure1b", "figure5")
    for name in (*exhibits, "reading_equal_step", "reading_floor", "reading_cw"):
        assert f'id="{name}"' in page
