"""The results as an RO-Crate."""

import json
import re
import zipfile

from nrg.report.crate import CrateFacts, CrateFile, write_crate


def test_a_crate_depends_on_its_content_alone(tmp_path):
    (tmp_path / "a.csv").write_text("x\n1\n")
    files = [CrateFile("exhibits/a.csv", tmp_path / "a.csv", "A table")]
    facts = CrateFacts(
        description="d",
        date="2026-01-01",
        versions={"torch": "2"},
        commit="c",
        command="snakemake",
        settings={},
    )
    for name in ("one.zip", "two.zip"):
        write_crate(tmp_path / name, "Digits", files, facts)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        assert archive.testzip() is None
        assert archive.read("exhibits/a.csv") == b"x\n1\n"
        graph = json.loads(archive.read("ro-crate-metadata.json"))["@graph"]
    entities = {entity["@id"]: entity for entity in graph}
    assert len(entities) == len(graph)
    assert entities["ro-crate-metadata.json"]["about"] == {"@id": "./"}
    assert entities["./"]["hasPart"] == [{"@id": "exhibits/a.csv"}]
    referred = set(re.findall(r'"@id": "([^"]+)"', json.dumps(graph)))
    assert referred - entities.keys() == {"https://w3id.org/ro/crate/1.1"}
