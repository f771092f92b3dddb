# Made only where exhibits name functions of the user's own. Like check_models it comes first, and is an
# input of the report alone.
rule try_own_attacks:
    output:
        RESULTS["own_attacks.csv"],
    log:
        f"{LOGS}/try_own_attacks.log",
    benchmark:
        f"{BENCHMARKS}/try_own_attacks/all.tsv"
    priority: 1
    conda:
        "../../envs/nrg.yaml"
    threads: 1
    resources:
        mem_mb=grow(2000),
        runtime=grow(10),
        gpu=GPUS,
    params:
        code=hash_code("try_own_attacks", OWN_ATTACKS),
        attacks=OWN_ATTACKS,
        shape=SUITE.data.shape,
    message:
        "Try your own attacks on two images"
    script:
        "../scripts/try_own_attacks.py"


rule craft_adversarial_sets:
    input:
        images=rules.select_evaluation_set.output.table,
        pixels=rules.select_evaluation_set.output.pixels,
        weights=lambda wildcards: list_weights(list_members(wildcards.source)),
        proofs=lambda wildcards: list_proofs(list_members(wildcards.source)),
    output:
        sets=keep_if_asked(RESULTS["adversarial/{source}/{job}/{shard}.safetensors"]),
        effects=keep_if_asked(RESULTS["adversarial/{source}/{job}/{shard}.csv"]),
    log:
        f"{LOGS}/craft_adversarial_sets/{{source}}/{{job}}/{{shard}}.log",
    benchmark:
        f"{BENCHMARKS}/craft_adversarial_sets/{{source}}/{{job}}/{{shard}}.tsv"
    conda:
        "../../envs/nrg.yaml"
    threads: SUITE.threads
    resources:
        mem_mb=grow(SUITE.mem_mb),
        runtime=grow(SUITE.runtime),
        gpu=GPUS,
    params:
        code=lambda wildcards: hash_code(
            "craft_adversarial_sets", JOBS[wildcards.source, wildcards.job].attacks
        ),
        members=lambda wildcards: [
            NETS[model] for model in list_members(wildcards.source)
        ],
        weights=lambda wildcards: list(weigh_members(wildcards.source).values()),
        attacks=lambda wildcards: JOBS[wildcards.source, wildcards.job].attacks,
        which=lambda wildcards: JOBS[wildcards.source, wildcards.job].images,
        microbatch=lambda wildcards: limit_batch(
            JOBS[wildcards.source, wildcards.job].images
        ),
        seed=SETTINGS.seed,
        precision=SETTINGS.precision,
        places=PLACES,
    message:
        "Craft {wildcards.job} on {wildcards.source}, images {wildcards.shard}"
    script:
        "../scripts/craft_adversarial_sets.py"
