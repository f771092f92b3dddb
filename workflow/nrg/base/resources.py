"""Where the files that the package reads are, in a checkout and in an installed package."""

from pathlib import Path

PACKAGE = Path(__file__).parents[1]
# The wheel holds copies inside the package (`tool.hatch` in pyproject.toml). A checkout has none,
# and the files are read from where they are edited.
COPIES = PACKAGE / "copied"
ROOT = COPIES if COPIES.is_dir() else PACKAGE.parents[1]

WORKFLOW = ROOT / "workflow"  # with suites/, schemas/, resources/ and exhibits.yaml
REPORT = ROOT / "report"  # the templates, styles and scripts of the report's page
