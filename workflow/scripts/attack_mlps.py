"""Attack the networks of one replicate by one another."""

import numpy as np
from nrg.devices import describe, prepare_device
from nrg.images import open_data_set
from nrg.mlps import attack_replicate, load_replicate
from nrg.progress import logged
from nrg.storage import replaced
from safetensors.torch import load_file

with logged(snakemake.log[0], f"mlps {snakemake.wildcards.replicate}"):
    params = snakemake.params
    optimiser, seed = snakemake.wildcards.replicate.rsplit("-s", 1)
    device = prepare_device(snakemake.resources.gpu, snakemake.threads)
    data = open_data_set(params.data[0])
    pixels = np.stack([data.read(index) for index in range(len(data.ids))])
    state = load_file(snakemake.input.networks)
    networks = load_replicate(state, pixels[0].size, len(data.classes), params.section)
    frame, effects = attack_replicate(
        networks, data, pixels, params.attacks, params.seed, params.microbatch, device
    )
    with (
        replaced(snakemake.output.predictions) as predictions,
        replaced(snakemake.output.effects) as table,
    ):
        frame.assign(optimiser=optimiser, seed=int(seed)).to_parquet(predictions, index=False)
        effects = effects.assign(optimiser=optimiser, seed=int(seed), **describe(device))
        effects.to_csv(table, index=False)
