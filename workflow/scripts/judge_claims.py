"""Test what the paper says of its exhibits on those that were built."""

import json

from nrg.analysis.panels import build_panel
from nrg.analysis.printed import printed_panels
from nrg.base.files import write_whole
from nrg.base.progress import log, log_job
from nrg.base.resources import WORKFLOW
from nrg.base.table_files import read_csv
from nrg.claims.confidences import MEASURES
from nrg.claims.ledger import judge_claims, load_claims, panel_name, printed_models

with log_job(snakemake.log[0], "claims"):
    claims = load_claims(WORKFLOW / "resources/claims.yaml", snakemake.params.pixel_scale)
    read = {(name, claim.measure) for claim in claims for name in claim.reads}
    panels = {}
    for exhibit in snakemake.params.exhibits:
        prefix = f"{exhibit.name}__"
        named = [(k, v) for k, v in snakemake.input.items() if k.startswith(prefix)]
        files = {key.removeprefix(prefix): value for key, value in named}
        for measure in {measure for name, measure in read if name == exhibit.name}:
            panel = MEASURES.get(measure, build_panel)(exhibit, files)
            panels[panel_name(exhibit.name, measure)] = panel
    models = read_csv(snakemake.input.accuracy).set_index("model")
    models["top1_error"] = 100 - models["top1_accuracy"]
    ledger = judge_claims(claims, panels, printed_panels(), models, printed_models())
    for entry in ledger.claims:
        log.info("%s: %s. %s", entry.id, entry.verdict, entry.summary)
    text = json.dumps(ledger.as_json(), indent=1, ensure_ascii=False, allow_nan=False)
    with write_whole(snakemake.output[0]) as part:
        part.write_text(text, "utf-8")
