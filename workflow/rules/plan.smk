# snakemake plan: what a run takes, before it starts. snakemake tune: how many images a network should
# take at once on this device. No rule depends on them, and they write no result.


rule plan:
    log:
        f"{LOGS}/plan.log",
    conda:
        "../../envs/nrg.yaml"
    threads: SUITE.threads
    resources:
        mem_mb=SUITE.mem_mb,
        runtime=30,
        gpu=GPUS,
    params:
        settings=track(SETTINGS),
        data=track(DATA),
        exhibits=list(EXHIBITS.values()),
        chosen=list(CHOSEN.values()),
        microbatch=MICROBATCH,
        cores=lambda wildcards, threads: read_limit("_cores") or threads,
        gpus=lambda wildcards: count_gpus_at_once(),
    message:
        "Count what a run takes, and time this machine"
    script:
        "../scripts/plan.py"


rule tune:
    log:
        f"{LOGS}/tune.log",
    conda:
        "../../envs/nrg.yaml"
    threads: SUITE.threads
    resources:
        mem_mb=SUITE.mem_mb,
        runtime=60,
        gpu=GPUS,
    params:
        settings=track(SETTINGS),
        sources=sorted(
            {
                tuple(list_members(job.source))
                for job in list_jobs(CHOSEN.values(), JOB_OF)
            }
        ),
    message:
        "Measure how many images a network should take at once"
    script:
        "../scripts/tune.py"
