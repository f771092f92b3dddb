"""YAML files and values are read or refused with a message, and never end in a traceback."""

from contextlib import suppress
from dataclasses import replace

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nrg.base.errors import UserError
from nrg.base.resources import WORKFLOW
from nrg.base.schemas import convert_entries
from nrg.base.yaml_files import read_yaml
from nrg.study.exhibits import choose_exhibits, load_exhibits
from nrg.study.settings import load_settings, load_suite
from own_code import read_blocks

MINE = """\
name: mine
title: Mine
dataset: digits
image_size: 16
evaluation_images: 24
zoo: {net: {factory: "nrg.models.digits_zoo:plain", weights: trained}}
training: {optimiser: sgd, learning_rate: 0.1, epochs: 1, batch: 10}
"""


def written(tmp_path, text: str | bytes) -> str:
    """Write a suite with this text, and return its path."""
    path = tmp_path / "mine.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(path)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("title: Mine", "title: Mine\ntitle: Again", r"line 3: the key 'title' is given twice"),
        ("zoo: {net:", "zoo: {net: {}, net:", "the key 'net' is given twice"),
        ("epochs: 1", "epochs: 1, epochs: 2", "the key 'epochs' is given twice"),
        ("zoo: {net:", "zoo: {18:", "line 6: the key 18 is not text.*quotes: '18'"),
        ("zoo: {net:", "zoo: {yes:", "the key yes is not text"),
        ("zoo: {net:", "zoo: {1.5:", "the key 1.5 is not text"),
        ("zoo: {net:", "zoo: {~:", "the key ~ is not text"),
        ("zoo: {net:", "zoo: {[a]:", "the key a list or mapping is not text"),
        ("evaluation_images: 24", "evaluation_images: 24.5", "evaluation_images: 24.5"),
        ("evaluation_images: 24", "evaluation_images: true", "evaluation_images: True"),
        (
            "evaluation_images: 24",
            "evaluation_images: .inf",
            "evaluation_images: inf is not a number",
        ),
        ("evaluation_images: 24", "evaluation_images: 1e400", "evaluation_images"),
        ("evaluation_images: 24", f"evaluation_images: 1{'0' * 40}", "is too large"),
        ("evaluation_images: 24", f"evaluation_images: 1{'0' * 5000}", "evaluation_images|value"),
        ("evaluation_images: 24", "evaluation_images: null", "evaluation_images: None"),
        ("evaluation_images: 24", "evaluation_images: 1\npixel_scale: .nan", "nan is not a number"),
        ("title: Mine", "title: [Mine]", "title"),
        ("title: Mine", "title: 18", "title: 18 is not of type 'string'; write it in quotes, '18'"),
        ("name: mine", f"name: {'m' * 300}", "name: a text of 300 characters is too long"),
        ("zoo: {net:", f"zoo: {{{'m' * 300}:", "too long"),
        ("name: mine", "name: ../mine", "name.*letters, digits"),
        ("title: Mine", "title: !!python/name:os.system", "not valid YAML"),
        ("title: Mine", "title: !!binary aGk=", "title: bytes is not a supported type"),
        ("title: Mine", "title: !!set {a, b}", "title"),
        ("title: Mine", "title: Mine\n---\nname: x", "not valid YAML"),
        ("title: Mine", "title:\tMine\n\tnote: x", "not valid YAML"),
        ("title: Mine", "title: &a [*a]", "leads back to itself"),
        ("title: Mine", "title: " + "[" * 50 + "]" * 50, "too deep"),
        ("title: Mine", "title: " + "[" * 5000 + "]" * 5000, "too deep|not valid YAML"),
        ("title: Mine", "title: 'Stra\xdfe'".encode("latin-1"), "not in UTF-8: its line 2"),
        ("title: Mine", "<<: {title: Mine, 3: 4}", "the key 3 is not text"),
        ("title: Mine", "<<: 3", "not valid YAML"),
        ("evaluation_images: 24", "evaluation_images: 024", "line 5: YAML reads 024 .* base 8"),
        ("evaluation_images: 24", "evaluation_images: 1:24", "YAML reads 1:24 .* base 60"),
        ("epochs: 1", "epochs: 1:30.5", "YAML reads 1:30.5 .* base 60"),
        ("epochs: 1", "epochs: -0_17", "YAML reads -0_17 .* base 8"),
        ("epochs: 1", "epochs: !!bool 1", "value that cannot be read"),
        ("learning_rate: 0.1", "learning_rate: '1e'", "'1e' is not of type 'number'"),
        ("weights: trained}", "mean: [123.7]}", "zoo.net.mean.0: 123.7 is greater"),
        ("weights: trained}", "mean: [0,456]}", "zoo.net.mean.1: 456 is greater"),
        ("weights: trained}", "mean: []}", "zoo.net.mean"),
        ("weights: trained}", "mean: 0.5}", "zoo.net.mean: 0.5 is not of type 'array'"),
        ("weights: trained}", "std: [0.0]}", "zoo.net.std.0: 0.0 is less"),
        ("weights: trained}", "std: [58.4]}", "zoo.net.std.0: 58.4 is greater"),
        (
            "weights: trained}",
            "mean: [0.5, 0.4, 0.3], std: [0.2, 0.2]}",
            "mean of 3 and a std of 2",
        ),
    ],
)
def test_what_yaml_accepts_silently_is_refused_by_name(tmp_path, old, new, message):
    old, new = (text if isinstance(text, bytes) else text.encode() for text in (old, new))
    assert old in MINE.encode()
    with pytest.raises(UserError, match=message) as refused:
        load_settings({"suite": written(tmp_path, MINE.encode().replace(old, new))})
    assert "mine.yaml" in str(refused.value)


def test_ten_lines_of_aliases_do_not_fill_the_memory(tmp_path):
    lines = ["a: &l0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"l{n}: &l{n + 1} [{', '.join([f'*l{n}'] * 9)}]" for n in range(9)]
    with pytest.raises(UserError, match="too many values"):
        load_suite(written(tmp_path, "\n".join(lines)), {})


@pytest.mark.parametrize("text", ["- a\n- b\n", "words", "3", "'x'"])
def test_a_file_without_keys_is_refused(tmp_path, text):
    with pytest.raises(UserError, match=r"mine.yaml must hold keys"):
        load_suite(written(tmp_path, text), {})


def test_values_with_only_one_meaning_are_accepted(tmp_path):
    text = MINE.replace("evaluation_images: 24", "evaluation_images: 24.0")
    text = text.replace("title: Mine", "title: 2026-01-31")
    text = text.replace("epochs: 1", "epochs: 2.0").replace("{net:", "{'18':")
    suite = load_settings({"suite": written(tmp_path, "\ufeff" + text)}).suite
    assert (suite.evaluation_images, suite.training.epochs) == (24, 2)
    assert type(suite.evaluation_images) is type(suite.training.epochs) is int
    assert suite.title == "2026-01-31", "a date is text, as it stands there"
    assert list(suite.zoo) == ["18"]


@pytest.mark.parametrize(("text", "number"), [("5e-4", 5e-4), ("1E2", 100.0), (".5e+1", 5.0)])
def test_numbers_with_an_exponent_are_numbers(tmp_path, text, number):
    text = MINE.replace("learning_rate: 0.1", f"learning_rate: {text}")
    plain = load_settings({"suite": written(tmp_path, MINE)}).suite.training
    changed = load_settings({"suite": written(tmp_path, text)}).suite.training
    assert changed == replace(plain, learning_rate=number)


def test_a_network_for_colours_gets_grey_images_if_its_mean_has_three_channels(tmp_path):
    text = MINE.replace("weights: trained}", "mean: [0.5, 0.4, 0.3]}")
    assert load_suite(written(tmp_path, text), {}).zoo["net"].mean == (0.5, 0.4, 0.3)
    text = text.replace("dataset: digits", "dataset: folder\nimages: a\nlabels: b")
    assert load_suite(written(tmp_path, text), {}).zoo["net"].mean == (0.5, 0.4, 0.3)
    with pytest.raises(UserError, match=r"mean of 2 .* have 3 channels"):
        load_suite(written(tmp_path, text.replace("0.5, 0.4, 0.3", "0.5, 0.4")), {})


def test_anchors_and_merges_work(tmp_path):
    text = MINE + (
        "overrides:\n  table1: &pair {sources: [net], targets: [net]}\n  table2: *pair\n"
        "  table5: {<<: *pair, targets: [net]}\n"
    )
    suite = load_settings({"suite": written(tmp_path, text)}).suite
    assert suite.overrides["table1"] == suite.overrides["table2"] == suite.overrides["table5"]


def test_text_of_the_command_line_is_a_number_where_the_schema_gives_no_type():
    schema = {"properties": {"arguments": {"type": "object"}, "title": {"type": "string"}}}
    said = {"arguments": {"width": "16", "variant": "b0"}, "title": "18"}
    assert convert_entries(said, schema) == said, "a file's quotes are meant"
    assert convert_entries(said, schema, loose=True)["arguments"] == {"width": 16, "variant": "b0"}
    assert convert_entries({"arguments": {"width": "010"}}, schema, loose=True) == {
        "arguments": {"width": "010"}
    }, "to YAML 1.1 it is 8"
    model = {"factory": "a:b", "weights": "x.pth", "arguments": {"width": "16"}}
    config = {"suite": "digits", "add_models": {"mine": model}}
    assert load_settings(config).suite.zoo["mine"].arguments == {"width": "16"}
    assert load_settings(config, words=config).suite.zoo["mine"].arguments == {"width": 16}


def seeds() -> list[dict]:
    """Return the shipped suites, and the documented example of a suite."""
    found = [read_yaml(path) for path in sorted((WORKFLOW / "suites").glob("*.yaml"))]
    documented = read_blocks("own-models-and-images")["yaml"]
    return [*found, yaml.safe_load(documented), yaml.safe_load(MINE)]


SEEDS = seeds()
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([0, -1, 1, 2**31, 2**63, 10**400, 24.0, 1e300, float("nan"), float("inf")]),
    st.text(max_size=8),
    st.sampled_from(
        [
            *("", "18", "{name}", "{", "}", "{0}", "$x^2$", "../x", "a" * 300, "x\0y", "\ud800"),
            *("noise", "a+b", "all", "digits", "imagenet", "trained", "mine.yaml", "a:b\n", "1e3"),
        ]
    ),
    st.lists(st.one_of(st.integers(), st.text(max_size=3)), max_size=3),
    st.dictionaries(st.one_of(st.text(max_size=5), st.integers(), st.none()), st.none()),
)
KEYS = st.one_of(
    st.sampled_from(
        [
            *sorted(read_yaml(WORKFLOW / "schemas/suite.schema.yaml")["properties"]),
            *("suite", "exhibits", "seed", "precision", "mlp_images", "table1", "figure5", "axes"),
        ]
    ),
    st.text(max_size=4),
    st.integers(),
)


@st.composite
def mutated(draw, entries):
    """The entries with a few values or keys, at any depth, replaced by others."""
    if not isinstance(entries, dict | list) or not entries or draw(st.integers(0, 3)) == 0:
        return draw(ODD)
    if isinstance(entries, list):
        place = draw(st.integers(0, len(entries) - 1))
        return [*entries[:place], draw(mutated(entries[place])), *entries[place + 1 :]]
    key = draw(st.sampled_from(list(entries)))
    match draw(st.integers(0, 4)):
        case 0:
            return {k: v for k, v in entries.items() if k != key}
        case 1:
            return entries | {draw(KEYS): draw(ODD)}
        case _:
            return entries | {key: draw(mutated(entries[key]))}


@st.composite
def configurations(draw):
    entries = draw(st.sampled_from(SEEDS))
    for _ in range(draw(st.integers(1, 3))):
        entries = draw(mutated(entries)) if isinstance(entries, dict) else entries
    return entries


SMALL_BUDGET = settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def run_through(config) -> None:
    """Do everything that a dry run does with a configuration; a UserError is a valid result."""
    with suppress(UserError):
        found = load_settings(config)
        exhibits = load_exhibits(found.suite)
        choose_exhibits(exhibits, found)


@SMALL_BUDGET
@given(entries=configurations(), base=st.sampled_from([None, "digits", "imagenet"]))
def test_any_configuration_is_accepted_or_refused_with_a_message(entries, base):
    config = entries if isinstance(entries, dict) else {"overrides": entries}
    run_through(config if base is None else {"suite": base} | config)


@SMALL_BUDGET
@given(entries=configurations())
def test_any_suite_is_accepted_or_refused_with_a_message(tmp_path, entries):
    try:
        text = yaml.safe_dump(entries, allow_unicode=True).encode(errors="surrogatepass")
    except yaml.YAMLError:
        return
    run_through({"suite": written(tmp_path, text)})


@SMALL_BUDGET
@given(
    seed=st.sampled_from([yaml.safe_dump(seed, allow_unicode=True) for seed in SEEDS]),
    start=st.floats(0, 1),
    cut=st.integers(0, 30),
    junk=st.one_of(
        st.binary(max_size=6),
        st.sampled_from(
            [b"\t", b"\xff", b"\0", b"&a *a", b"<<: *b", b"? ", b"- ", b"!!x ", b"|\n", b"{", b"%"]
        ),
    ),
)
def test_any_file_is_read_or_refused_with_a_message(tmp_path, seed, start, cut, junk):
    data = seed.encode()
    place = int(start * len(data))
    run_through({"suite": written(tmp_path, data[:place] + junk + data[place + cut :])})


EXHIBITS = read_yaml(WORKFLOW / "exhibits.yaml")
DIGITS = load_suite("digits", {"overrides": {}})


@st.composite
def exhibit_files(draw):
    """A few of the paper's exhibits, of which one is changed."""
    names = draw(st.lists(st.sampled_from(sorted(EXHIBITS)), min_size=1, max_size=3, unique=True))
    entries = {name: EXHIBITS[name] for name in names}
    return entries | {names[0]: draw(mutated(draw(mutated(EXHIBITS[names[0]]))))}


@settings(SMALL_BUDGET, max_examples=60)
@given(entries=exhibit_files())
def test_any_exhibits_are_accepted_or_refused_with_a_message(tmp_path, entries):
    try:
        text = yaml.safe_dump(entries, allow_unicode=True).encode(errors="surrogatepass")
    except yaml.YAMLError:
        return
    (tmp_path / "exhibits.yaml").write_bytes(text)
    with suppress(UserError):
        load_exhibits(DIGITS, tmp_path / "exhibits.yaml")
