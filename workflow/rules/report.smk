PAGE_FILES = sorted(
    path.relative_to(PROJECT).as_posix()
    for path in Path(PROJECT, "report").glob("**/*.*")
)
RUN = {
    "exhibits": list(CHOSEN.values()),
    "not_shown": NOT_SHOWN,
    "replicates": REPLICATES if list_exhibits("attack_mlps") else [],
    "results": RESULTS,
    "mlp_results": MLP_RESULTS,
    "benchmarks": Path(BENCHMARKS),
    "code": PROJECT,
    "command": write_command(),
    "forced_command": write_command("--force"),
    "configuration": dict(config),
    "files": GIVEN,
}


rule write_report:
    input:
        checked=rules.check_models.output,
        own_attacks=rules.try_own_attacks.output if OWN_ATTACKS else [],
        tables=expand(RESULTS["exhibits/{exhibit}.csv"], exhibit=CHOSEN),
        outcomes=expand(RESULTS["exhibits/{exhibit}.parquet"], exhibit=CHOSEN),
        figures=expand(RESULTS["exhibits/{exhibit}.svg"], exhibit=CHOSEN),
        images=rules.select_evaluation_set.output.table,
        pixels=rules.select_evaluation_set.output.pixels,
        accuracy=rules.measure_accuracy.output,
        claims=rules.judge_claims.output[0],
        replicates=list_replicate_files(),
        weights=list_weights(SUITE.zoo),
        predictions=list_predictions(CHOSEN.values()),
        effects=list_job_paths(CHOSEN.values(), RESULTS["effects/{source}/{job}.csv"]),
        samples=list_job_paths(
            CHOSEN.values(), RESULTS["samples/{source}/{job}.safetensors"]
        ),
        maps=expand(
            rules.probe_boundaries.output.maps,
            exhibit=list_exhibits("probe_boundaries"),
        ),
        mlp_effects=(
            expand(MLP_RESULTS["mlp_effects/{replicate}.csv"], replicate=REPLICATES)
            if list_exhibits("attack_mlps")
            else []
        ),
    output:
        page=report(
            RESULTS["report.html"],
            caption="../../report/page.rst",
            category="Report",
            labels={"file": "the whole report, as one page"},
        ),
        crate=RESULTS["report.crate.zip"],
    log:
        f"{LOGS}/write_report.log",
    benchmark:
        f"{BENCHMARKS}/write_report/all.tsv"
    conda:
        "../../envs/nrg.yaml"
    threads: 1
    resources:
        mem_mb=grow(2000),
        runtime=grow(10),
    params:
        code=hash_code("write_report"),
        content=hash_content(
            "workflow/resources/attacks.yaml",
            "workflow/resources/captions.yaml",
            "workflow/resources/claims.yaml",
            "workflow/resources/choices.yaml",
            "workflow/resources/glossary.yaml",
            "workflow/resources/imagenet_classes.csv",
            "workflow/resources/reported_values.csv",
            *PAPERS_SETTING,
            *PAGE_FILES,
        ),
        settings=track(SETTINGS),
        run=RUN,
    message:
        "Write the report"
    script:
        "../scripts/write_report.py"


# The report of the results that exist, after a run that broke off or built some exhibits.
rule partial_report:
    log:
        f"{LOGS}/partial_report.log",
    conda:
        "../../envs/nrg.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        page=RESULTS["partial_report.html"],
        settings=track(SETTINGS),
        run=RUN,
    message:
        "Write a report of the exhibits that exist"
    script:
        "../scripts/partial_report.py"
