"""The documented attacks of a user's own, run as documented."""

import shutil

import pandas as pd
from own_code import read_blocks
from workflow_runs import LIGHT, copy_project, job_counts, snakemake

MINE = "results/light/exhibits/mine.csv"


def test_the_documented_attacks_run_and_are_made_again_when_their_code_changes(light_run, tmp_path):
    page = read_blocks("own-attacks")
    folder, project = tmp_path / "run", copy_project(tmp_path / "project")
    shutil.copytree(light_run[0], folder, symlinks=True)
    (folder / "my_attacks.py").write_text(page["python"])
    with (project / "workflow/exhibits.yaml").open("a", encoding="utf-8") as exhibits:
        exhibits.write("\n" + page["yaml"])
    arguments = ["--cores", "2", "--config", f"suite={LIGHT}", "exhibits=[mine]"]
    arguments += ["shard_images=60", "keep_adversarial_sets=true"]
    tried = "results/light/own_attacks.csv"

    run = snakemake(folder, *arguments, "--", MINE, tried, project=project)
    assert run.returncode == 0, run.stdout
    counts = job_counts(run.stdout)
    assert counts["craft_adversarial_sets"] == 3 * 2
    assert not {"train_model", "predict_clean", "select_evaluation_set"} & counts.keys()
    table = pd.read_csv(folder / MINE)
    assert set(table["method"]) == {"igsm", "erased", "shrinking"}
    white = table[table["source"] == table["target"]].set_index(["method", "source"])["value"]
    assert white["erased"].min() > 50, "the attacks work"
    assert white["shrinking"].min() > 50
    trial = pd.read_csv(folder / tried)
    assert trial["functions"].tolist() == ["my_attacks:erased", "my_attacks:shrinking"]
    assert trial["gradients"].tolist() == [10, 10]

    (folder / "my_attacks.py").write_text(page["python"].replace("share=0.1", "share=0.2"))
    again = snakemake(folder, "-n", *arguments, "--", MINE, project=project)
    assert job_counts(again.stdout)["craft_adversarial_sets"] == 2 * 2, again.stdout
    (folder / "my_attacks.py").write_text(page["python"] + "# a comment\n")
    unchanged = snakemake(folder, "-n", *arguments, "--", MINE, project=project)
    assert "Nothing to be done" in unchanged.stdout

    (folder / "my_attacks.py").unlink()
    refused = snakemake(folder, "-n", *arguments, project=project)
    assert refused.returncode != 0
    assert "mine.erased: 'my_attacks:erased': there is no module 'my_attacks'" in refused.stdout
    assert "Traceback" not in refused.stdout
