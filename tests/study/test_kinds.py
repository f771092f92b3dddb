"""Every kind of exhibit is known wherever something is looked up by its name."""

import pickle

import pytest
from nrg.analysis.panels import PANELS
from nrg.base.resources import WORKFLOW
from nrg.base.yaml_files import read_yaml
from nrg.figures.build_exhibit import DRAWERS
from nrg.plan.tasks import PROBES
from nrg.report.captions import load_captions
from nrg.study.exhibits import load_exhibits
from nrg.study.kinds import KINDS
from nrg.study.result_paths import PATTERNS
from nrg.study.settings import load_suite


def names(holds) -> set[str]:
    return {name for name, kind in KINDS.items() if holds(kind)}


@pytest.mark.parametrize(
    ("registry", "wanted"),
    [
        (PANELS, names(lambda kind: kind.has_numbers)),
        (DRAWERS, {*KINDS}),
        (load_captions(), {*KINDS, "means", "optima", "cosines of one pair"}),
        (PROBES, names(lambda kind: kind.is_probe)),
    ],
    ids=["panels", "drawers", "captions", "probes"],
)
def test_every_registry_covers_exactly_the_kinds_it_must(registry, wanted):
    assert {*registry} == wanted


def test_the_schema_allows_exactly_the_kinds():
    schema = read_yaml(WORKFLOW / "schemas/exhibit.schema.yaml")
    assert {*schema["properties"]["kind"]["enum"]} == {*KINDS}


def test_the_rules_of_kinds_exist():
    scripts = {path.stem for path in (WORKFLOW / "scripts").glob("*.py")}
    assert {kind.rule for kind in KINDS.values() if kind.has_numbers} <= scripts


def test_exhibits_have_a_metric_exactly_if_their_kind_has_numbers():
    for exhibit in load_exhibits(load_suite("digits", {})).values():
        assert (exhibit.metric != "none") == exhibit.kind.has_numbers, exhibit.name


def test_a_kind_is_the_same_in_a_job_and_reads_as_its_name():
    """Jobs get exhibits pickled, and Snakemake compares parameters as text."""
    for name, kind in KINDS.items():
        assert pickle.loads(pickle.dumps(kind)) == kind
        assert repr(kind) == f"ExhibitKind('{name}')"


def test_the_files_of_kinds_are_declared_results():
    for kind in KINDS.values():
        assert {*kind.files.values(), *kind.picture_files.values()} <= {*PATTERNS}, kind.name
