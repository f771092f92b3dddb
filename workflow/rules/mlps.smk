# Table 4: fully connected networks. A job takes one replicate (a seed and an optimiser), or in a small
# suite all of them, because most of the time would otherwise be spent on starting Python and torch.
MLP_JOB = "all" if MLPS_TOGETHER else "{replicate}"
MLP_ATTACKS = [
    attack
    for exhibit in EXHIBITS.values()
    if exhibit.kind.attacks_mlps
    for attack in exhibit.attacks
]


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
        fill_replicates(MLP_RESULTS["mlps/{replicate}.safetensors"]),
    log:
        f"logs/{COMPANION.name}/train_mlps/{MLP_JOB}.log",
    benchmark:
        f"{BENCHMARKS}/train_mlps/{MLP_JOB}.tsv"
    conda:
        "../../envs/nrg.yaml"
    threads: share_threads(COMPANION, MLPS_TOGETHER)
    resources:
        mem_mb=share_memory(COMPANION, MLPS_TOGETHER),
        runtime=grow(COMPANION.runtime),
        gpu=GPUS,
        processes=lambda wildcards: count_processes(COMPANION, MLPS_TOGETHER),
    params:
        code=hash_code("train_mlps"),
        data=track(MLP_DATA),
        fingerprint=MLP_FINGERPRINT,
        mlps=track(COMPANION.mlps),
        replicates=lambda wildcards: MLPS_TOGETHER or [wildcards.replicate],
        seed=SETTINGS.seed,
    message:
        "Train the fully connected networks of Table 4"
    script:
        "../scripts/train_mlps.py"


rule attack_mlps:
    input:
        networks=fill_replicates(MLP_RESULTS["mlps/{replicate}.safetensors"]),
        images=rules.download_mnist.output if COMPANION.data.downloads_mnist else [],
    output:
        predictions=fill_replicates(MLP_RESULTS["mlp_predictions/{replicate}.parquet"]),
        effects=fill_replicates(MLP_RESULTS["mlp_effects/{replicate}.csv"]),
    log:
        f"logs/{COMPANION.name}/attack_mlps/{MLP_JOB}.log",
    benchmark:
        f"{BENCHMARKS}/attack_mlps/{MLP_JOB}.tsv"
    conda:
        "../../envs/nrg.yaml"
    threads: share_threads(COMPANION, MLPS_TOGETHER)
    resources:
        mem_mb=share_memory(COMPANION, MLPS_TOGETHER),
        runtime=grow(COMPANION.runtime),
        gpu=GPUS,
        processes=lambda wildcards: count_processes(COMPANION, MLPS_TOGETHER),
    params:
        code=hash_code("attack_mlps", MLP_ATTACKS),
        data=track(MLP_DATA),
        fingerprint=MLP_FINGERPRINT,
        mlps=track(COMPANION.mlps),
        replicates=lambda wildcards: MLPS_TOGETHER or [wildcards.replicate],
        attacks=MLP_ATTACKS,
        microbatch=COMPANION.microbatch,
        seed=SETTINGS.seed,
        places=PLACES,
    message:
        "Attack the fully connected networks of Table 4"
    script:
        "../scripts/attack_mlps.py"
