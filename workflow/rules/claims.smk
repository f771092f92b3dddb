# The paper's claims, tested on the exhibits that this run builds.


rule judge_claims:
    input:
        unpack(list_claim_files),
        accuracy=rules.measure_accuracy.output[0],
    output:
        RESULTS["claims.json"],
    log:
        f"{LOGS}/judge_claims.log",
    benchmark:
        f"{BENCHMARKS}/judge_claims/all.tsv"
    conda:
        "../../envs/nrg.yaml"
    threads: 1
    resources:
        mem_mb=grow(4000),
        runtime=grow(10),
    params:
        code=hash_code("judge_claims"),
        content=hash_content(
            "workflow/resources/attacks.yaml",
            "workflow/resources/claims.yaml",
            "workflow/resources/reported_values.csv",
            *PAPERS_SETTING,
        ),
        exhibits=[drop_texts(exhibit)[0] for exhibit in list_claimed_exhibits()],
        pixel_scale=SUITE.pixel_scale,
        stand_ins=SUITE.list_stand_ins(load_suite("imagenet", {})),
    message:
        "Test what the paper says"
    script:
        "../scripts/judge_claims.py"
