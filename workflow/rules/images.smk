rule download_images:
    output:
        [DATA.images] if SUITE.data.downloaded_archive else [],
    log:
        f"{LOGS}/download_images.log",
    benchmark:
        f"{BENCHMARKS}/download_images/all.tsv"
    conda:
        "../../envs/nrg.yaml"
    threads: 1
    resources:
        mem_mb=grow(2000),
        runtime=grow(120),
    params:
        archive=track(SUITE.data.archive),
    message:
        "Download the images of the suite"
    script:
        "../scripts/download_images.py"


# The pixels of the candidates are deleted once every model has classified them.
rule read_images:
    input:
        rules.download_images.output,
    output:
        table=RESULTS["candidates.parquet"],
        pixels=temp(RESULTS["candidates.safetensors"]),
    log:
        f"{LOGS}/read_images.log",
    benchmark:
        f"{BENCHMARKS}/read_images/all.tsv"
    conda:
        "../../envs/nrg.yaml"
    threads: 4
    resources:
        mem_mb=grow(2000),
        runtime=grow(60),
    params:
        code=hash_code("read_images"),
        content=hash_content("workflow/resources/imagenet_classes.csv"),
        data=track(DATA),
        candidates=SUITE.candidates,
        seed=SETTINGS.seed,
        least=SUITE.evaluation_images,
        fingerprint=FINGERPRINT,
    message:
        "Read the images of the suite, in seeded order"
    script:
        "../scripts/read_images.py"


# Guests read images of their own, so that a guest that is added later changes no other job's input.
use rule read_images as read_guest_images with:
    output:
        table=temp(RESULTS["guest_candidates.parquet"]),
        pixels=temp(RESULTS["guest_candidates.safetensors"]),
    log:
        f"{LOGS}/read_guest_images.log",
    benchmark:
        f"{BENCHMARKS}/read_guest_images/all.tsv"
    message:
        "Read the images again, for models that do not choose the evaluation set"
