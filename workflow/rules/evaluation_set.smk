rule select_evaluation_set:
    input:
        images=rules.read_images.output.table,
        pixels=rules.read_images.output.pixels,
        clean=list_clean_predictions(SUITE.joint),
    output:
        table=RESULTS["evaluation_set.parquet"],
        pixels=RESULTS["evaluation_set.safetensors"],
    log:
        f"{LOGS}/select_evaluation_set.log",
    benchmark:
        f"{BENCHMARKS}/select_evaluation_set/all.tsv"
    conda:
        "../../envs/nrg.yaml"
    threads: 1
    resources:
        mem_mb=grow(2000),
        runtime=grow(10),
    params:
        code=hash_code("select_evaluation_set"),
        models=list(SUITE.joint),
        evaluation_images=SUITE.evaluation_images,
        subset_images=SUITE.subset_images,
        data=track(SUITE.data),
        seed=SETTINGS.seed,
        wanted=list_wanted_images(EXHIBITS.values()),
    message:
        "Select the images that all models classify correctly"
    script:
        "../scripts/select_evaluation_set.py"


rule measure_accuracy:
    input:
        images=rules.read_images.output.table,
        clean=list_clean_predictions(SUITE.networks),
        weights=list_weights(SUITE.networks),
    output:
        RESULTS["clean_accuracy.csv"],
    log:
        f"{LOGS}/measure_accuracy.log",
    benchmark:
        f"{BENCHMARKS}/measure_accuracy/all.tsv"
    conda:
        "../../envs/nrg.yaml"
    threads: 1
    resources:
        mem_mb=grow(1000),
        runtime=grow(10),
    params:
        code=hash_code("measure_accuracy"),
        models=list(SUITE.networks.values()),
    message:
        "Measure every model's accuracy on the clean images"
    script:
        "../scripts/measure_accuracy.py"
