# Table 4: fully connected networks, a job per replicate (a seed and an optimiser).


rule train_mlps:
    output:
        f"{MLP_RESULTS}/mlps/{{replicate}}.safetensors",
    log:
        f"{LOGS}/train_mlps/{{replicate}}.log",
    benchmark:
        f"{BENCHMARKS}/train_mlps/{{replicate}}.tsv"
    conda:
        "../../envs/nrg.yaml"
    threads: COMPANION.threads
    resources:
        mem_mb=COMPANION.mem_mb,
        runtime=COMPANION.runtime,
        gpu=GPUS,
    params:
        data=COMPANION.data,
        section=COMPANION.mlps,
        seed=SETTINGS.seed,
    message:
        "Train the fully connected networks {wildcards.replicate}"
    script:
        "../scripts/train_mlps.py"


rule attack_mlps:
    input:
        rules.train_mlps.output,
    output:
        predictions=f"{MLP_RESULTS}/mlp_predictions/{{replicate}}.parquet",
        effects=f"{MLP_RESULTS}/mlp_effects/{{replicate}}.csv",
    log:
        f"{LOGS}/attack_mlps/{{replicate}}.log",
    benchmark:
        f"{BENCHMARKS}/attack_mlps/{{replicate}}.tsv"
    conda:
        "../../envs/nrg.yaml"
    threads: COMPANION.threads
    resources:
        mem_mb=COMPANION.mem_mb,
        runtime=COMPANION.runtime,
        gpu=GPUS,
    params:
        data=COMPANION.data,
        section=COMPANION.mlps,
        attacks=[
            attack
            for exhibit in EXHIBITS.values()
            if exhibit.kind == "mlps"
            for attack in exhibit.attacks
        ],
        microbatch=COMPANION.microbatch,
        seed=SETTINGS.seed,
    message:
        "Attack the fully connected networks {wildcards.replicate}"
    script:
        "../scripts/attack_mlps.py"
