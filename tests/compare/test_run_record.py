"""Crates read in memory, and what is refused."""

import json
import zipfile
from io import BytesIO

import pytest
from made_runs import make_crate
from nrg.base.errors import UserError
from nrg.compare.run_record import find_crate, read_other, read_record


def zipped(**members: str | bytes) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def metadata(*entities: dict) -> str:
    return json.dumps({"@graph": [{"@id": "./", "@type": "Dataset"}, *entities]})


def test_a_crate_is_read_as_it_was_packed(tmp_path):
    record = read_record(make_crate(tmp_path, seed=3), "a run")
    assert record.facts["seed"] == 3
    assert record.versions == {"torch": "2"}
    assert record.weights == {"alexnet": "01", "resnet18": "02"}
    assert list(record.tables) == ["table1"]
    assert len(record.outcomes["table1"]) == 8 * 100
    assert list(record.claims) == ["nrg"]


def test_a_file_or_a_folder_of_results_names_a_run(tmp_path):
    (tmp_path / "report.crate.zip").write_bytes(make_crate(tmp_path))
    assert read_other(str(tmp_path)).digests == read_other(f"{tmp_path}/report.crate.zip").digests
    (tmp_path / "report.crate.zip").rename(tmp_path / "partial_report.crate.zip")
    assert find_crate(str(tmp_path)).name == "partial_report.crate.zip"


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ("", "which run to compare with"),
        ("nothing.zip", "there is no file"),
        ("empty", "holds no report.crate.zip"),
    ],
)
def test_a_run_that_is_not_there_is_named(tmp_path, monkeypatch, other, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match=message):
        read_other(other)


OUTSIDE = ("../evil.csv", "/etc/evil.csv", "exhibits/../../evil.csv", "..\\evil.csv")


@pytest.mark.parametrize("member", OUTSIDE)
def test_paths_that_lead_out_of_the_crate_are_refused(member):
    with pytest.raises(UserError, match="leads out of the crate"):
        read_record(zipped(**{"ro-crate-metadata.json": metadata(), member: "x"}), "a run")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"no zip file", "no zip file"),
        (zipped(other="x"), "no RO-Crate"),
        (zipped(**{"ro-crate-metadata.json": "{"}), "is damaged"),
        (zipped(**{"ro-crate-metadata.json": "[1]"}), "is damaged"),
        (zipped(**{"ro-crate-metadata.json": metadata()}), "another project"),
        (
            zipped(
                **{
                    "ro-crate-metadata.json": metadata(
                        {"@id": "w", "@type": ["File", "ComputationalWorkflow"], "name": "other"}
                    )
                }
            ),
            "another project",
        ),
    ],
    ids=["no zip", "no metadata", "no JSON", "no graph", "no workflow", "another workflow"],
)
def test_what_is_no_crate_of_this_project_is_refused(content, message):
    with pytest.raises(UserError, match=f"a run.*{message}"):
        read_record(content, "a run")


@pytest.mark.parametrize("member", ["claims.json", "exhibits/table1.csv", "outcomes.parquet"])
def test_a_damaged_crate_is_refused_and_never_read_as_another(tmp_path, member):
    content = bytearray(make_crate(tmp_path))
    start = zipfile.ZipFile(BytesIO(content)).getinfo(member).header_offset + 80
    content[start : start + 40] = bytes(40)
    with pytest.raises(UserError, match="damaged"):
        read_record(bytes(content), "a run")


@pytest.mark.parametrize("facts", [{"models": "no JSON"}, {"weights sha256": 5}])
def test_facts_that_cannot_be_read_are_damage(tmp_path, facts):
    with pytest.raises(UserError, match="is damaged"):
        read_record(make_crate(tmp_path, **facts), "a run")


def test_a_table_that_lacks_a_column_is_named(tmp_path):
    ours = metadata({"@id": "Snakefile", "@type": ["ComputationalWorkflow"], "name": "nrg"})
    crate = zipped(
        **{"ro-crate-metadata.json": ours, "exhibits/table1.csv": "exhibit,method\na,b\n"}
    )
    with pytest.raises(UserError, match=r"exhibits/table1\.csv has no column"):
        read_record(crate, "a run")
