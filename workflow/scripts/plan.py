"""Say what the run takes: counted, and timed on this machine."""

from nrg.base.devices import prepare_device
from nrg.base.files import free_space
from nrg.base.progress import log, log_job
from nrg.data.dataset_size import measure_data_set
from nrg.plan.estimate import describe
from nrg.plan.speed import measure
from nrg.plan.tasks import plan
from nrg.study.result_paths import ALL_RESULTS

with log_job(snakemake.log[0], "plan"):
    params, settings = snakemake.params, snakemake.params.settings[0]
    device = prepare_device(snakemake.resources.gpu, snakemake.threads, settings.precision)
    data = measure_data_set(params.data[0])
    mlp_data = settings.companion and measure_data_set(settings.companion.data)
    tasks = plan(settings, params.exhibits, params.chosen, params.jobs, data, mlp_data)
    limits = (params.microbatch, params.cores, params.gpus)
    machine = measure(settings, params.chosen, tasks, *limits, device)
    free = free_space(ALL_RESULTS)
    log.info("%s\n", describe(settings.suite, data, tasks, machine, free))
