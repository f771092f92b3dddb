rule write_report:
    input:
        checked=rules.check_models.output,
        template=f"{workflow.basedir}/report/report.html.j2",
        tables=expand(f"{RESULTS}/exhibits/{{exhibit}}.csv", exhibit=CHOSEN),
        figures=expand(f"{RESULTS}/exhibits/{{exhibit}}.svg", exhibit=CHOSEN),
        images=rules.select_evaluation_set.output.table,
        pixels=rules.select_evaluation_set.output.pixels,
        accuracy=rules.measure_accuracy.output,
        weights=expand(f"{RESULTS}/models/{{model}}.safetensors", model=SUITE.zoo),
        effects=paths_of(CHOSEN.values(), f"{RESULTS}/effects/{{source}}/{{job}}.csv"),
        samples=paths_of(
            CHOSEN.values(), f"{RESULTS}/samples/{{source}}/{{job}}.safetensors"
        ),
        mlp_effects=(
            expand(rules.attack_mlps.output.effects, replicate=REPLICATES)
            if of_kind("mlps")
            else []
        ),
    output:
        f"{RESULTS}/report.html",
    log:
        f"{LOGS}/write_report.log",
    benchmark:
        f"{BENCHMARKS}/write_report/all.tsv"
    conda:
        "../../envs/nrg.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        code=code_of("write_report"),
        exhibits=list(CHOSEN.values()),
        not_shown=NOT_SHOWN,
        settings=tracked(SETTINGS),
        jobs=JOB_OF,
        results=lambda wildcards, output: Path(output[0]).parent,
        benchmarks=BENCHMARKS,
    message:
        "Write the report"
    script:
        "../scripts/write_report.py"
