rule build_success_rates:
    input:
        images=rules.select_evaluation_set.output.table,
        accuracy=rules.select_evaluation_set.output.accuracy,
        predictions=lambda wildcards: paths_of(
            [CHOSEN[wildcards.exhibit]],
            f"{RESULTS}/predictions/{{source}}/{{job}}.parquet",
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
    log:
        f"{LOGS}/build_success_rates/{{exhibit}}.log",
    benchmark:
        f"{BENCHMARKS}/build_success_rates/{{exhibit}}.tsv"
    wildcard_constraints:
        exhibit=one_of(of_kind("matrix", "curves", "capacity")),
    conda:
        "../../envs/nrg.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        exhibit=lambda wildcards: tracked(CHOSEN[wildcards.exhibit]),
        suite=f"{SUITE.name}: {SUITE.title}",
        labels=LABELS,
    message:
        "Build {wildcards.exhibit}"
    script:
        "../scripts/build_success_rates.py"


rule build_mlp_table:
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
    log:
        f"{LOGS}/build_mlp_table/{{exhibit}}.log",
    benchmark:
        f"{BENCHMARKS}/build_mlp_table/{{exhibit}}.tsv"
    wildcard_constraints:
        exhibit=one_of(of_kind("mlps")),
    conda:
        "../../envs/nrg.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        exhibit=lambda wildcards: tracked(CHOSEN[wildcards.exhibit]),
        suite=f"{SUITE.name}: {SUITE.title}",
    message:
        "Build {wildcards.exhibit}"
    script:
        "../scripts/build_mlp_table.py"


rule build_destruction_rates:
    input:
        images=rules.select_evaluation_set.output.table,
        predictions=rules.score_transformed.output,
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
    log:
        f"{LOGS}/build_destruction_rates/{{exhibit}}.log",
    benchmark:
        f"{BENCHMARKS}/build_destruction_rates/{{exhibit}}.tsv"
    wildcard_constraints:
        exhibit=one_of(of_kind("destruction")),
    conda:
        "../../envs/nrg.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        exhibit=lambda wildcards: tracked(CHOSEN[wildcards.exhibit]),
        suite=f"{SUITE.name}: {SUITE.title}",
    message:
        "Build {wildcards.exhibit}"
    script:
        "../scripts/build_destruction_rates.py"


rule build_boundaries:
    input:
        maps=rules.probe_boundaries.output.maps,
        distances=rules.probe_boundaries.output.distances,
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
    log:
        f"{LOGS}/build_boundaries/{{exhibit}}.log",
    benchmark:
        f"{BENCHMARKS}/build_boundaries/{{exhibit}}.tsv"
    wildcard_constraints:
        exhibit=one_of(of_kind("boundaries")),
    conda:
        "../../envs/nrg.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        labels=LABELS,
        data=tracked(SUITE.data),
        exhibit=lambda wildcards: tracked(CHOSEN[wildcards.exhibit]),
        suite=f"{SUITE.name}: {SUITE.title}",
    message:
        "Build {wildcards.exhibit}"
    script:
        "../scripts/build_boundaries.py"


rule build_gradients:
    input:
        shares=rules.probe_gradients.output.shares,
        pictures=rules.probe_gradients.output.pictures,
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
    log:
        f"{LOGS}/build_gradients/{{exhibit}}.log",
    benchmark:
        f"{BENCHMARKS}/build_gradients/{{exhibit}}.tsv"
    wildcard_constraints:
        exhibit=one_of(of_kind("gradients")),
    conda:
        "../../envs/nrg.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        exhibit=lambda wildcards: tracked(CHOSEN[wildcards.exhibit]),
        suite=f"{SUITE.name}: {SUITE.title}",
    message:
        "Build {wildcards.exhibit}"
    script:
        "../scripts/build_gradients.py"


rule build_cosines:
    input:
        rules.probe_cosines.output,
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
    log:
        f"{LOGS}/build_cosines/{{exhibit}}.log",
    benchmark:
        f"{BENCHMARKS}/build_cosines/{{exhibit}}.tsv"
    wildcard_constraints:
        exhibit=one_of(of_kind("cosines")),
    conda:
        "../../envs/nrg.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        exhibit=lambda wildcards: tracked(CHOSEN[wildcards.exhibit]),
        suite=f"{SUITE.name}: {SUITE.title}",
    message:
        "Build {wildcards.exhibit}"
    script:
        "../scripts/build_cosines.py"


rule build_schematic:
    output:
        table=f"{RESULTS}/exhibits/{{exhibit}}.csv",
        figure=report(
            f"{RESULTS}/exhibits/{{exhibit}}.svg",
            caption="../../report/caption.rst",
            category="Pictures",
            labels={"exhibit": "{exhibit}"},
        ),
    log:
        f"{LOGS}/build_schematic/{{exhibit}}.log",
    benchmark:
        f"{BENCHMARKS}/build_schematic/{{exhibit}}.tsv"
    wildcard_constraints:
        exhibit=one_of(of_kind("schematic")),
    conda:
        "../../envs/nrg.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        exhibit=lambda wildcards: tracked(CHOSEN[wildcards.exhibit]),
        suite=f"{SUITE.name}: {SUITE.title}",
    message:
        "Draw {wildcards.exhibit}"
    script:
        "../scripts/build_schematic.py"
