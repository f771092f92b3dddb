"""What documents name exists: links, files, folders, modules of the package, configurations."""

import importlib.util
import re
from pathlib import Path

import pytest
from inputs import ROOT
from nrg.base.yaml_files import read_yaml
from nrg.study.exhibits import choose_exhibits, load_exhibits
from nrg.study.settings import load_settings

DOCUMENTS = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("*.md"))
DOCUMENTS += sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("docs/*.md"))
ROOMS = sorted(path.parent.name for path in ROOT.glob("workflow/nrg/*/__init__.py"))
# Documents name files from the top of the project, from workflow/, or from the package.
BASES = (ROOT, ROOT / "workflow", ROOT / "workflow/nrg")
FOLDERS = ("docs", "envs", "profiles", "report", "tests", "workflow")
FOLDERS += (*ROOMS, "resources", "rules", "schemas", "scripts", "suites")


def read(document: str) -> str:
    return (ROOT / document).read_text(encoding="utf-8")


def outside_code(text: str) -> str:
    """Return a document without its blocks of code."""
    return re.sub(r"```.*?```", "", text, flags=re.DOTALL)


def names(text: str) -> list[str]:
    """Return what a text sets in code."""
    return re.findall(r"`([^`\n]+)`", outside_code(text))


def anchors(text: str) -> set[str]:
    """Return the anchors of a document's headings, as GitHub writes them."""
    headings = re.findall(r"^#+ (.*)$", outside_code(text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_leads_somewhere(document):
    for link in re.findall(r"\]\(([^)\s]+)\)", outside_code(read(document))):
        if re.match(r"https?://", link):
            continue
        path, _, anchor = link.partition("#")
        target = (ROOT / document).parent / path if path else ROOT / document
        assert target.exists(), link
        assert not anchor or anchor in anchors(target.read_text(encoding="utf-8")), link


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_file_that_is_named_exists(document):
    for name in names(read(document)):
        if not re.fullmatch(rf"({'|'.join(FOLDERS)})/[\w./*<>-]*", name):
            continue
        pattern = re.sub(r"<\w+>", "*", name)
        assert any(list(base.glob(pattern)) for base in BASES), name


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_module_that_is_named_exists(document):
    for name in set(re.findall(r"\bnrg(?:\.\w+)+", read(document))):
        module, attribute = name, ""
        while not is_module(module):
            module, _, attribute = module.rpartition(".")
            assert module != "nrg", name
        assert not attribute or defines(module, attribute), name


def test_every_constant_that_contributors_are_told_of_exists():
    sources = [path.read_text(encoding="utf-8") for path in ROOT.glob("workflow/nrg/**/*.py")]
    for name in names(read("CONTRIBUTING.md")):
        if re.fullmatch(r"[A-Z_]{4,}", name):
            assert any(re.search(rf"^{name}\b", source, re.MULTILINE) for source in sources), name


def is_module(name: str) -> bool:
    path = ROOT / "workflow" / name.replace(".", "/")
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


def defines(module: str, name: str) -> bool:
    """Whether a module defines a function, a class or a constant."""
    spec = importlib.util.find_spec(module)
    source = Path(spec.origin).read_text(encoding="utf-8")
    return bool(re.search(rf"^(def |class )?{name}\b", source, re.MULTILINE))


def test_the_architecture_has_every_room_and_names_modules_that_exist():
    rows = re.findall(r"^\| `(\w+)` \|(.*)\|$", read("ARCHITECTURE.md"), re.MULTILINE)
    rooms = {room: cells for room, cells in rows if room in ROOMS}
    assert sorted(rooms) == ROOMS
    for room, cells in rooms.items():
        for name in names(cells.rpartition("|")[2]):
            module, _, attribute = name.partition(".")
            assert is_module(f"nrg.{room}.{module}"), f"{room}: {name}"
            assert not attribute or defines(f"nrg.{room}.{module}", attribute), f"{room}: {name}"


@pytest.mark.parametrize("document", ["ARCHITECTURE.md", "docs/how-it-is-built.md"])
def test_functions_that_the_architecture_names_exist(document):
    modules = {path.stem: path for path in ROOT.glob("workflow/nrg/*/*.py") if path.stem != "kinds"}
    named = [name.split(".") for name in names(read(document))]
    calls = [parts for parts in named if len(parts) == 2 and parts[0] in modules]
    assert calls
    for module, attribute in calls:
        room = modules[module].parent.name
        assert defines(f"nrg.{room}.{module}", attribute), f"{module}.{attribute}"


@pytest.mark.parametrize("file", sorted(ROOT.glob("docs/*.yaml")), ids=lambda file: file.stem)
def test_every_configuration_in_the_documents_is_one_of_a_run(file):
    settings = load_settings(read_yaml(file))
    shown = choose_exhibits(load_exhibits(settings.suite), settings)
    assert [exhibit.name for exhibit in shown] == settings.exhibits
    for exhibit in shown:
        changes = settings.suite.overrides[exhibit.name]
        assert list(exhibit.targets) == changes["targets"], "no target is left out"
    assert any(f"--configfile docs/{file.name}" in read(document) for document in DOCUMENTS)


def test_the_readme_is_a_door():
    lines = read("README.md").splitlines()
    assert len(lines) <= 120
    for command in ("make demo", "make test", "snakemake --cores all --resources gpu=2"):
        assert command in read("README.md")
    pages = {f"docs/{path.name}" for path in ROOT.glob("docs/*.md")}
    assert pages <= set(re.findall(r"\((docs/[\w-]+\.md)\)", read("README.md")))
    assert "--forcerun write_report" in read("README.md")


def test_every_target_of_make_that_is_named_exists():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([\w./-]+):", makefile, re.MULTILINE))
    named = {
        name.removeprefix("make ").split()[0]
        for document in DOCUMENTS
        for name in names(read(document))
        if name.startswith("make ")
    }
    assert named <= targets
