"""The panels that the tests of claims read on a run."""

from collections.abc import Mapping, Sequence
from typing import Any

from nrg.analysis.panels import Panel, build_panel
from nrg.claims.claims_file import Claim, name_panel
from nrg.claims.confidences import MEASURES
from nrg.study.exhibits import Exhibit, find_reduced_forms


def read_panels(
    exhibits: Sequence[Exhibit], files: Mapping[str, Any], claims: Sequence[Claim]
) -> dict[str, Panel]:
    """Read what claims and gains need of these exhibits, by `name_panel`.

    Args:
        files: the files behind each exhibit's numbers, as "exhibit__what".
    """
    wanted = {(name, claim.measure) for claim in claims for name in claim.reads}
    wanted |= {(exhibit.name, "") for exhibit in exhibits if find_reduced_forms(exhibit)}
    panels = {}
    for exhibit in exhibits:
        prefix = f"{exhibit.name}__"
        own = {key.removeprefix(prefix): files[key] for key in files if key.startswith(prefix)}
        for measure in sorted(measure for name, measure in wanted if name == exhibit.name):
            read = MEASURES[measure] if measure else build_panel
            panels[name_panel(exhibit.name, measure)] = read(exhibit, own)
    return panels
