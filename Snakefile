# Enhancing the Transferability of Adversarial Examples with Noise Reduced Gradient:
# images and classifiers -> evaluation set -> adversarial sets -> predictions -> exhibits -> report.

from snakemake.utils import min_version

min_version("9.0")


configfile: f"{workflow.current_basedir}/config.yaml"


report: "report/workflow.rst"


include: "workflow/rules/common.smk"
include: "workflow/rules/inputs.smk"
include: "workflow/rules/images.smk"
include: "workflow/rules/models.smk"
include: "workflow/rules/evaluation_set.smk"
include: "workflow/rules/attacks.smk"
include: "workflow/rules/predictions.smk"
include: "workflow/rules/probes.smk"
include: "workflow/rules/mlps.smk"
include: "workflow/rules/exhibits.smk"
include: "workflow/rules/claims.smk"
include: "workflow/rules/replicates.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/compare.smk"
include: "workflow/rules/plan.smk"
include: "workflow/rules/start.smk"


PROMISED = list_promised_files()


# On a cluster these take seconds, or need the network, and run where the workflow was started.
localrules:
    all,
    build_exhibit,
    check_models,
    compare,
    compare_replicates,
    download_images,
    download_mnist,
    fetch_weights,
    measure_accuracy,
    partial_report,
    select_evaluation_set,
    judge_claims,
    write_report,


rule all:
    default_target: True
    input:
        PROMISED,
    message:
        f"{len(PROMISED)} files in {RESULTS.folder}"


onstart:
    begin()


onsuccess:
    if Path(RESULTS["report.html"]).exists():
        print(f"The report: {RESULTS['report.html']}")
