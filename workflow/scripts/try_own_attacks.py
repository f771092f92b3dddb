"""Try the user's own attacks, so that a wrong one is found before anything is computed."""

import pandas as pd
from nrg.attack.trial import try_attack
from nrg.base.devices import prepare_device
from nrg.base.progress import log_job
from nrg.base.table_files import write_csv

with log_job(snakemake.log[0], "own attacks"):
    attacks, shape = snakemake.params.attacks, snakemake.params.shape
    device = prepare_device(snakemake.resources.gpu, snakemake.threads)
    rows = [try_attack(label, attack, shape, device) for attack, label in attacks.items()]
    write_csv(pd.DataFrame(rows), snakemake.output[0])
