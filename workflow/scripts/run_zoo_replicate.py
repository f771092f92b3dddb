"""Build the same tables on another zoo, in a run of its own, and keep its verdicts on claims."""

import os
import shlex
import shutil
import subprocess
from pathlib import Path

from nrg.base.errors import UserError
from nrg.base.locks import folder_lock_path, wait_for_lock
from nrg.base.progress import log, log_job
from nrg.report.command import SNAKEMAKE
from nrg.study.result_paths import suite_results

with log_job(snakemake.log[0], f"zoo {snakemake.wildcards.zoo_seed}"):
    results = suite_results(snakemake.params.name)
    claims = results.fill("claims.json")
    waits = "an earlier run of this zoo is still at work: waiting"
    wait_for_lock(folder_lock_path(results.folder), lambda: log.info(waits)).close()
    resources = snakemake.resources
    words = [*shlex.split(os.environ[SNAKEMAKE]), "--cores", str(snakemake.threads)]
    words += ["--resources", f"gpu={resources.gpu}", f"mem_mb={resources.mem_mb}"]
    words += [*snakemake.params.configuration, "--", str(claims)]
    log.info("%s", shlex.join(words))
    process = subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8"
    )
    with Path(snakemake.log.snakemake).open("w", encoding="utf-8") as output:
        for line in process.stdout:
            print(line, end="", file=output, flush=True)
            if " steps (" in line:
                log.info("%s", line.strip())
    if process.wait():
        raise UserError(f"the run of this zoo broke off; {snakemake.log.snakemake} says why")
    shutil.copyfile(claims, snakemake.output[0])
