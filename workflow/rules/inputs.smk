# The inputs of rules that depend on wildcards.


def list_job_paths(exhibits, pattern, **wildcards):
    """The pattern filled in for every crafting job that the exhibits read."""
    return [
        pattern.format(source=job.source, job=job.name, **wildcards)
        for job in list_jobs(exhibits, JOB_OF)
    ]


def list_shard_paths(job, pattern):
    """The pattern filled in for every shard of a crafting job, in order."""
    return [
        pattern.format(source=job.source, job=job.name, shard=shard.name)
        for shard in cut_shards(SUITE.count_images(job.images), SUITE.shard_images)
    ]


def list_sets(wildcards):
    return list_shard_paths(
        JOBS[wildcards.source, wildcards.job],
        rules.craft_adversarial_sets.output.sets,
    )


def list_sets_behind(wildcards):
    """The shards of all adversarial sets that an exhibit reads, one set after another."""
    pattern = rules.craft_adversarial_sets.output.sets
    jobs = list_jobs([CHOSEN[wildcards.exhibit]], JOB_OF)
    return [path for job in jobs for path in list_shard_paths(job, pattern)]


def list_scoring_models(wildcards):
    """The joint models that predict a crafting job's adversarial sets."""
    return SCORING[JOBS[wildcards.source, wildcards.job]]


def find_candidates(model):
    reading = rules.read_images if model in SUITE.joint else rules.read_guest_images
    return reading.output


def list_weights(targets):
    """The weights of each target, which behind a defence are those of its model."""
    return expand(
        RESULTS["models/{model}.safetensors"], model=map(model_behind, targets)
    )


def list_proofs(targets):
    return expand(
        RESULTS["models/{model}.proof.json"], model=map(model_behind, targets)
    )


def list_clean_predictions(targets):
    """The clean predictions of those targets that are no model behind a defence."""
    models = [target for target in targets if target in SUITE.networks]
    return expand(RESULTS["clean_predictions/{model}.parquet"], model=models)


def list_guests(wildcards):
    """The guests that one job scores on a crafting job's sets."""
    return GUEST_SCORING[JOBS[wildcards.source, wildcards.job]].guests


def fill_replicates(pattern):
    """The files that one job makes: the pattern of one, or those of all replicates."""
    return expand(pattern, replicate=MLPS_TOGETHER) or [pattern]


def list_predictions(exhibits):
    """All predictions on the adversarial sets of exhibits, also those of guests among the targets."""
    paths = list_job_paths(exhibits, RESULTS["predictions/{source}/{job}.parquet"])
    pattern = RESULTS["predictions/{source}/{job}-on-{model}.parquet"]
    for guest in SCORED_ALONE:
        theirs = [exhibit for exhibit in exhibits if guest in exhibit.targets]
        paths += list_job_paths(theirs, pattern, model=guest)
    theirs = [e for e in exhibits if {*e.targets} & {*SUITE.scored_together}]
    return paths + list_job_paths(
        theirs, RESULTS["guest_predictions/{source}/{job}.parquet"]
    )


def list_promised_files():
    """Every result that a run promises: one that is deleted is made again."""
    shown = CHOSEN.values()
    files = [RESULTS["report.html"], RESULTS["report.crate.zip"]]
    files += [RESULTS["claims.json"], RESULTS["clean_accuracy.csv"]]
    files += [RESULTS["evaluation_set.parquet"], RESULTS["evaluation_set.safetensors"]]
    files += list_weights(SUITE.networks)
    files += list_clean_predictions(SUITE.networks)
    files += list_predictions(shown)
    files += list_job_paths(shown, RESULTS["effects/{source}/{job}.csv"])
    files += list_job_paths(shown, RESULTS["samples/{source}/{job}.safetensors"])
    files += expand(rules.build_exhibit.output, exhibit=CHOSEN)
    for exhibit in shown:
        if exhibit.kind.is_probe or exhibit.kind.transforms_adversarial_sets:
            made = getattr(rules, exhibit.kind.rule).output
            files += expand(made, exhibit=exhibit.name)
    files += rules.try_own_attacks.output if OWN_ATTACKS else []
    files += list_replicate_files()
    if list_exhibits("attack_mlps"):
        for made in (rules.train_mlps, rules.attack_mlps):
            files += dict.fromkeys(expand(made.output, replicate=REPLICATES))
    return files


def list_replicate_files():
    """What is known of other zoos, where the run asks for any."""
    return rules.compare_replicates.output if SETTINGS.replicates > 1 else []


def list_files_behind(wildcards):
    """The files that an exhibit's numbers and picture are made from, by what they hold."""
    exhibit = CHOSEN[wildcards.exhibit]
    patterns = {**exhibit.kind.files, **exhibit.kind.picture_files}
    return {what: fill_pattern(pattern, exhibit) for what, pattern in patterns.items()}


def fill_pattern(pattern, exhibit):
    """The files of an exhibit that a pattern names: one, or one per crafting job or replicate."""
    if pattern == PREDICTIONS["predictions"]:
        return list_predictions([exhibit])
    if "{job}" in pattern:
        return list_job_paths([exhibit], RESULTS[pattern])
    if "{replicate}" in pattern:
        return expand(MLP_RESULTS[pattern], replicate=REPLICATES)
    return RESULTS[pattern].format(exhibit=exhibit.name)


def list_claimed_exhibits():
    """The chosen exhibits that hold more than a picture."""
    return [exhibit for exhibit in CHOSEN.values() if exhibit.kind.has_numbers]


def list_claim_files(wildcards):
    """The files behind every exhibit's numbers, named exhibit__what; claims read no pictures."""
    return {
        f"{exhibit.name}__{what}": fill_pattern(pattern, exhibit)
        for exhibit in list_claimed_exhibits()
        for what, pattern in exhibit.kind.files.items()
    }
