rule read_images:
    output:
        table=f"{RESULTS}/candidates.parquet",
        pixels=temp(f"{RESULTS}/candidates.safetensors"),
    log:
        f"{LOGS}/read_images.log",
    benchmark:
        f"{BENCHMARKS}/read_images/all.tsv"
    conda:
        "../../envs/nrg.yaml"
    threads: 4
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        data=tracked(SUITE.data),
        candidates=SUITE.candidates,
        seed=SETTINGS.seed,
        least=SUITE.evaluation_images,
        fingerprint=FINGERPRINT,
    message:
        "Read the images of the suite, in seeded order"
    script:
        "../scripts/read_images.py"
