"""Compare what was found on every zoo: gains, claims, and their spread between zoos."""

import json
from pathlib import Path

from nrg.base.files import write_whole
from nrg.base.progress import log_job
from nrg.base.resources import WORKFLOW
from nrg.claims.claims_file import load_claims
from nrg.claims.entries import to_json
from nrg.claims.replicates import compare_ledgers, list_comparable

with log_job(snakemake.log[0], "replicates"):
    params = snakemake.params
    paths = [snakemake.input.own, *snakemake.input.others]
    ledgers = [json.loads(Path(path).read_text(encoding="utf-8")) for path in paths]
    claims = load_claims(WORKFLOW / "resources/claims.yaml")
    comparable = list_comparable(claims, params.built, params.replicated)
    comparison = compare_ledgers(params.zoo_seeds, ledgers, comparable)
    text = json.dumps(to_json(comparison), indent=1, ensure_ascii=False, allow_nan=False)
    with write_whole(snakemake.output[0]) as part:
        part.write_text(text, "utf-8")
