"""The suite imagenetv2, from a host of files to its candidates."""

import json
from dataclasses import asdict

import pandas as pd
from published import Host, describe_archive, serving, write_imagenetv2
from workflow_runs import snakemake


def test_a_broken_download_goes_on_in_the_next_run(tmp_path):
    path = write_imagenetv2(tmp_path)
    content = path.read_bytes()
    half = len(content) // 2
    with serving(Host(content, breaks=[half, 0])) as host:
        archive = json.dumps(asdict(describe_archive(path, host.url)))
        config = ["suite=imagenetv2", f"archive={archive}", "evaluation_images=3"]
        config += ["subset_images=2", "exhibits=table1"]
        arguments = [
            "--cores",
            "2",
            "--config",
            *config,
            "--",
            "results/imagenetv2/candidates.parquet",
        ]
        run = snakemake(tmp_path, *arguments)
        assert run.returncode != 0
        assert f"continues from the {half:,} of {len(content):,} bytes" in run.stdout
        assert "Traceback" not in run.stdout
        kept = tmp_path / "results/downloads/images.tar.gz"
        assert not kept.exists()
        run = snakemake(tmp_path, *arguments)
        assert run.returncode == 0, run.stdout
        assert host.asked == [None, f"bytes={half}-", f"bytes={half}-"]
    assert kept.read_bytes() == content
    frame = pd.read_parquet(tmp_path / "results/imagenetv2/candidates.parquet")
    assert frame["image_id"].is_unique
    assert len(frame) == 5
    assert (frame["image_id"].str.split("/").str[0].astype(int) == frame["label"]).all()
    run = snakemake(tmp_path, "--dry-run", *arguments)
    assert "Nothing to be done" in run.stdout, run.stdout
