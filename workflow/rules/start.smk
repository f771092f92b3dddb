# Checks before the first job of a run. A job on another node runs only the first lines.

FOLDERS = [RESULTS.folder]  # of results that this run makes
if list_exhibits("attack_mlps") and MLP_RESULTS != RESULTS:
    FOLDERS.append(MLP_RESULTS.folder)
HELD = []  # the locks of these folders

if workflow.remote_exec:
    try:
        for folder in FOLDERS:
            check_run(folder)
    except UserError as error:
        raise WorkflowError(str(error)) from None


def begin():
    name_run()
    path = os.pathsep.join(GIVEN_PATH)
    os.environ[AS_RUN] = command_line(config, BASE, GIVEN, list_options_as_run(), path)
    try:
        HELD.extend(map(lock_folder, FOLDERS))
        if any(job.output for job in workflow.dag.needrun_jobs()):
            write_makers(SETTINGS)  # a plan or a partial report makes no results
        check_device()
        if not workflow.local_exec:
            check_words(workflow.config_settings.config_args or [])
        check_disk(list_tasks_to_run(), count_crafting_at_once(), FOLDERS)
    except UserError as error:
        raise WorkflowError(str(error)) from None


def list_options_as_run():
    """Where, with how many cores or jobs, and with which profile this run was started."""
    elsewhere = Path.cwd() != PROJECT
    words = ["--snakefile", f"{PROJECT}/Snakefile"] if elsewhere else []
    local = workflow.local_exec
    words += (
        ["--cores", read_limit("_cores")] if local else ["--jobs", read_limit("_nodes")]
    )
    for before, word in zip(sys.argv, [*sys.argv[1:], ""], strict=True):
        name, _, value = before.partition("=")
        if name in ("--workflow-profile", "--profile"):
            words += [name, value or word]
    gpus = read_limit("gpu")
    words += ["--resources", f"gpu={gpus}"] if gpus not in (None, 1) else []
    return list(map(str, words))


def check_device():
    if SETTINGS.device == "auto" and not workflow.local_exec:
        raise UserError(
            "device: on a cluster 'auto' cannot be decided, because jobs do not run on this host; "
            "set it: --config device=cuda, or device=cpu"
        )


def list_tasks_to_run():
    """The jobs of the plan whose rules will run."""
    running = {job.rule.name for job in workflow.dag.needrun_jobs()}
    if not running & {"read_images", "craft_adversarial_sets", "train_mlps"}:
        return []  # what is left takes little
    tasks = plan_tasks(
        SETTINGS,
        exhibits=EXHIBITS.values(),
        chosen=list(CHOSEN.values()),
        data=measure_data_set(SUITE.data),
        microbatch=MICROBATCH,
    )
    return [task for task in tasks if task.stage in running]


def count_crafting_at_once():
    limits = [read_limit("_nodes")]
    if workflow.local_exec:
        limits.append((read_limit("_cores") or 1) // SUITE.threads)
    if GPUS:
        limits.append(read_limit("gpu"))
    return max(1, min(limit for limit in limits if limit is not None))
