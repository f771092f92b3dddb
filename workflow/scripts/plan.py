"""Say what the run takes: counted, and timed on this machine."""

from nrg.base.devices import prepare_device
from nrg.base.files import free_space
from nrg.base.progress import log, log_job
from nrg.data.dataset_size import measure_data_set
from nrg.plan.replicates import plan_replicates
from nrg.plan.speed import measure_machine
from nrg.plan.summary import summarise
from nrg.plan.tasks import plan_tasks
from nrg.study.result_paths import ALL_RESULTS

with log_job(snakemake.log[0], "plan"):
    params, settings = snakemake.params, snakemake.params.settings[0]
    device = prepare_device(snakemake.resources.gpu, snakemake.threads, settings.precision)
    data = measure_data_set(params.data[0])
    tasks = plan_tasks(settings, params.exhibits, params.chosen, data, params.microbatch)
    tasks += plan_replicates(settings, params.exhibits, params.chosen, data, params.microbatch)
    machine = measure_machine(
        settings,
        exhibits=params.chosen,
        tasks=tasks,
        microbatch=params.microbatch,
        cores=params.cores,
        gpus=params.gpus,
        device=device,
    )
    log.info("%s\n", summarise(settings.suite, data, tasks, machine, free_space(ALL_RESULTS)))
