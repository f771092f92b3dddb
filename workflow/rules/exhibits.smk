def files_behind(wildcards):
    """What an exhibit's numbers and picture are made from, by what the files hold."""
    exhibit = CHOSEN[wildcards.exhibit]
    table = rules.select_evaluation_set.output.table
    match exhibit.kind:
        case "matrix" | "curves":
            return {"images": table, "predictions": predictions_of([exhibit])}
        case "capacity":
            return {
                "images": table,
                "predictions": predictions_of([exhibit]),
                "accuracy": rules.measure_accuracy.output[0],
            }
        case "destruction":
            return {"images": table, "predictions": rules.score_transformed.output[0]}
        case "boundaries":
            return dict(rules.probe_boundaries.output.items())
        case "gradients":
            return dict(rules.probe_gradients.output.items())
        case "cosines":
            return {"cosines": rules.probe_cosines.output[0]}
        case "mlps":
            predictions = rules.attack_mlps.output.predictions
            return {"predictions": expand(predictions, replicate=REPLICATES)}
        case "image":
            pixels = rules.select_evaluation_set.output.pixels
            return {"images": table, "pixels": pixels}
        case "schematic":
            return {}


rule build_exhibit:
    input:
        unpack(files_behind),
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
        f"{LOGS}/build_exhibit/{{exhibit}}.log",
    benchmark:
        f"{BENCHMARKS}/build_exhibit/{{exhibit}}.tsv"
    wildcard_constraints:
        exhibit=one_of(CHOSEN),
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
        data=tracked(SUITE.data),
    message:
        "Build {wildcards.exhibit}"
    script:
        "../scripts/build_exhibit.py"
