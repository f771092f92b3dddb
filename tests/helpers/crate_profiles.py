"""Whether a crate's metadata keep what the profiles of RO-Crate require, checked without a network.

`ro_crate/` holds the shapes that roc-validator 0.13 (Apache License 2.0) has for what the profiles
call REQUIRED, and of RO-Crate's context the terms that this project's crates use.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

from pyshacl import validate
from rdflib import RDF, SH, Graph, URIRef

FOLDER = Path(__file__).parent / "ro_crate"
BASE = "https://example.org/crate/"  # of relative addresses, in the crate and in the shapes


FILE = URIRef("https://github.com/crs4/rocrate-validator/profiles/ro-crate/File")


@cache
def read_shapes() -> Graph:
    """The shapes of all profiles as one graph."""
    graph = Graph()
    for path in sorted(FOLDER.glob("*.ttl")):
        graph.parse(path, format="turtle", publicID=BASE)
    return graph


def find_violations(metadata: dict[str, Any]) -> list[str]:
    """Every requirement of the profiles that the metadata of a crate do not keep."""
    context = json.loads((FOLDER / "context.json").read_text(encoding="utf-8"))["@context"]
    terms = {key for entity in metadata["@graph"] for key in entity if not key.startswith("@")}
    unknown = [f"{term} is no term of the context" for term in sorted(terms - context.keys())]
    data = Graph().parse(
        data=json.dumps({**metadata, "@context": context}), format="json-ld", publicID=BASE
    )
    for file in list(data.subjects(RDF.type, URIRef("http://schema.org/MediaObject"))):
        data.add((file, RDF.type, FILE))  # what the shapes call it
    _, report, _ = validate(data, shacl_graph=read_shapes(), advanced=True, inplace=True)
    return unknown + sorted(str(message) for message in report.objects(None, SH.resultMessage))
