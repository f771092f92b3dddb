"""The comparison's two files: a page, and all common cells as CSV."""

from pathlib import Path

from nrg.base.files import write_whole
from nrg.base.progress import log
from nrg.base.table_files import write_csv
from nrg.compare.agreement import Agreement, judge_agreement
from nrg.compare.provenance_changes import find_fact_changes
from nrg.compare.run_record import RunRecord, read_other, read_record
from nrg.compare.verdict_changes import find_verdict_changes
from nrg.report.context import read_weights_metadata
from nrg.report.crate_contents import pack_run
from nrg.report.effects import read_effects
from nrg.report.page import render
from nrg.report.provenance import gather_provenance, read_proofs
from nrg.report.run import Run


def compare_run(run: Run, other: str, page: Path) -> None:
    """Write a page that compares what exists of a run with another, and its cells as .csv.

    Args:
        other: the other run's crate, or its folder of results.

    Raises:
        UserError: the other run cannot be read, or has nothing in common with this one.
    """
    there = read_other(other)
    here = read_record(pack_present(run), "this run")
    agreement = judge_agreement(here, there)
    write_csv(agreement.cells, page.with_suffix(".csv"))
    with write_whole(page) as part:
        part.write_text(render_comparison(here, there, agreement), encoding="utf-8")
    log.info("%s\n%s", agreement.sentence, page)


def pack_present(run: Run) -> bytes:
    """The crate of what exists of a run."""
    suite = run.settings.suite
    effects = read_effects([*run.effects(), *run.mlp_effects()])
    provenance = gather_provenance(run, effects, read_proofs(run.results, suite))
    return pack_run(run, provenance, read_weights_metadata(run.results, suite))


def render_comparison(this: RunRecord, other: RunRecord, agreement: Agreement) -> str:
    """The page as HTML."""
    return render(
        "compare.html.j2",
        {
            "this": this,
            "other": other,
            "agreement": agreement,
            "verdicts": find_verdict_changes(this, other, agreement.cells),
            "judged": len(this.claims.keys() & other.claims.keys()),
            "facts": find_fact_changes(this, other),
        },
    )
