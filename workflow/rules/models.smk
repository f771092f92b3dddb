# The first job, and an input of the report alone: models that are added later rerun no other job.
rule check_models:
    output:
        RESULTS["models/checked.csv"],
    log:
        f"{LOGS}/check_models.log",
    benchmark:
        f"{BENCHMARKS}/check_models/all.tsv"
    priority: 1
    conda:
        "../../envs/nrg.yaml"
    threads: 1
    resources:
        mem_mb=grow(4000),
        runtime=grow(10),
    params:
        code=hash_code("check_models"),
        models=list(NETS.values()),
        sources=SOURCES,
        data=track(SUITE.data),
    message:
        "Build every model of the zoo once, and see that it takes the suite's images"
    script:
        "../scripts/check_models.py"


rule train_model:
    output:
        RESULTS["models/{model}.safetensors"],
    log:
        f"{LOGS}/train_model/{{model}}.log",
    benchmark:
        f"{BENCHMARKS}/train_model/{{model}}.tsv"
    wildcard_constraints:
        model=match_any(m.name for m in SUITE.zoo.values() if m.weights == "trained"),
    conda:
        "../../envs/nrg.yaml"
    threads: SUITE.threads
    resources:
        mem_mb=grow(SUITE.mem_mb),
        runtime=grow(SUITE.runtime),
        gpu=GPUS,
    params:
        code=hash_code("train_model"),
        model=lambda wildcards: track(NETS[wildcards.model]),
        data=track(SUITE.data),
        recipe=track(SUITE.training),
        seed=SETTINGS.seed + SETTINGS.zoo_seed,
    message:
        "Train {wildcards.model}"
    script:
        "../scripts/train_model.py"


rule fetch_weights:
    input:
        lambda wildcards: WEIGHT_FILES.get(wildcards.model, []),
    output:
        RESULTS["models/{model}.safetensors"],
    log:
        f"{LOGS}/fetch_weights/{{model}}.log",
    benchmark:
        f"{BENCHMARKS}/fetch_weights/{{model}}.tsv"
    wildcard_constraints:
        model=match_any(m.name for m in SUITE.zoo.values() if m.weights != "trained"),
    conda:
        "../../envs/nrg.yaml"
    threads: 1
    resources:
        mem_mb=grow(2000),
        runtime=grow(30),
    params:
        code=hash_code("fetch_weights"),
        file=lambda wildcards: identify_file(WEIGHT_FILES.get(wildcards.model)),
        model=lambda wildcards: track(NETS[wildcards.model]),
        data=track(SUITE.data),
    message:
        "Fetch and check the weights of {wildcards.model}"
    script:
        "../scripts/fetch_weights.py"


rule predict_clean:
    input:
        images=lambda wildcards: find_candidates(wildcards.model).table,
        pixels=lambda wildcards: find_candidates(wildcards.model).pixels,
        weights=RESULTS["models/{model}.safetensors"],
    output:
        clean=RESULTS["clean_predictions/{model}.parquet"],
        proof=RESULTS["models/{model}.proof.json"],
    log:
        f"{LOGS}/predict_clean/{{model}}.log",
    benchmark:
        f"{BENCHMARKS}/predict_clean/{{model}}.tsv"
    conda:
        "../../envs/nrg.yaml"
    threads: SUITE.threads
    resources:
        mem_mb=grow(SUITE.mem_mb),
        runtime=grow(SUITE.runtime),
        gpu=GPUS,
    params:
        code=hash_code("predict_clean"),
        model=lambda wildcards: track(NETS[wildcards.model]),
        microbatch=MICROBATCH,
        precision=SETTINGS.precision,
    message:
        "Classify the clean images by {wildcards.model}"
    script:
        "../scripts/predict_clean.py"
