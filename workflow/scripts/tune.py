"""Measure how many images should go through a network at once, and print the setting."""

from nrg.base.devices import describe_device, gradients_in, prepare_device
from nrg.base.progress import Progress, log, log_job
from nrg.plan.speed import all_networks
from nrg.plan.tune import choose_microbatch, describe_trials, try_microbatches, usable_memory

with log_job(snakemake.log[0], "tune"):
    params, settings = snakemake.params, snakemake.params.settings[0]
    suite = settings.suite
    device = prepare_device(snakemake.resources.gpu, snakemake.threads, settings.precision)
    networks = all_networks(settings, suite.microbatch)
    memory, trials = usable_memory(suite, device), {}
    with (
        Progress("networks timed", len(suite.networks)) as progress,
        gradients_in(settings.precision, device),
    ):
        for name in suite.networks:
            trials[name] = try_microbatches(networks[name], device, memory)
            progress.advance(1)
    best = choose_microbatch(trials, params.sources, memory)
    rates = describe_trials(trials, best, suite, device)
    log.info("on %s\n\n%s\n", describe_device(device)["device"], rates)
