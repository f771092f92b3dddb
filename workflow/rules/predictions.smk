rule score_adversarial_sets:
    input:
        images=rules.select_evaluation_set.output.table,
        pixels=rules.select_evaluation_set.output.pixels,
        sets=list_sets,
        effects=lambda wildcards: list_shard_paths(
            JOBS[wildcards.source, wildcards.job],
            rules.craft_adversarial_sets.output.effects,
        ),
        weights=lambda wildcards: list_weights(list_scoring_models(wildcards)),
        proofs=lambda wildcards: list_proofs(list_scoring_models(wildcards)),
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
        mem_mb=grow(SUITE.mem_mb),
        runtime=grow(SUITE.runtime),
        gpu=GPUS,
    params:
        code=hash_code("score_adversarial_sets"),
        targets=lambda wildcards: [
            NETS[model] for model in list_scoring_models(wildcards)
        ],
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
        sets=list_sets,
        weights=lambda wildcards: list_weights([wildcards.model]),
        proofs=lambda wildcards: list_proofs([wildcards.model]),
        clean=lambda wildcards: list_clean_predictions([wildcards.model]),
    output:
        RESULTS["predictions/{source}/{job}-on-{model}.parquet"],
    log:
        f"{LOGS}/score_guest/{{source}}/{{job}}-on-{{model}}.log",
    benchmark:
        f"{BENCHMARKS}/score_guest/{{source}}/{{job}}-on-{{model}}.tsv"
    wildcard_constraints:
        model=match_any(SCORED_ALONE),
    conda:
        "../../envs/nrg.yaml"
    threads: SUITE.threads
    resources:
        mem_mb=grow(SUITE.mem_mb),
        runtime=grow(SUITE.runtime),
        gpu=GPUS,
    params:
        code=hash_code("score_guest"),
        models=lambda wildcards: [NETS[wildcards.model]],
        attacks=lambda wildcards: JOBS[wildcards.source, wildcards.job].attacks,
        which=lambda wildcards: JOBS[wildcards.source, wildcards.job].images,
        microbatch=MICROBATCH,
        seed=SETTINGS.seed,
    message:
        "Score {wildcards.job} from {wildcards.source} on {wildcards.model}"
    script:
        "../scripts/score_guest.py"


# One job scores all guests that joined the zoo because an exhibit names them.
use rule score_guest as score_guests with:
    input:
        images=rules.select_evaluation_set.output.table,
        pixels=rules.select_evaluation_set.output.pixels,
        sets=list_sets,
        weights=lambda wildcards: list_weights(list_guests(wildcards)),
        proofs=lambda wildcards: list_proofs(list_guests(wildcards)),
        clean=lambda wildcards: list_clean_predictions(list_guests(wildcards)),
    output:
        RESULTS["guest_predictions/{source}/{job}.parquet"],
    log:
        f"{LOGS}/score_guests/{{source}}/{{job}}.log",
    benchmark:
        f"{BENCHMARKS}/score_guests/{{source}}/{{job}}.tsv"
    params:
        models=lambda wildcards: [NETS[guest] for guest in list_guests(wildcards)],
        attacks=lambda wildcards: GUEST_SCORING[
            JOBS[wildcards.source, wildcards.job]
        ].attacks,
    message:
        "Score {wildcards.job} from {wildcards.source} on guests"


rule score_transformed:
    input:
        images=rules.select_evaluation_set.output.table,
        pixels=rules.select_evaluation_set.output.pixels,
        sets=list_sets_behind,
        weights=lambda wildcards: list_weights(CHOSEN[wildcards.exhibit].targets),
        proofs=lambda wildcards: list_proofs(CHOSEN[wildcards.exhibit].targets),
    output:
        predictions=RESULTS["transformed/{exhibit}.parquet"],
    log:
        f"{LOGS}/score_transformed/{{exhibit}}.log",
    benchmark:
        f"{BENCHMARKS}/score_transformed/{{exhibit}}.tsv"
    wildcard_constraints:
        exhibit=match_any(list_exhibits("score_transformed")),
    conda:
        "../../envs/nrg.yaml"
    threads: SUITE.threads
    resources:
        mem_mb=grow(SUITE.mem_mb),
        runtime=grow(SUITE.runtime),
        gpu=GPUS,
    params:
        code=hash_code("score_transformed"),
        exhibit=lambda wildcards: drop_texts(CHOSEN[wildcards.exhibit]),
        target=lambda wildcards: track(NETS[CHOSEN[wildcards.exhibit].targets[0]]),
        microbatch=MICROBATCH,
        seed=SETTINGS.seed,
    message:
        "Score transformed images for {wildcards.exhibit}"
    script:
        "../scripts/score_transformed.py"
