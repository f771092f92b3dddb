"""The report's two files: the page, and the results as a crate."""

from pathlib import Path

from nrg.base.files import write_whole
from nrg.base.progress import log
from nrg.base.resources import REPORT
from nrg.report.context import Run, crate_facts, crate_files, gather
from nrg.report.crate import write_crate
from nrg.report.page import data_uri, render


def write_report(run: Run, page: Path) -> None:
    """Write the page, with the crate in it, and the crate beside it as .crate.zip.

    Raises:
        UserError: no exhibit is built.
    """
    context = gather(run)
    page.parent.mkdir(parents=True, exist_ok=True)
    crate = page.with_suffix(".crate.zip")
    write_crate(crate, crate_files(run), run.settings.suite.title, crate_facts(run, context))
    context |= {"crate": data_uri(crate.read_bytes(), "application/zip")}
    with write_whole(page) as part:
        part.write_text(render(REPORT, context), encoding="utf-8")
    log.info("%s, %.1f MB", page, page.stat().st_size / 1e6)
