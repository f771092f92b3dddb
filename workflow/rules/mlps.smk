# Table 4: fully connected networks, a job per replicate (a seed and an optimiser).


rule train_mlps:
    message:
        "Train the fully connected networks {wildcards.replicate}"
    output:
        f"{MLP_RESULTS}/mlps/{{replicate}}.safetensors",
    params:
        data=COMPANION.data,
        section=COMPANION.mlps,
        seed=SETTINGS.seed,
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
    script:
        "../scripts/train_mlps.py"


rule attack_mlps:
    message:
        "Attack the fully connected networks {wildcards.replicate}"
    input:
        rules.train_mlps.output,
    output:
        predictions=f"{MLP_RESULTS}/mlp_predictions/{{replicate}}.parquet",
        effects=f"{MLP_RESULTS}/mlp_effects/{{replicate}}.csv",
    params:
        data=COMPANION.data,
        section=COMPANION.mlps,
        attacks=[
            attack
            for exhibit in EXHIBITS.values()
            if exhibit.kind == "mlps"
            for attack in exhibit.attacks.values()
        ],
        microbatch=COMPANION.microbatch,
        seed=SETTINGS.seed,
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
    script:
        "../scripts/attack_mlps.py"
