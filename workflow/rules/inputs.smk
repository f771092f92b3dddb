# The inputs of rules that depend on wildcards.


def paths_of(exhibits, pattern, **wildcards):
    """The pattern filled in for every crafting job that the exhibits read."""
    return [
        pattern.format(source=job.source, job=job.name, **wildcards)
        for job in list_jobs(exhibits, JOB_OF)
    ]


def shards_of(job, pattern):
    """The pattern filled in for every shard of a crafting job, in order."""
    return [
        pattern.format(source=job.source, job=job.name, shard=shard.name)
        for shard in cut_shards(SUITE.count_images(job.images), SUITE.shard_images)
    ]


def sets_of(wildcards):
    return shards_of(
        JOBS[wildcards.source, wildcards.job],
        rules.craft_adversarial_sets.output.sets,
    )


def sets_behind(wildcards):
    """The shards of all adversarial sets that an exhibit reads, one set after another."""
    pattern = rules.craft_adversarial_sets.output.sets
    jobs = list_jobs([CHOSEN[wildcards.exhibit]], JOB_OF)
    return [path for job in jobs for path in shards_of(job, pattern)]


def candidates_of(model):
    reading = rules.read_images if model in SUITE.joint else rules.read_guest_images
    return reading.output


def weights_of(models):
    return expand(RESULTS["models/{model}.safetensors"], model=models)


def proofs_of(models):
    return expand(RESULTS["models/{model}.proof.json"], model=models)


def predictions_of(exhibits):
    """All predictions on the adversarial sets of exhibits, also those of guests among the targets."""
    paths = paths_of(exhibits, RESULTS["predictions/{source}/{job}.parquet"])
    pattern = RESULTS["predictions/{source}/{job}-on-{model}.parquet"]
    for guest in SUITE.guests:
        theirs = [exhibit for exhibit in exhibits if guest in exhibit.targets]
        paths += paths_of(theirs, pattern, model=guest)
    return paths


def promised_files():
    """Every result that a run promises: one that is deleted is made again."""
    shown = CHOSEN.values()
    files = [RESULTS["report.html"], RESULTS["report.crate.zip"]]
    files += [RESULTS["claims.json"], RESULTS["clean_accuracy.csv"]]
    files += [RESULTS["evaluation_set.parquet"], RESULTS["evaluation_set.safetensors"]]
    files += weights_of(SUITE.zoo)
    files += expand(RESULTS["clean_predictions/{model}.parquet"], model=SUITE.zoo)
    files += predictions_of(shown)
    files += paths_of(shown, RESULTS["effects/{source}/{job}.csv"])
    files += paths_of(shown, RESULTS["samples/{source}/{job}.safetensors"])
    files += expand(rules.build_exhibit.output, exhibit=CHOSEN)
    for exhibit in shown:
        if exhibit.kind.is_probe or exhibit.kind.transforms_adversarial_sets:
            made = getattr(rules, exhibit.kind.rule).output
            files += expand(made, exhibit=exhibit.name)
    files += replicates_files()
    if exhibits_of("attack_mlps"):
        files += expand(rules.train_mlps.output, replicate=REPLICATES)
        files += expand(rules.attack_mlps.output, replicate=REPLICATES)
    return files


def replicates_files():
    """What is known of other zoos, where the run asks for any."""
    return rules.compare_replicates.output if SETTINGS.replicates > 1 else []


def files_behind(wildcards):
    return files_of(CHOSEN[wildcards.exhibit])


def files_of(exhibit):
    """The files that an exhibit's numbers and picture are made from, by what they hold."""
    patterns = {**exhibit.kind.files, **exhibit.kind.picture_files}
    return {what: filled(pattern, exhibit) for what, pattern in patterns.items()}


def filled(pattern, exhibit):
    """The files of an exhibit that a pattern names: one, or one per crafting job or replicate."""
    if "{job}" in pattern:
        return predictions_of([exhibit])
    if "{replicate}" in pattern:
        return expand(MLP_RESULTS[pattern], replicate=REPLICATES)
    return RESULTS[pattern].format(exhibit=exhibit.name)


def claimed_exhibits():
    """The chosen exhibits that hold more than a picture."""
    return [exhibit for exhibit in CHOSEN.values() if exhibit.kind.has_numbers]


def files_of_claims(wildcards):
    """The files behind every exhibit's numbers, named exhibit__what; claims read no pictures."""
    return {
        f"{exhibit.name}__{what}": filled(pattern, exhibit)
        for exhibit in claimed_exhibits()
        for what, pattern in exhibit.kind.files.items()
    }
