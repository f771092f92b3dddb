rule build_exhibit:
    input:
        unpack(list_files_behind),
    output:
        table=report(
            RESULTS["exhibits/{exhibit}.csv"],
            caption="../../report/caption.rst",
            category=lambda wildcards: CHOSEN[wildcards.exhibit].group,
            labels=label_file("no"),
        ),
        outcomes=RESULTS["exhibits/{exhibit}.parquet"],
        figure=report(
            RESULTS["exhibits/{exhibit}.svg"],
            caption="../../report/caption.rst",
            category=lambda wildcards: CHOSEN[wildcards.exhibit].group,
            labels=label_file("yes"),
        ),
    log:
        f"{LOGS}/build_exhibit/{{exhibit}}.log",
    benchmark:
        f"{BENCHMARKS}/build_exhibit/{{exhibit}}.tsv"
    wildcard_constraints:
        exhibit=match_any(CHOSEN),
    conda:
        "../../envs/nrg.yaml"
    threads: 1
    resources:
        mem_mb=grow(2000),
        runtime=grow(10),
    params:
        code=hash_code("build_exhibit"),
        content=hash_content(
            "workflow/resources/claims.yaml",
            "workflow/resources/reported_values.csv",
            "workflow/resources/imagenet_classes.csv",
        ),
        exhibit=lambda wildcards: track(CHOSEN[wildcards.exhibit]),
        pixel_scale=SUITE.pixel_scale,
        suite=lambda wildcards: f"{SUITE.name}: {SUITE.title}",
        labels=LABELS,
        families={name: model.family for name, model in SUITE.zoo.items()},
        data=track(SUITE.data),
    message:
        "Build {wildcards.exhibit}"
    script:
        "../scripts/build_exhibit.py"
