"""Test what the paper says of its exhibits on those that were built."""

import json
from dataclasses import replace

from nrg.analysis.printed import read_printed_panels
from nrg.base.files import write_whole
from nrg.base.progress import log, log_job
from nrg.base.resources import WORKFLOW
from nrg.base.table_files import read_csv
from nrg.claims.claims_file import load_claims
from nrg.claims.entries import to_json
from nrg.claims.gains import measure_gains
from nrg.claims.ledger import judge_claims, list_printed_models
from nrg.claims.run_panels import read_panels

with log_job(snakemake.log[0], "claims"):
    params, files = snakemake.params, dict(snakemake.input.items())
    claims = load_claims(WORKFLOW / "resources/claims.yaml", params.pixel_scale)
    panels, printed = read_panels(params.exhibits, files, claims), read_printed_panels()
    models = read_csv(snakemake.input.accuracy).set_index("model")
    models["top1_error"] = 100 - models["top1_accuracy"]
    models["stand_in"] = models.index.isin(params.stand_ins)
    ledger = judge_claims(claims, panels, printed, models, list_printed_models())
    ledger = replace(ledger, gains=measure_gains(params.exhibits, panels, printed))
    for entry in ledger.claims:
        log.info("%s: %s. %s", entry.id, entry.outcome, entry.summary)
    text = json.dumps(to_json(ledger), indent=1, ensure_ascii=False, allow_nan=False)
    with write_whole(snakemake.output[0]) as part:
        part.write_text(text, "utf-8")
