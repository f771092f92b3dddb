# The paper's claims, tested on the exhibits that this run builds.


rule judge_claims:
    input:
        unpack(files_of_claims),
        accuracy=rules.measure_accuracy.output[0],
    output:
        report(
            RESULTS["claims.json"],
            caption="../../report/claims.rst",
            category="Report",
            labels={"file": "the claims, as JSON"},
        ),
    log:
        f"{LOGS}/judge_claims.log",
    benchmark:
        f"{BENCHMARKS}/judge_claims/all.tsv"
    conda:
        "../../envs/nrg.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(10),
    params:
        code=code_of("judge_claims"),
        content=content_of(
            "workflow/resources/claims.yaml",
            "workflow/resources/reported_values.csv",
            *PAPERS_SETTING,
        ),
        exhibits=[unworded(exhibit)[0] for exhibit in claimed_exhibits()],
        pixel_scale=SUITE.pixel_scale,
        stand_ins=SUITE.list_stand_ins(load_suite("imagenet", {})),
    message:
        "Test what the paper says"
    script:
        "../scripts/judge_claims.py"
