"""Running times, from Snakemake's benchmark files."""

from nrg.report.job_times import JobTimes, sum_job_times
from nrg.study.exhibits import load_exhibits
from nrg.study.settings import load_suite

EXHIBITS = load_exhibits(load_suite("digits", {}))


def test_times_are_of_the_jobs_behind_an_exhibit(tmp_path):
    files = ("build_exhibit/figure5", "build_exhibit/table1", "probe_boundaries/figure5")
    for seconds, name in enumerate(files, start=1):
        path = tmp_path / f"{name}.tsv"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"s\tmax_rss\n{seconds}\t-\n")
    exhibit = EXHIBITS["figure5"]
    assert sum_job_times(tmp_path, exhibit, [], on_gpu=True) == JobTimes(
        jobs=2, seconds=4.0, gpu_seconds=3.0
    )
    assert sum_job_times(tmp_path, exhibit, [], on_gpu=False).gpu_seconds == 0
