# Figures 1b, 2 and 5, and the readings that belong to them: gradients and decision boundaries.


rule probe_boundaries:
    input:
        images=rules.select_evaluation_set.output.table,
        pixels=rules.select_evaluation_set.output.pixels,
        weights=lambda wildcards: list_weights(
            CHOSEN[wildcards.exhibit].sources + CHOSEN[wildcards.exhibit].targets
        ),
        proofs=lambda wildcards: list_proofs(
            CHOSEN[wildcards.exhibit].sources + CHOSEN[wildcards.exhibit].targets
        ),
    output:
        maps=RESULTS["probes/{exhibit}_maps.parquet"],
        distances=RESULTS["probes/{exhibit}_distances.parquet"],
    log:
        f"{LOGS}/probe_boundaries/{{exhibit}}.log",
    benchmark:
        f"{BENCHMARKS}/probe_boundaries/{{exhibit}}.tsv"
    wildcard_constraints:
        exhibit=match_any(list_exhibits("probe_boundaries")),
    conda:
        "../../envs/nrg.yaml"
    threads: SUITE.threads
    resources:
        mem_mb=grow(SUITE.mem_mb),
        runtime=grow(SUITE.runtime),
        gpu=GPUS,
    params:
        code=hash_code("probe_boundaries"),
        exhibit=lambda wildcards: drop_texts(CHOSEN[wildcards.exhibit]),
        models=lambda wildcards: [
            NETS[name]
            for name in CHOSEN[wildcards.exhibit].sources
            + CHOSEN[wildcards.exhibit].targets
        ],
        microbatch=MICROBATCH,
        seed=SETTINGS.seed,
    message:
        "Probe the decision boundaries of {wildcards.exhibit}"
    script:
        "../scripts/probe_boundaries.py"


rule probe_gradients:
    input:
        images=rules.select_evaluation_set.output.table,
        pixels=rules.select_evaluation_set.output.pixels,
        weights=lambda wildcards: list_weights(CHOSEN[wildcards.exhibit].sources),
        proofs=lambda wildcards: list_proofs(CHOSEN[wildcards.exhibit].sources),
    output:
        shares=RESULTS["probes/{exhibit}_shares.parquet"],
        pictures=RESULTS["probes/{exhibit}_pictures.safetensors"],
    log:
        f"{LOGS}/probe_gradients/{{exhibit}}.log",
    benchmark:
        f"{BENCHMARKS}/probe_gradients/{{exhibit}}.tsv"
    wildcard_constraints:
        exhibit=match_any(list_exhibits("probe_gradients")),
    conda:
        "../../envs/nrg.yaml"
    threads: SUITE.threads
    resources:
        mem_mb=grow(SUITE.mem_mb),
        runtime=grow(SUITE.runtime),
        gpu=GPUS,
    params:
        code=hash_code("probe_gradients"),
        exhibit=lambda wildcards: drop_texts(CHOSEN[wildcards.exhibit]),
        model=lambda wildcards: track(NETS[CHOSEN[wildcards.exhibit].sources[0]]),
        microbatch=MICROBATCH,
        seed=SETTINGS.seed,
    message:
        "Probe the gradients of {wildcards.exhibit}"
    script:
        "../scripts/probe_gradients.py"


rule probe_cosines:
    input:
        images=rules.select_evaluation_set.output.table,
        pixels=rules.select_evaluation_set.output.pixels,
        weights=lambda wildcards: list_weights(CHOSEN[wildcards.exhibit].sources),
        proofs=lambda wildcards: list_proofs(CHOSEN[wildcards.exhibit].sources),
    output:
        cosines=RESULTS["probes/{exhibit}_cosines.parquet"],
    log:
        f"{LOGS}/probe_cosines/{{exhibit}}.log",
    benchmark:
        f"{BENCHMARKS}/probe_cosines/{{exhibit}}.tsv"
    wildcard_constraints:
        exhibit=match_any(list_exhibits("probe_cosines")),
    conda:
        "../../envs/nrg.yaml"
    threads: SUITE.threads
    resources:
        mem_mb=grow(SUITE.mem_mb),
        runtime=grow(SUITE.runtime),
        gpu=GPUS,
    params:
        code=hash_code("probe_cosines"),
        exhibit=lambda wildcards: drop_texts(CHOSEN[wildcards.exhibit]),
        models=lambda wildcards: [
            NETS[name] for name in CHOSEN[wildcards.exhibit].sources
        ],
        microbatch=MICROBATCH,
        seed=SETTINGS.seed,
    message:
        "Compare gradients for {wildcards.exhibit}"
    script:
        "../scripts/probe_cosines.py"


rule probe_copies:
    input:
        images=rules.select_evaluation_set.output.table,
        pixels=rules.select_evaluation_set.output.pixels,
        weights=lambda wildcards: list_weights(CHOSEN[wildcards.exhibit].sources),
        proofs=lambda wildcards: list_proofs(CHOSEN[wildcards.exhibit].sources),
    output:
        cosines=RESULTS["probes/{exhibit}_copies.parquet"],
    log:
        f"{LOGS}/probe_copies/{{exhibit}}.log",
    benchmark:
        f"{BENCHMARKS}/probe_copies/{{exhibit}}.tsv"
    wildcard_constraints:
        exhibit=match_any(list_exhibits("probe_copies")),
    conda:
        "../../envs/nrg.yaml"
    threads: SUITE.threads
    resources:
        mem_mb=grow(SUITE.mem_mb),
        runtime=grow(SUITE.runtime),
        gpu=GPUS,
    params:
        code=hash_code("probe_copies"),
        exhibit=lambda wildcards: drop_texts(CHOSEN[wildcards.exhibit]),
        models=lambda wildcards: [
            NETS[name] for name in CHOSEN[wildcards.exhibit].sources
        ],
        microbatch=MICROBATCH,
        seed=SETTINGS.seed,
    message:
        "Compare gradients at noisy copies for {wildcards.exhibit}"
    script:
        "../scripts/probe_copies.py"
