"""The report's two files: the page, and the results as a crate."""

from pathlib import Path

from nrg.base.files import write_whole
from nrg.base.progress import log
from nrg.report.context import Context, gather
from nrg.report.crate_contents import pack_run
from nrg.report.page import make_data_uri, render
from nrg.report.run import Run


def write_report(run: Run, page: Path) -> None:
    """Write the page, with the crate in it, and the crate next to it as .crate.zip.

    Raises:
        UserError: no exhibit is made.
    """
    context = gather(run)
    page.parent.mkdir(parents=True, exist_ok=True)
    crate = pack_run(run, context.provenance, context.weights)
    with write_whole(page.with_suffix(".crate.zip")) as part:
        part.write_bytes(crate)
    with write_whole(page) as part:
        part.write_text(render_page(context, crate), encoding="utf-8")
    log.info("%s, %.1f MB", page, page.stat().st_size / 1e6)


def render_page(context: Context, crate: bytes) -> str:
    """The page as HTML, with the crate (a zip file) to download from it."""
    names = vars(context) | {"crate": make_data_uri(crate, "application/zip")}
    return render("report.html.j2", names)
