# What all rules share: the settings, and the jobs that follow from them.

import os
import re
import shlex
import sys
from collections import ChainMap
from dataclasses import replace
from functools import cache
from pathlib import Path

from snakemake.exceptions import WorkflowError

# The folder of the project, from wherever another workflow may import this one.
PROJECT = Path(str(workflow.current_basedir)).parents[1]
if {*"{}"} & {*str(PROJECT)}:
    raise WorkflowError(
        f"{PROJECT}: Snakemake reads braces in the project's path as wildcards; move it"
    )

# The package is on the path of this process and of every job, wherever it runs. Jobs take nothing
# else from their environment: no locale, no display, and no module of the folder of the run in place
# of a library's (the user's own models are searched for there last of all).
PACKAGE = str(PROJECT / "workflow")
if PACKAGE not in sys.path:
    sys.path.insert(0, PACKAGE)
# What the user put on the path. An empty part, as in PYTHONPATH=:/lib, would be the folder of the run.
GIVEN_PATH = [
    folder
    for folder in os.environ.get("PYTHONPATH", "").split(os.pathsep)
    if folder not in ("", PACKAGE)
]
os.environ |= {"PYTHONPATH": os.pathsep.join((PACKAGE, *GIVEN_PATH))}
os.environ |= {"PYTHONSAFEPATH": "1", "PYTHONUTF8": "1", "MPLBACKEND": "svg"}
for surrounding in (
    "PYTHONSTARTUP",
    "PYTHONOPTIMIZE",
    "PYTHONINSPECT",
    "PYTHONWARNINGS",
):
    os.environ.pop(surrounding, None)

from nrg.base.code_hash import hash_script
from nrg.base.devices import count_gpus, visible_gpus
from nrg.base.errors import UserError
from nrg.base.factory_files import hash_own_code
from nrg.base.files import file_sha256
from nrg.base.locks import check_run, lock_folder, name_run
from nrg.base.yaml_files import read_yaml
from nrg.data.dataset_size import measure_data_set
from nrg.data.user_files import MNIST_FILES, fingerprint
from nrg.data.weight_files import find_weight_files, identify_file
from nrg.plan.estimate import check_disk
from nrg.plan.tasks import plan_tasks
from nrg.report.brief import describe_findings
from nrg.report.command import AS_RUN, SNAKEMAKE, command_line, configuration_words
from nrg.study.crafting_jobs import cut_shards, list_jobs, plan_crafting, plan_scoring
from nrg.study.defences import model_behind
from nrg.study.exhibits import choose_exhibits, label_sources, list_asked_exhibits
from nrg.study.exhibits import list_wanted_images, load_exhibits
from nrg.study.guests import invite_guests, name_inviting_exhibits, plan_guest_scoring
from nrg.study.kinds import PREDICTIONS
from nrg.study.result_paths import DOWNLOADS, MNIST_DOWNLOAD, suite_results
from nrg.study.results_owner import check_makers, write_makers
from nrg.study.settings import check_words, load_settings, load_suite
from nrg.study.sources import list_members, weigh_members
from nrg.study.zoo_replicates import choose_replicated, configure_replicate
from nrg.study.zoo_replicates import list_zoo_seeds, name_replicate

# The files and words that say what to run. Those of an importing workflow are not known.
IMPORTED = not workflow.modifier.is_main_snakefile()
GIVEN = [] if IMPORTED else list(map(os.path.relpath, workflow.overwrite_configfiles))
WORDS = {} if IMPORTED else workflow.config_settings.config or {}

# Whatever run this one is compared with, its own results are the same.
OTHER = str(config.pop("other", ""))

try:
    FILES = [PROJECT / "config.yaml", *map(Path, GIVEN)]
    BASE = ChainMap(*map(read_yaml, reversed(FILES)))
    SETTINGS = load_settings(config, words=WORDS)
    check_makers(SETTINGS)
    EXHIBITS = load_exhibits(SETTINGS.suite)
    CHOSEN = {exhibit.name: exhibit for exhibit in choose_exhibits(EXHIBITS, SETTINGS)}
    SETTINGS = invite_guests(SETTINGS, CHOSEN.values())
    REPLICATED = choose_replicated(CHOSEN.values(), SETTINGS)
    NOT_SHOWN = [
        e for e in list_asked_exhibits(EXHIBITS, SETTINGS) if e.name not in CHOSEN
    ]
    FINGERPRINT = fingerprint(SETTINGS.suite.data)
    MLP_FINGERPRINT = SETTINGS.companion and fingerprint(SETTINGS.companion.data)
    WEIGHT_FILES = find_weight_files(SETTINGS.suite)
except UserError as error:
    raise WorkflowError(str(error)) from None

SUITE = SETTINGS.suite
# The zoo without labels and families, because a change of these computes nothing again, and without
# the recipes of its training, which matter to the weights alone.
NETS = {
    n: replace(model, label="", remark="", family="", training=None)
    for n, model in SUITE.zoo.items()
}
# The paper's own setting, with which a run is compared.
PAPERS_SETTING = (
    "workflow/exhibits.yaml",
    "workflow/suites/imagenet.yaml",
    "workflow/suites/mnist.yaml",
)
DATA = SUITE.data
if DATA.downloaded_archive:
    DATA = replace(DATA, images=f"{DOWNLOADS}/{DATA.archive.name}")
COMPANION = SETTINGS.companion or SUITE
MLP_DATA = COMPANION.data
if MLP_DATA.downloads_mnist:
    MLP_DATA = replace(MLP_DATA, images=MNIST_DOWNLOAD)
RESULTS = suite_results(SUITE.name)
MLP_RESULTS = suite_results(COMPANION.name)
LOGS = f"logs/{SUITE.name}"
BENCHMARKS = f"benchmarks/{SUITE.name}"
GPUS = count_gpus(SETTINGS.device)
MICROBATCH = SUITE.gpu_microbatch if GPUS else SUITE.microbatch

JOB_OF = plan_crafting(EXHIBITS.values(), SUITE.jobs)
JOBS = {(job.source, job.name): job for job in JOB_OF.values()}
SCORING = plan_scoring(EXHIBITS.values(), JOB_OF, SUITE.joint)
GUEST_SCORING = plan_guest_scoring(CHOSEN.values(), JOB_OF, SUITE)
SOURCES = sorted({model for source, _ in JOBS for model in list_members(source)})
# Where attacks are named, for messages: by exhibit and method. Snakemake does not track this type, so
# that another name makes nothing again.
PLACES = ChainMap(
    {
        method.attack.name: f"{exhibit.name}.{method.name}"
        for exhibit in (*EXHIBITS.values(), *CHOSEN.values())
        for method in exhibit.methods
    }
)
# The attacks of the chosen exhibits that are made of functions of the user's own, with what to call each.
OWN_ATTACKS = {
    method.attack: f"{exhibit.name}.{method.name}"
    for exhibit in CHOSEN.values()
    for method in exhibit.methods
    if method.attack.own_functions
}
# The exhibits that brought each guest, for messages, likewise.
INVITING = ChainMap(name_inviting_exhibits(SUITE, CHOSEN.values()))
LABELS = label_sources(CHOSEN.values(), SUITE)
REPLICATES = list(COMPANION.mlps.replicates) if COMPANION.mlps else []
# Models that one job trains, and one classifies the clean images by; the others have jobs of their own.
TOGETHER = list(SUITE.together)
GUESTS_TOGETHER = list(SUITE.guests_together)
SCORED_ALONE = [n for n in SUITE.guests if n not in SUITE.scored_together]
ALONE = [n for n in SUITE.networks if n not in (*TOGETHER, *GUESTS_TOGETHER)]
MLPS_TOGETHER = REPLICATES if COMPANION.jobs == "source" else []
OUTER = ["--snakefile", os.path.relpath(str(workflow.main_snakefile))]


def write_command(*options):
    """The command that runs all of this, with more options."""
    cores = ["--cores", "all", *options]
    if IMPORTED:
        return command_line({}, {}, options=[*OUTER, *cores])
    return command_line(config, BASE, GIVEN, cores)


def list_exhibits(rule):
    """Names of the chosen exhibits whose numbers this rule makes."""
    return [name for name in CHOSEN if CHOSEN[name].kind.rule == rule]


def label_file(picture):
    """The labels of an exhibit's files in Snakemake's own report, which shows what says "yes" first.

    Args:
        picture: "yes" for the picture, "no" for the numbers.
    """

    def labels(wildcards):
        exhibit = CHOSEN[wildcards.exhibit]
        title = (
            exhibit.title if exhibit.reading else f"{exhibit.number}: {exhibit.title}"
        )
        return {"exhibit": title, "picture": picture}

    return labels


def drop_texts(exhibit):
    """An exhibit without its texts, because a change of these computes nothing again."""
    return track(replace(exhibit, title="", setting=""))


def track(value):
    """A parameter in a list, because Snakemake notices changes of builtin types only."""
    return [value]


# Each job of a rule asks for the hash of its script, and there may be thousands of jobs.
hash_script_once = cache(hash_script)


def hash_code(script, attacks=()):
    """A hash of the code that a script runs: other code runs the script again.

    Args:
        attacks: those that the script crafts, which may be made of functions of the user's own.
    """
    own = hash_own_code(name for attack in attacks for name in attack.own_functions)
    return "-".join([hash_script_once(PROJECT / f"workflow/scripts/{script}.py"), *own])


def hash_content(*files):
    """Hashes of files of the project that a script reads: other content runs the script again."""
    return {file: file_sha256(PROJECT / file) for file in files}


def grow(amount):
    """A resource of which a job asks more each time it is tried again."""
    return lambda wildcards, attempt: attempt * amount


def count_processes(suite, networks):
    """Processes among which a job divides its networks; a GPU, or a job of a cluster, has one."""
    divided = workflow.local_exec and not workflow.remote_exec and not GPUS
    cores = read_limit("_cores") or 1
    return max(1, min(len(networks), cores // suite.threads)) if divided else 1


def share_threads(suite, networks):
    """The threads of a job that divides these networks among processes."""
    return lambda wildcards: suite.threads * count_processes(suite, networks)


def share_memory(suite, networks):
    """The memory that such a job asks for, more each time it is tried again."""
    return lambda wildcards, attempt: (
        attempt * suite.mem_mb * count_processes(suite, networks)
    )


def limit_batch(which):
    """The images that a crafting job takes at once: on a CPU no more than there are to attack.

    On a GPU the rest of a batch is filled with noisy copies at hardly any cost; on a CPU each row
    of a batch takes time.
    """
    return MICROBATCH if GPUS else min(MICROBATCH, SUITE.count_images(which))


def keep_if_asked(path):
    """An adversarial set, which is deleted after use unless the user wants to keep it."""
    return path if SETTINGS.keep_adversarial_sets else temp(path)


def read_limit(resource):
    """How much of a resource all jobs together may use; None without a limit."""
    return workflow.global_resources.get(resource).value


def choose_limit(of_run, of_job):
    """What a replicate may use: all that this run may, but on a cluster what one of its jobs may."""
    return of_run if workflow.local_exec and not workflow.remote_exec else of_job


def count_gpus_at_once():
    limit = read_limit("gpu")
    return len(visible_gpus()) if limit is None else min(limit, len(visible_gpus()))


def describe_run():
    """What was found, for report/workflow.rst, which calls it when Snakemake writes its report."""
    return describe_findings(Path(RESULTS["claims.json"]))


def match_any(names):
    """A wildcard constraint that allows exactly these names."""
    return "|".join(re.escape(name) for name in names) or "(?!)"


wildcard_constraints:
    shard=r"\d+-\d+",
    model=match_any(SUITE.zoo),
    source=match_any({source for source, _ in JOBS}),
    job=match_any({job for _, job in JOBS}),
    replicate=match_any(REPLICATES),
