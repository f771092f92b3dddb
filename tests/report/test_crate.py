"""A run as an RO-Crate: equal bytes for equal content, and what its profiles require."""

import copy
import json
import re
import zipfile
from io import BytesIO

import pytest
from crate_profiles import find_violations
from nrg.report.crate import pack_crate
from nrg.report.crate_metadata import PROFILES, CrateFacts, CrateFile

FACTS = CrateFacts(
    description="d",
    date="2026-01-01",
    versions={"python": "3", "torch": "2"},
    commit="c",
    command="snakemake",
    settings={"suite": "digits", "seed": 0, "precision": "fp32", "device": "a CPU"},
)
FILES = [
    CrateFile("exhibits/a.csv", b"x\n1\n", "A table", "numbers"),
    CrateFile("outcomes.parquet", b"0", "Outcomes", "outcomes"),
    CrateFile("exhibits/a.svg", b"<svg/>", "A picture", "pictures"),
    CrateFile("claims.json", b"{}", "Claims", "claims"),
    CrateFile("evaluation_set.parquet", b"0", "Images", "images"),
    CrateFile("run-config.json", b"{}", "Configuration", "configuration"),
    CrateFile("Snakefile", b"rule all:\n", "Snakefile"),
    CrateFile("my suite.yaml", b"{}", "suite"),
]


@pytest.fixture(scope="module")
def metadata() -> dict:
    with zipfile.ZipFile(BytesIO(pack_crate("Digits", FILES, FACTS))) as archive:
        assert archive.testzip() is None
        assert archive.read("exhibits/a.csv") == b"x\n1\n"
        return json.loads(archive.read("ro-crate-metadata.json"))


def test_a_crate_depends_on_its_content_alone():
    one, two = (pack_crate("Digits", files, FACTS) for files in (FILES, FILES[::-1]))
    assert one == two
    assert one != pack_crate("Digits", FILES[1:], FACTS)


def test_of_two_files_with_one_name_the_first_counts():
    doubled = [*FILES, CrateFile("claims.json", b"other", "Others")]
    assert pack_crate("Digits", doubled, FACTS) == pack_crate("Digits", FILES, FACTS)


def test_every_entity_stands_once_and_every_reference_leads_to_one(metadata):
    graph = metadata["@graph"]
    entities = {entity["@id"]: entity for entity in graph}
    assert len(entities) == len(graph)
    parts = {part["@id"] for part in entities["./"]["hasPart"]}
    assert parts == {file.member.replace(" ", "%20") for file in FILES}
    referred = set(re.findall(r'"@id": "([^"]+)"', json.dumps(graph)))
    outside = {name for name in referred - entities.keys() if name.startswith("https://")}
    assert referred - entities.keys() == outside


def test_it_keeps_what_the_profiles_require(metadata):
    assert len(PROFILES) == 3
    assert find_violations(metadata) == []


def test_what_a_crate_lacks_is_found(metadata):
    lacking = copy.deepcopy(metadata)
    missing = {"./": "license", "Snakefile": "programmingLanguage", "#run": "instrument"}
    missing |= {"#parameter-seed": "additionalType"}
    for entity in lacking["@graph"]:
        entity.pop(missing.get(entity["@id"], ""), None)
        if entity["@id"] == "#paper":
            entity["noSuchTerm"] = "x"
    found = " ".join(find_violations(lacking))
    for words in (
        "The Crate (Root Data Entity) must specify a license",
        "The Main Workflow must refer to its language",
        "The Action MUST have an instrument",
        "FormalParameter MUST have an additionalType",
        "noSuchTerm is no term of the context",
    ):
        assert words in found


def test_inputs_and_outputs_are_examples_of_the_workflows_parameters(metadata):
    entities = {entity["@id"]: entity for entity in metadata["@graph"]}
    run, workflow = entities["#run"], entities["Snakefile"]
    for values, parameters in (("object", "input"), ("result", "output")):
        named = {entities[value["@id"]]["exampleOfWork"]["@id"] for value in run[values]}
        assert named == {parameter["@id"] for parameter in workflow[parameters]}
    assert not {"startTime", "endTime"} & run.keys()
