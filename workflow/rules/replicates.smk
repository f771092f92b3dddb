# The same suite on zoos that are trained anew. Each is a run of its own, in a folder of results of its
# own, so that its jobs are no jobs of this run.

# Their jobs start Snakemake as it runs here, also if the script runs in another environment.
os.environ[SNAKEMAKE] = shlex.join(
    [sys.executable, "-m", "snakemake", "--snakefile", f"{PROJECT}/Snakefile"]
    + ["--profile", "none", "--workflow-profile", f"{PROJECT}/profiles/default"]
    + [
        f"--software-deployment-method={method}"
        for method in workflow.deployment_settings.deployment_method
    ]
)


rule run_zoo_replicate:
    input:
        # Whatever makes the claims of this run again makes those of every zoo again.
        rules.judge_claims.output,
    output:
        RESULTS["zoo_replicates/{zoo_seed}.json"],
    log:
        f"{LOGS}/run_zoo_replicate/{{zoo_seed}}.log",
        snakemake=f"{LOGS}/run_zoo_replicate/{{zoo_seed}}.snakemake.log",
    benchmark:
        f"{BENCHMARKS}/run_zoo_replicate/{{zoo_seed}}.tsv"
    wildcard_constraints:
        zoo_seed=match_any(map(str, list_zoo_seeds(SETTINGS))),
    conda:
        "../../envs/nrg.yaml"
    threads: lambda wildcards: choose_limit(read_limit("_cores") or 1, SUITE.threads)
    resources:
        mem_mb=lambda wildcards, threads, attempt: (
            attempt * SUITE.mem_mb * max(1, threads // SUITE.threads)
        ),
        runtime=grow(24 * 60),
        gpu=lambda wildcards: GPUS and choose_limit(max(1, count_gpus_at_once()), 1),
    params:
        code=hash_code("run_zoo_replicate"),
        name=lambda wildcards: name_replicate(SETTINGS, wildcards.zoo_seed),
        configuration=lambda wildcards: configuration_words(
            config | configure_replicate(SETTINGS, REPLICATED, wildcards.zoo_seed),
            BASE,
            GIVEN,
        ),
    message:
        "Run the tables on zoo {wildcards.zoo_seed}, which is trained anew"
    script:
        "../scripts/run_zoo_replicate.py"


rule compare_replicates:
    input:
        own=rules.judge_claims.output[0],
        others=expand(rules.run_zoo_replicate.output, zoo_seed=list_zoo_seeds(SETTINGS)),
    output:
        RESULTS["replicates.json"],
    log:
        f"{LOGS}/compare_replicates.log",
    benchmark:
        f"{BENCHMARKS}/compare_replicates/all.tsv"
    conda:
        "../../envs/nrg.yaml"
    threads: 1
    resources:
        mem_mb=grow(1000),
        runtime=grow(10),
    params:
        code=hash_code("compare_replicates"),
        content=hash_content("workflow/resources/claims.yaml"),
        zoo_seeds=[SETTINGS.zoo_seed, *list_zoo_seeds(SETTINGS)],
        built=list(CHOSEN),
        replicated=[exhibit.name for exhibit in REPLICATED],
    message:
        "Compare what was found on every zoo"
    script:
        "../scripts/compare_replicates.py"
