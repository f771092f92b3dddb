"""A crate alone rebuilds its run."""

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
