# What jobs read, where a function of their wildcards says it.


def paths_of(exhibits, pattern):
    """The pattern filled in for every crafting job that the exhibits read."""
    jobs = {job: None for exhibit in exhibits for job in jobs_of(exhibit, JOB_OF)}
    return [pattern.format(source=job.source, job=job.name) for job in jobs]


def shards_of(job, pattern):
    """The pattern filled in for every shard of a crafting job, in order."""
    count = SUITE.subset_images if job.images == "subset" else SUITE.evaluation_images
    return [
        pattern.format(source=job.source, job=job.name, shard=shard)
        for shard in shards(count, SUITE.shard_images)
    ]


def sets_of(wildcards):
    return shards_of(
        JOBS[wildcards.source, wildcards.job],
        rules.craft_adversarial_sets.output.sets,
    )


def sets_behind(wildcards):
    """All adversarial sets of an exhibit, the shards of one after those of another."""
    pattern = rules.craft_adversarial_sets.output.sets
    jobs = jobs_of(CHOSEN[wildcards.exhibit], JOB_OF)
    return [path for job in jobs for path in shards_of(job, pattern)]


def candidates_of(model):
    reading = rules.read_images if model in SUITE.joint else rules.read_guest_images
    return reading.output


def predictions_of(exhibits):
    """All predictions on the sets that the exhibits read, those of guests among their targets too."""
    folder = f"{RESULTS}/predictions/{{source}}"
    guests = {
        guest: [exhibit for exhibit in exhibits if guest in exhibit.targets]
        for guest in SUITE.guests
    }
    return paths_of(exhibits, f"{folder}/{{job}}.parquet") + [
        path
        for guest, theirs in guests.items()
        for path in paths_of(theirs, f"{folder}/{{job}}-on-{guest}.parquet")
    ]


def promised_files():
    """Every result that is promised, so that one which is deleted is made again."""
    shown = CHOSEN.values()
    files = [f"{RESULTS}/report.html", f"{RESULTS}/report.crate.zip"]
    files += [f"{RESULTS}/claims.json", f"{RESULTS}/clean_accuracy.csv"]
    files += [f"{RESULTS}/evaluation_set.{kind}" for kind in ("parquet", "safetensors")]
    for name in SUITE.zoo:
        files.append(f"{RESULTS}/models/{name}.safetensors")
        files.append(f"{RESULTS}/clean_predictions/{name}.parquet")
    files += predictions_of(shown)
    files += paths_of(shown, f"{RESULTS}/effects/{{source}}/{{job}}.csv")
    files += paths_of(shown, f"{RESULTS}/samples/{{source}}/{{job}}.safetensors")
    files += expand(rules.build_exhibit.output, exhibit=CHOSEN)
    for rule in (
        "probe_boundaries",
        "probe_gradients",
        "probe_cosines",
        "score_transformed",
    ):
        files += expand(getattr(rules, rule).output, exhibit=exhibits_of(rule))
    if exhibits_of("attack_mlps"):
        files += expand(rules.train_mlps.output, replicate=REPLICATES)
        files += expand(rules.attack_mlps.output, replicate=REPLICATES)
    return files


def files_behind(wildcards):
    return files_of(CHOSEN[wildcards.exhibit])


def files_of(exhibit):
    """What an exhibit's numbers and picture are made from, by what the files hold."""
    patterns = {**exhibit.kind.files, **exhibit.kind.picture_files}
    return {what: filled(pattern, exhibit) for what, pattern in patterns.items()}


def filled(pattern, exhibit):
    """A kind's pattern as the path of an exhibit's file, or of one per crafting job or replicate."""
    if "{job}" in pattern:
        return predictions_of([exhibit])
    if "{replicate}" in pattern:
        return expand(f"{MLP_RESULTS}/{pattern}", replicate=REPLICATES)
    return f"{RESULTS}/{pattern}".format(exhibit=exhibit.name)


def claimed_exhibits():
    """The chosen exhibits that hold more than a picture."""
    return [exhibit for exhibit in CHOSEN.values() if exhibit.kind.has_numbers]


def files_of_claims(wildcards):
    """The files behind every exhibit's numbers, as exhibit__what; those of pictures are not read."""
    return {
        f"{exhibit.name}__{what}": filled(pattern, exhibit)
        for exhibit in claimed_exhibits()
        for what, pattern in exhibit.kind.files.items()
    }
