rule build_matrix:
    message:
        "Build {wildcards.exhibit}"
    input:
        images=rules.select_evaluation_set.output.table,
        predictions=lambda wildcards: paths_of(
            [CHOSEN[wildcards.exhibit]], "predictions/{source}/{job}.parquet"
        ),
    output:
        table=report(
            f"{RESULTS}/exhibits/{{exhibit}}.csv",
            caption="../../report/caption.rst",
            category="Numbers",
            labels={"exhibit": "{exhibit}"},
        ),
        figure=report(
            f"{RESULTS}/exhibits/{{exhibit}}.svg",
            caption="../../report/caption.rst",
            category="Pictures",
            labels={"exhibit": "{exhibit}"},
        ),
    params:
        exhibit=lambda wildcards: CHOSEN[wildcards.exhibit],
        labels={model.name: model.label for model in SUITE.zoo.values()},
    wildcard_constraints:
        exhibit=one_of(MATRICES),
    log:
        f"{LOGS}/build_matrix/{{exhibit}}.log",
    benchmark:
        f"{BENCHMARKS}/build_matrix/{{exhibit}}.tsv"
    conda:
        "../../envs/nrg.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    script:
        "../scripts/build_matrix.py"


rule build_mlp_table:
    message:
        "Build {wildcards.exhibit}"
    input:
        expand(rules.attack_mlps.output.predictions, replicate=REPLICATES),
    output:
        table=report(
            f"{RESULTS}/exhibits/{{exhibit}}.csv",
            caption="../../report/caption.rst",
            category="Numbers",
            labels={"exhibit": "{exhibit}"},
        ),
        figure=report(
            f"{RESULTS}/exhibits/{{exhibit}}.svg",
            caption="../../report/caption.rst",
            category="Pictures",
            labels={"exhibit": "{exhibit}"},
        ),
    params:
        exhibit=lambda wildcards: CHOSEN[wildcards.exhibit],
    wildcard_constraints:
        exhibit=one_of(MLP_TABLES),
    log:
        f"{LOGS}/build_mlp_table/{{exhibit}}.log",
    benchmark:
        f"{BENCHMARKS}/build_mlp_table/{{exhibit}}.tsv"
    conda:
        "../../envs/nrg.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    script:
        "../scripts/build_mlp_table.py"
