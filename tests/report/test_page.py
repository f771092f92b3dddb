"""The report's parts: what is printed is right, and safe."""

import json
import re
import zipfile
from dataclasses import replace
from xml.etree import ElementTree

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from inputs import ROOT
from nrg.base.errors import UserError
from nrg.figures import rates
from nrg.figures.label_placement import label_centres, overlap
from nrg.figures.style import DIFFERENCES, FAMILIES, SVG, name_points, save_svg, shade, style
from nrg.report.comparison import agreement, lifts
from nrg.report.context import Run, gather
from nrg.report.crate import write_crate
from nrg.report.images import attack_family, difference
from nrg.report.inline_svg import inline_svg
from nrg.report.open_choices import load_choices
from nrg.report.page import json_script, render
from nrg.report.provenance import command_line, job_times
from nrg.report.sections import setting_text
from nrg.report.tables_as_text import grid, latex, markdown
from nrg.study.attacks import Attack
from nrg.study.exhibits import chosen_exhibits, load_exhibits
from nrg.study.settings import load_settings

HOSTILE = "</script><img src=x onerror=alert(1)>"
SETTINGS = load_settings({"suite": "digits", "exhibits": ["table1", "figure3a", "figure1a"]})
EXHIBITS = load_exhibits(SETTINGS.suite)


def made_table(name: str = "table1") -> pd.DataFrame:
    exhibit = EXHIBITS[name]
    return pd.DataFrame(
        {
            "exhibit": name,
            "metric": exhibit.metric,
            "method": method.name,
            "source": source,
            "target": target,
            "value": 10.0 * (1 + place),
            "n": 50,
            "ci_low": 5.0,
            "ci_high": 15.0,
            "paper_value": 12.0,
            **dict(method.axes),
        }
        for source in exhibit.sources
        for target in exhibit.targets
        for place, method in enumerate(exhibit.methods)
    )


@pytest.fixture
def run(tmp_path) -> Run:
    """A run of which nothing but Table 1 is made."""
    results = tmp_path / "results"
    (results / "exhibits").mkdir(parents=True)
    made_table().to_csv(results / "exhibits/table1.csv", index=False)
    with style():
        figure = rates.heat_map(made_table(), {})
        save_svg(figure, results / "exhibits/table1.svg")
        plt.close(figure)
    return Run(
        settings=SETTINGS,
        exhibits=chosen_exhibits(EXHIBITS, SETTINGS),
        not_shown=[],
        jobs={},
        replicates=[],
        results=results,
        mlp_results=results,
        benchmarks=tmp_path / "benchmarks",
        code=ROOT,
        command="snakemake --cores all",
    )


@pytest.fixture
def jobs_of_nothing(monkeypatch):
    monkeypatch.setattr("nrg.report.context.jobs_of", lambda *_: [])


@pytest.mark.usefixtures("jobs_of_nothing")
def test_a_part_of_a_run_has_a_report_that_names_what_is_missing(run):
    page = render(ROOT / "report", gather(run) | {"crate": "data:,"})
    assert 'id="table1"' in page
    missing = page.partition("Not made yet")[2].partition("</section>")[0]
    assert "snakemake --cores all -- " in missing
    assert "exhibits/figure3a.csv" in missing
    assert "exhibits/table1.csv" not in missing


def test_without_any_exhibit_the_error_says_what_to_run(run, tmp_path):
    with pytest.raises(UserError, match=r"none of the exhibits.*snakemake --cores all"):
        gather(replace(run, results=tmp_path / "nowhere"))


@pytest.mark.usefixtures("jobs_of_nothing")
def test_names_of_users_are_printed_and_never_run(run):
    zoo = {name: replace(model, label=HOSTILE) for name, model in SETTINGS.suite.zoo.items()}
    hostile = replace(SETTINGS, suite=replace(SETTINGS.suite, zoo=zoo, title=HOSTILE))
    page = render(ROOT / "report", gather(replace(run, settings=hostile)) | {"crate": "data:,"})
    assert "<img src=x" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page


def test_json_in_a_script_cannot_end_it():
    text = json_script({"name": HOSTILE, "line": "\u2028"})
    assert "<" not in text
    assert "\u2028" not in text
    assert json.loads(text) == {"name": HOSTILE, "line": "\u2028"}


def test_a_claim_is_shown_with_its_parts_and_the_papers_own_verdict(run, jobs_of_nothing):
    part = {"label": HOSTILE, "setting": "", "effect": 1.0, "ci_low": 0.5, "ci_high": None}
    part |= {"p": 0.01, "p_holm": None, "n": 30, "verdict": "supported"}
    claim = {"id": "lift", "says": "It lifts.", "test": "pairs", "exhibits": ["table1", "table9"]}
    claim |= {
        "verdict": "contradicted",
        "summary": "It does not.",
        "effect": -1.5,
        "unit": "points",
    }
    claim |= {"ci_low": -2, "ci_high": -1, "p": 0.0001, "holding": 3, "of": 30, "parts": [part] * 2}
    claim |= {"kinds": ["paired"], "written": True, "our_limit": "3 pairs"}
    claim |= {"over": "images; models held fixed", "seen": "digits"}
    claim["paper"] = {"verdict": "supported", "summary": "All.", "effect": 5, "holding": 30}
    claim["paper"] |= {"of": 30, "exceptions": ["alexnet"]}
    ledger = {"claims": [claim], "alpha": 0.05, "rules": {"paired": "By McNemar."}}
    ledger["blindness"] = "Nobody peeked."
    (run.results / "claims.json").write_text(json.dumps(ledger))
    page = render(ROOT / "report", gather(run) | {"crate": "data:,"})
    own = page.partition('<article class="claim"')[2].partition("</article>")[0]
    assert "p &lt; 0.001" in own or "p < 0.001" in own
    row = page.partition("The ledger.")[2].partition("</tbody>")[0]
    cells = [
        re.sub("<[^>]+>", "", cell).strip() for cell in re.findall("<t[hd].*?</t[hd]>", row, re.S)
    ]
    assert cells[-9:-1] == [
        *("It lifts", "✗ contradicted", "3 of 30", "−1.5"),
        *("−2 to −1", "points", "0.0001", "✓ supported30 of 30"),
    ]
    assert '<a href="#rule-paired">' in own
    assert "Except alexnet" in own
    assert "The limit is ours: 3 pairs." in own
    assert own.count("nterval and p are over images; models held fixed.") == 2
    assert "Results seen when it was written: digits." in own
    assert "Nobody peeked." in page
    assert '<a href="#table1">Table 1</a>' in own
    assert "Table 9" in own, "which is not built, and so no link"
    assert HOSTILE not in own


def test_a_setting_is_the_papers_and_then_the_runs():
    probe = {"figure5": {"sources": ["resnet34"], "probe": {"images": 12, "copies": [300]}}}
    settings = load_settings({"suite": "digits", "overrides": probe})
    exhibits = load_exhibits(settings.suite)

    def text(name, **changes):
        return setting_text(replace(exhibits[name], **changes), settings, {})

    assert text("table1").startswith("In the paper: ε 15; ")
    assert "Here ε, α and σ are 2.67 times the paper’s, in whole pixels: FGSM ε 40; nr-FG" in (
        text("table1")
    )
    assert text("figure5", targets=("vgg19_bn",)).endswith(
        "Here: resnet34 → vgg19_bn; images 12; m 300."
    )
    assert text("reading_cw").startswith("Not in the paper but for its footnote 2")
    assert text("figure8") == f"In the paper: {exhibits['figure8'].setting}."
    assert text("reading_shared_component", setting="").startswith("Here ε, α and σ")


def test_agreement_counts_the_cells_that_the_paper_prints(run, jobs_of_nothing):
    (row,) = agreement(gather(run)["sections"])
    assert row["cells"] == 72
    assert row["median"] == pytest.approx(5)  # half the cells are 2 below, half are 8 above
    assert row["bias"] == pytest.approx(3)
    assert row["inside"] == 72
    assert row["lifts"] == lifts([row["section"]])


def test_pairs_that_noise_reduction_lifts_are_counted_where_the_paper_prints_none(
    run, jobs_of_nothing
):
    (section,) = gather(run)["sections"]
    counted = {"tables": ["1"], "pairs": 30, "lifted": 30}
    assert lifts([section]) == counted | {"printed": 30, "printed_lifted": 0}
    assert lifts([section, section])["pairs"] == 30, "once"
    unprinted = replace(section, table=section.table.assign(paper_value=np.nan))
    assert lifts([unprinted]) == counted | {"printed": 0, "printed_lifted": 0}


def test_a_table_as_markdown_and_latex():
    table = made_table().query("source == 'alexnet'")
    head, rows = grid(table, {"alexnet": "alex_net & co"}, matrix=True)
    assert head[0] == "source"
    assert [row[:2] for row in rows] == [
        ["alex_net & co", "10.0 / 20.0"],
        ["the paper", "12.0 / 12.0"],
    ]
    assert len(grid(table.assign(paper_value=np.nan), {}, matrix=True)[1]) == 1
    lines = latex(head, rows).splitlines()
    assert lines[0] == r"\begin{tabular}{lrrrrrr}"
    assert lines[4].startswith(r"alex\_net \& co & 10.0 / 20.0 & ")
    assert markdown(head, rows).splitlines()[1] == "| --- |" + " ---: |" * 6


def test_shades_are_read_on_them_and_run_from_light_to_dark():
    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return float(np.dot([0.2126, 0.7152, 0.0722], linear))

    for colours in ("crest", DIFFERENCES):
        for value in range(0, 101, 5):
            ground, ink = shade(value, 0, 100, colours)
            light, dark = sorted([luminance(ground), 1.0 if ink == "#fff" else 0.0])[::-1]
            assert (light + 0.05) / (dark + 0.05) >= 4.5
    rates = [luminance(shade(value, 0, 100)[0]) for value in range(0, 101, 5)]
    assert rates == sorted(rates, reverse=True)


def test_families_differ_in_grey_and_shape():
    assert len({look["marker"] for look in FAMILIES.values()}) == len(FAMILIES)
    assert len({look["color"] for look in FAMILIES.values()}) == len(FAMILIES)


def test_markers_are_named_in_the_svg_and_ids_are_the_pictures_own(tmp_path):
    with style():
        figure, axes = plt.subplots()
        (line,) = axes.plot([1, 2], [3, 4], marker="o")
        name_points(line, [f"first {HOSTILE}", "second"])
        save_svg(figure, tmp_path / "a.svg")
        plt.close(figure)
    svg = inline_svg((tmp_path / "a.svg").read_bytes(), "table1", HOSTILE)
    assert "<img" not in svg
    assert "<style" not in svg
    assert svg.startswith("<svg "), "no prefix, which HTML does not know"
    root = ElementTree.fromstring(svg)
    assert root.get("aria-label") == HOSTILE
    titles = [e.text for e in root.iter() if e.tag.endswith("}title")]
    assert titles == [f"first {HOSTILE}", "second"]
    ids = {e.get("id") for e in root.iter()} - {None}
    assert all(name.startswith("table1-") for name in ids)
    references = set(re.findall(r"(?:url\(|href=\")#([^\")]+)", svg))
    assert references
    assert references <= ids


def test_as_many_names_as_markers(tmp_path):
    with style():
        figure, axes = plt.subplots()
        (line,) = axes.plot([1, 2], [3, 4], marker="o")
        name_points(line, ["only one"])
        with pytest.raises(ValueError, match="zip"):
            save_svg(figure, tmp_path / "a.svg")
        plt.close(figure)
    assert not (tmp_path / "a.svg").exists()


def test_labels_cover_neither_each_other_nor_points():
    rng = np.random.default_rng(0)
    places = rng.uniform(60, 240, (12, 2))
    places[1] = places[0] + 3
    sizes = np.full((12, 2), (45.0, 9.0))
    centres = label_centres(places, sizes, np.array([[0, 0], [300, 300]]))
    boxes = list(zip(centres - sizes / 2, centres + sizes / 2, strict=True))
    for index, box in enumerate(boxes):
        assert all(overlap(*box, *other) == 0 for other in boxes[index + 1 :])
        assert all(overlap(*box, place, place + 1e-3) == 0 for place in places)


def test_differences_are_around_grey_and_fill_the_range():
    clean = np.full((1, 1, 2, 2), 100, np.uint8)
    attacked = clean + np.array([[0, 10], [-20, 20]], np.int16).astype(np.uint8)
    amplified, factor = difference(attacked, clean)
    assert factor == pytest.approx(127 / 20)
    assert amplified.ravel().tolist() == [128, 192, 1, 255]


@pytest.mark.parametrize(
    ("attack", "family"),
    [
        (Attack("linf", 15), "FGSM"),
        (Attack("l2", 15, copies=20, sigma=15), "nr-FGM ℓ2"),
        (Attack("linf", 20, steps=20, alpha=15, targeted=True), "targeted IGSM"),
    ],
)
def test_an_attacks_family_is_named_as_in_the_paper(attack, family):
    assert attack_family(attack.name) == family


def test_every_choice_names_runs_that_exist_and_gives_means_over_black_box_pairs():
    table = made_table()
    choices = load_choices({"table1": table})
    compared = [mean for choice in choices for mean in choice["means"]]
    for mean in compared:
        methods = {method.name for method in EXHIBITS[mean["exhibit"]].methods}
        assert mean["method"] in methods
    own = [mean for mean in compared if mean["exhibit"] == "table1" and mean["method"] == "fgsm"]
    assert {(mean["value"], mean["pairs"]) for mean in own} == {(10.0, 30)}
    assert all(mean["value"] is None for mean in compared if mean["exhibit"] != "table1")


def test_a_crate_depends_on_its_content_alone(tmp_path):
    (tmp_path / "a.csv").write_text("x\n1\n")
    files = {"exhibits/a.csv": (tmp_path / "a.csv", "A table")}
    about = {"description": "d", "date": "2026-01-01", "versions": {"torch": "2"}, "commit": "c"}
    about |= {"command": "snakemake"}
    for name in ("one.zip", "two.zip"):
        write_crate(tmp_path / name, files, "Digits", about)
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


def test_the_command_of_a_run_repeats_what_differs_from_its_files():
    base = {"suite": "digits", "seed": 0}
    assert command_line(base, base) == "snakemake --cores all"
    config = {"suite": "digits", "exhibits": ["table1"], "seed": 1, "readings": False}
    command = command_line(config, base, ["two.yaml"])
    assert command == (
        "snakemake --cores all --configfile two.yaml --config 'exhibits=[\"table1\"]' seed=1 "
        "readings=false"
    )


def test_times_are_of_the_jobs_behind_an_exhibit(tmp_path):
    files = ("build_exhibit/figure5", "build_exhibit/table1", "probe_boundaries/figure5")
    for seconds, name in enumerate(files, start=1):
        path = tmp_path / f"{name}.tsv"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"s\tmax_rss\n{seconds}\t-\n")
    exhibit = EXHIBITS["figure5"]
    assert job_times(tmp_path, exhibit, [], [], on_gpu=True) == {
        "jobs": 2,
        "seconds": 4.0,
        "gpu_seconds": 3.0,
    }
    assert job_times(tmp_path, exhibit, [], [], on_gpu=False)["gpu_seconds"] == 0


def test_every_source_in_figures_6_and_9_names_itself(tmp_path):
    names = [f"{family}{number}" for family in ("densenet", "resnet") for number in range(5)]
    rows = [
        {"method": method, "source": name, "target": "vgg19_bn", "family": name[:-1]}
        | {"value": 9.0 * place, "ci_low": 0.0, "ci_high": 99.0}
        | {"parameters": 1e6 * (1 + place), "top1_error": 20.0 + place % 4}
        for method in ("fgsm", "igsm")
        for place, name in enumerate([*names, "alexnet0"])
    ]
    with style():
        save_svg(rates.capacity(pd.DataFrame(rows), {}), tmp_path / "picture.svg")
    root = ElementTree.parse(tmp_path / "picture.svg").getroot()
    texts = [text.text for text in root.iter(f"{{{SVG}}}text")]
    assert "2" in texts, "a logarithmic axis of 1 to 11 million in plain numbers"
    assert not any("$" in text for text in texts)
    titles = [title.text for title in root.iter(f"{{{SVG}}}title")]
    assert [title.split(":")[0] for title in titles] == [*names, "alexnet0"] * 2
    fills = {
        marker.get("style").partition("fill: ")[2].partition(";")[0]
        for marker in root.iter(f"{{{SVG}}}use")
        if marker.find(f"{{{SVG}}}title") is not None
    }
    assert len(fills) == len(names) + 1, "a rate is a colour"
