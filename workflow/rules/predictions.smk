rule score_adversarial_sets:
    input:
        images=rules.select_evaluation_set.output.table,
        pixels=rules.select_evaluation_set.output.pixels,
        sets=sets_of,
        effects=lambda wildcards: shards_of(
            JOBS[wildcards.source, wildcards.job],
            rules.craft_adversarial_sets.output.effects,
        ),
        weights=weights_of(SUITE.joint),
        proofs=proofs_of(SUITE.joint),
    output:
        predictions=RESULTS["predictions/{source}/{job}.parquet"],
        samples=RESULTS["samples/{source}/{job}.safetensors"],
        effects=RESULTS["effects/{source}/{job}.csv"],
    log:
        f"{LOGS}/score_adversarial_sets/{{source}}/{{job}}.log",
    benchmark:
        f"{BENCHMARKS}/score_adversarial_sets/{{source}}/{{job}}.tsv"
    conda:
        "../../envs/nrg.yaml"
    threads: SUITE.threads
    resources:
        mem_mb=growing(SUITE.mem_mb),
        runtime=growing(SUITE.runtime),
        gpu=GPUS,
    params:
        code=code_of("score_adversarial_sets"),
        targets=[NETS[model] for model in SUITE.joint],
        which=lambda wildcards: JOBS[wildcards.source, wildcards.job].images,
        microbatch=MICROBATCH,
    message:
        "Score {wildcards.job} from {wildcards.source} on the zoo"
    script:
        "../scripts/score_adversarial_sets.py"


rule score_guest:
    input:
        images=rules.select_evaluation_set.output.table,
        pixels=rules.select_evaluation_set.output.pixels,
        sets=sets_of,
        weights=RESULTS["models/{model}.safetensors"],
        proof=rules.predict_clean.output.proof,
        clean=rules.predict_clean.output.clean,
    output:
        RESULTS["predictions/{source}/{job}-on-{model}.parquet"],
    log:
        f"{LOGS}/score_guest/{{source}}/{{job}}-on-{{model}}.log",
    benchmark:
        f"{BENCHMARKS}/score_guest/{{source}}/{{job}}-on-{{model}}.tsv"
    wildcard_constraints:
        model=one_of(SUITE.guests),
    conda:
        "../../envs/nrg.yaml"
    threads: SUITE.threads
    resources:
        mem_mb=growing(SUITE.mem_mb),
        runtime=growing(SUITE.runtime),
        gpu=GPUS,
    params:
        code=code_of("score_guest"),
        model=lambda wildcards: tracked(NETS[wildcards.model]),
        which=lambda wildcards: JOBS[wildcards.source, wildcards.job].images,
        microbatch=MICROBATCH,
    message:
        "Score {wildcards.job} from {wildcards.source} on {wildcards.model}"
    script:
        "../scripts/score_guest.py"


rule score_transformed:
    input:
        images=rules.select_evaluation_set.output.table,
        pixels=rules.select_evaluation_set.output.pixels,
        sets=sets_behind,
        weights=lambda wildcards: weights_of(CHOSEN[wildcards.exhibit].targets),
        proofs=lambda wildcards: proofs_of(CHOSEN[wildcards.exhibit].targets),
    output:
        predictions=RESULTS["transformed/{exhibit}.parquet"],
    log:
        f"{LOGS}/score_transformed/{{exhibit}}.log",
    benchmark:
        f"{BENCHMARKS}/score_transformed/{{exhibit}}.tsv"
    wildcard_constraints:
        exhibit=one_of(exhibits_of("score_transformed")),
    conda:
        "../../envs/nrg.yaml"
    threads: SUITE.threads
    resources:
        mem_mb=growing(SUITE.mem_mb),
        runtime=growing(SUITE.runtime),
        gpu=GPUS,
    params:
        code=code_of("score_transformed"),
        exhibit=lambda wildcards: unworded(CHOSEN[wildcards.exhibit]),
        target=lambda wildcards: tracked(NETS[CHOSEN[wildcards.exhibit].targets[0]]),
        microbatch=MICROBATCH,
        seed=SETTINGS.seed,
    message:
        "Score transformed images for {wildcards.exhibit}"
    script:
        "../scripts/score_transformed.py"
