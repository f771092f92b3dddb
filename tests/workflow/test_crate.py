"""A crate alone rebuilds its run, and is compared with it."""

import zipfile

from workflow_runs import job_counts, snakemake


def test_what_is_unpacked_plans_the_same_run(small_run, tmp_path):
    folder, arguments, _ = small_run
    with zipfile.ZipFile(folder / "results/small/report.crate.zip") as crate:
        crate.extractall(tmp_path / "crate")
    configuration = ("--configfile", str(tmp_path / "crate/run-config.json"))
    from_crate = snakemake(tmp_path / "a", "-n", *configuration, project=tmp_path / "crate")
    from_here = snakemake(tmp_path / "b", "-n", *arguments)
    assert from_crate.returncode == 0, from_crate.stdout
    assert job_counts(from_crate.stdout) == job_counts(from_here.stdout)
    assert sum(job_counts(from_crate.stdout).values()) > 40


def test_a_run_is_the_same_as_its_own_crate_and_nothing_is_made_again(small_run):
    folder, arguments, _ = small_run
    other = [*arguments, "other=results/small/report.crate.zip"]
    run = snakemake(folder, "compare", "--cores", "1", *other)
    assert run.returncode == 0, run.stdout
    assert "the same to the last byte" in run.stdout
    assert job_counts(run.stdout) == {"compare": 1}
    assert "All results are the same" in (folder / "results/small/compare.html").read_text()
    assert (folder / "results/small/compare.csv").read_text().startswith("exhibit,metric,method")
    assert "Nothing to be done" in snakemake(folder, "-n", *other).stdout


def test_a_comparison_with_no_run_says_how_to_name_one(small_run):
    folder, arguments, _ = small_run
    run = snakemake(folder, "compare", "--cores", "1", *arguments)
    assert run.returncode != 0
    assert "other: which run to compare with?" in run.stdout
    assert "Traceback" not in run.stdout
