# snakemake compare --config other=CRATE: this run's results beside another run's. No rule depends on
# it, and it makes nothing else again.


rule compare:
    log:
        f"{LOGS}/compare.log",
    conda:
        "../../envs/nrg.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=20,
    params:
        page=RESULTS["compare.html"],
        other=OTHER,
        settings=track(SETTINGS),
        run=RUN,
    message:
        "Compare this run with {params.other}"
    script:
        "../scripts/compare.py"
