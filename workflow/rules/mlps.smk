# Table 4: fully connected networks, one job per replicate (a seed and an optimiser).


rule download_mnist:
    output:
        expand(f"{MNIST_DOWNLOAD}/MNIST/raw/{{name}}", name=MNIST_FILES),
    log:
        f"logs/{COMPANION.name}/download_mnist.log",
    benchmark:
        f"{BENCHMARKS}/download_mnist/all.tsv"
    conda:
        "../../envs/nrg.yaml"
    threads: 1
    resources:
        mem_mb=grow(2000),
        runtime=grow(30),
    message:
        "Download MNIST"
    script:
        "../scripts/download_mnist.py"


rule train_mlps:
    input:
        rules.download_mnist.output if COMPANION.data.downloads_mnist else [],
    output:
        MLP_RESULTS["mlps/{replicate}.safetensors"],
    log:
        f"logs/{COMPANION.name}/train_mlps/{{replicate}}.log",
    benchmark:
        f"{BENCHMARKS}/train_mlps/{{replicate}}.tsv"
    conda:
        "../../envs/nrg.yaml"
    threads: COMPANION.threads
    resources:
        mem_mb=grow(COMPANION.mem_mb),
        runtime=grow(COMPANION.runtime),
        gpu=GPUS,
    params:
        code=hash_code("train_mlps"),
        data=track(MLP_DATA),
        fingerprint=MLP_FINGERPRINT,
        mlps=track(COMPANION.mlps),
        seed=SETTINGS.seed,
    message:
        "Train the fully connected networks {wildcards.replicate}"
    script:
        "../scripts/train_mlps.py"


rule attack_mlps:
    input:
        networks=rules.train_mlps.output[0],
        images=rules.download_mnist.output if COMPANION.data.downloads_mnist else [],
    output:
        predictions=MLP_RESULTS["mlp_predictions/{replicate}.parquet"],
        effects=MLP_RESULTS["mlp_effects/{replicate}.csv"],
    log:
        f"logs/{COMPANION.name}/attack_mlps/{{replicate}}.log",
    benchmark:
        f"{BENCHMARKS}/attack_mlps/{{replicate}}.tsv"
    conda:
        "../../envs/nrg.yaml"
    threads: COMPANION.threads
    resources:
        mem_mb=grow(COMPANION.mem_mb),
        runtime=grow(COMPANION.runtime),
        gpu=GPUS,
    params:
        code=hash_code("attack_mlps"),
        data=track(MLP_DATA),
        fingerprint=MLP_FINGERPRINT,
        mlps=track(COMPANION.mlps),
        attacks=[
            attack
            for exhibit in EXHIBITS.values()
            if exhibit.kind.attacks_mlps
            for attack in exhibit.attacks
        ],
        microbatch=COMPANION.microbatch,
        seed=SETTINGS.seed,
    message:
        "Attack the fully connected networks {wildcards.replicate}"
    script:
        "../scripts/attack_mlps.py"
