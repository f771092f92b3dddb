"""Labels over planes through an image, and the smallest steps that change labels of many."""

from nrg.attack.boundaries import probe_boundaries
from nrg.base.devices import prepare_device
from nrg.base.progress import log_job
from nrg.base.table_files import write_parquet
from nrg.data.batches import Compute
from nrg.data.images import load_images, pick_images
from nrg.models.quick_form_proof import load_proven

with log_job(snakemake.log[0], snakemake.wildcards.exhibit):
    params, exhibit = snakemake.params, snakemake.params.exhibit[0]
    probe = exhibit.probe
    device = prepare_device(snakemake.resources.gpu, snakemake.threads)
    compute = Compute(params.microbatch, device, params.seed)
    files = zip(params.models, snakemake.input.weights, snakemake.input.proofs, strict=True)
    models = {model.name: load_proven(model, *paths, device) for model, *paths in files}
    images = load_images(snakemake.input.images, snakemake.input.pixels, exhibit.images)
    images = pick_images(images, probe.images, probe.first)
    sources, targets = (
        {name: models[name] for name in names} for names in (exhibit.sources, exhibit.targets)
    )
    maps, distances = probe_boundaries(sources, targets, images, probe, compute)
    write_parquet(maps, snakemake.output.maps)
    write_parquet(distances, snakemake.output.distances)
