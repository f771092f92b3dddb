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
        models=[NETS[model] for model in SUITE.networks],
        sources=SOURCES,
        data=track(SUITE.data),
        places=INVITING,
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
        model=match_any(
            m.name
            for m in SUITE.zoo.values()
            if m.weights == "trained" and m.name in ALONE
        ),
    conda:
        "../../envs/nrg.yaml"
    threads: SUITE.threads
    resources:
        mem_mb=grow(SUITE.mem_mb),
        runtime=grow(SUITE.runtime),
        gpu=GPUS,
        processes=1,
    params:
        code=hash_code("train_model"),
        models=lambda wildcards: [NETS[wildcards.model]],
        data=track(SUITE.data),
        recipes=lambda wildcards: [SUITE.zoo[wildcards.model].training],
        seed=SETTINGS.seed + SETTINGS.zoo_seed,
    message:
        "Train {wildcards.model}"
    script:
        "../scripts/train_model.py"


# In a small suite most of the time of such a job would be spent on starting Python and torch.
use rule train_model as train_zoo with:
    output:
        list_weights(TOGETHER),
    log:
        f"{LOGS}/train_zoo.log",
    benchmark:
        f"{BENCHMARKS}/train_zoo/all.tsv"
    threads: share_threads(SUITE, TOGETHER)
    resources:
        mem_mb=share_memory(SUITE, TOGETHER),
        runtime=grow(SUITE.runtime),
        gpu=GPUS,
        processes=lambda wildcards: count_processes(SUITE, TOGETHER),
    params:
        models=[NETS[model] for model in TOGETHER],
        recipes=[SUITE.zoo[model].training for model in TOGETHER],
    message:
        f"Train the {len(TOGETHER)} networks of the zoo"


use rule train_zoo as train_guests with:
    output:
        list_weights(GUESTS_TOGETHER),
    log:
        f"{LOGS}/train_guests.log",
    benchmark:
        f"{BENCHMARKS}/train_guests/all.tsv"
    threads: share_threads(SUITE, GUESTS_TOGETHER)
    resources:
        mem_mb=share_memory(SUITE, GUESTS_TOGETHER),
        runtime=grow(SUITE.runtime),
        gpu=GPUS,
        processes=lambda wildcards: count_processes(SUITE, GUESTS_TOGETHER),
    params:
        models=[NETS[model] for model in GUESTS_TOGETHER],
        recipes=[SUITE.zoo[model].training for model in GUESTS_TOGETHER],
    message:
        f"Train {len(GUESTS_TOGETHER)} guests of the zoo"


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
        model=match_any(
            m.name for m in SUITE.networks.values() if m.weights != "trained"
        ),
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
        weights=[RESULTS["models/{model}.safetensors"]],
    output:
        clean=[RESULTS["clean_predictions/{model}.parquet"]],
        proofs=[RESULTS["models/{model}.proof.json"]],
    log:
        f"{LOGS}/predict_clean/{{model}}.log",
    benchmark:
        f"{BENCHMARKS}/predict_clean/{{model}}.tsv"
    wildcard_constraints:
        model=match_any(ALONE),
    conda:
        "../../envs/nrg.yaml"
    threads: SUITE.threads
    resources:
        mem_mb=grow(SUITE.mem_mb),
        runtime=grow(SUITE.runtime),
        gpu=GPUS,
        processes=1,
    params:
        code=hash_code("predict_clean"),
        models=lambda wildcards: [NETS[wildcards.model]],
        microbatch=MICROBATCH,
        precision=SETTINGS.precision,
    message:
        "Classify the clean images by {wildcards.model}"
    script:
        "../scripts/predict_clean.py"


use rule predict_clean as predict_clean_by_zoo with:
    input:
        images=rules.read_images.output.table,
        pixels=rules.read_images.output.pixels,
        weights=list_weights(TOGETHER),
    output:
        clean=list_clean_predictions(TOGETHER),
        proofs=list_proofs(TOGETHER),
    log:
        f"{LOGS}/predict_clean_by_zoo.log",
    benchmark:
        f"{BENCHMARKS}/predict_clean_by_zoo/all.tsv"
    threads: share_threads(SUITE, TOGETHER)
    resources:
        mem_mb=share_memory(SUITE, TOGETHER),
        runtime=grow(SUITE.runtime),
        gpu=GPUS,
        processes=lambda wildcards: count_processes(SUITE, TOGETHER),
    params:
        models=[NETS[model] for model in TOGETHER],
    message:
        f"Classify the clean images by the {len(TOGETHER)} networks of the zoo"


use rule predict_clean_by_zoo as predict_clean_by_guests with:
    input:
        images=rules.read_guest_images.output.table,
        pixels=rules.read_guest_images.output.pixels,
        weights=list_weights(GUESTS_TOGETHER),
    output:
        clean=list_clean_predictions(GUESTS_TOGETHER),
        proofs=list_proofs(GUESTS_TOGETHER),
    log:
        f"{LOGS}/predict_clean_by_guests.log",
    benchmark:
        f"{BENCHMARKS}/predict_clean_by_guests/all.tsv"
    threads: share_threads(SUITE, GUESTS_TOGETHER)
    resources:
        mem_mb=share_memory(SUITE, GUESTS_TOGETHER),
        runtime=grow(SUITE.runtime),
        gpu=GPUS,
        processes=lambda wildcards: count_processes(SUITE, GUESTS_TOGETHER),
    params:
        models=[NETS[model] for model in GUESTS_TOGETHER],
    message:
        f"Classify the clean images by {len(GUESTS_TOGETHER)} guests of the zoo"
