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
    for kind, rule in (
        ("boundaries", rules.probe_boundaries),
        ("gradients", rules.probe_gradients),
        ("cosines", rules.probe_cosines),
        ("destruction", rules.score_transformed),
    ):
        files += expand(rule.output, exhibit=of_kind(kind))
    if of_kind("mlps"):
        files += expand(rules.train_mlps.output, replicate=REPLICATES)
        files += expand(rules.attack_mlps.output, replicate=REPLICATES)
    return files


def of_exhibit(output, exhibit):
    """The named outputs of a rule whose only wildcard is the exhibit."""
    return {what: path.format(exhibit=exhibit.name) for what, path in output.items()}


def files_behind(wildcards):
    return files_of(CHOSEN[wildcards.exhibit])


def files_of(exhibit):
    """What an exhibit's numbers and picture are made from, by what the files hold."""
    table = rules.select_evaluation_set.output.table
    match exhibit.kind:
        case "matrix" | "curves" | "capacity":
            files = {"images": table, "predictions": predictions_of([exhibit])}
            sizes = {"accuracy": rules.measure_accuracy.output[0]}
            return files | (sizes if exhibit.kind == "capacity" else {})
        case "destruction":
            return {
                "images": table,
                **of_exhibit(rules.score_transformed.output, exhibit),
            }
        case "boundaries":
            return of_exhibit(rules.probe_boundaries.output, exhibit)
        case "gradients":
            return of_exhibit(rules.probe_gradients.output, exhibit)
        case "cosines":
            return of_exhibit(rules.probe_cosines.output, exhibit)
        case "copies":
            return of_exhibit(rules.probe_copies.output, exhibit)
        case "mlps":
            predictions = rules.attack_mlps.output.predictions
            return {"predictions": expand(predictions, replicate=REPLICATES)}
        case "image":
            pixels = rules.select_evaluation_set.output.pixels
            return {"images": table, "pixels": pixels}
        case "schematic":
            return {}


def claimed_exhibits():
    """The chosen exhibits that hold more than a picture."""
    return [exhibit for exhibit in CHOSEN.values() if exhibit.metric != "none"]


def files_of_claims(wildcards):
    """The numbers behind every exhibit, as exhibit__what; pictures are not read."""
    return {
        f"{exhibit.name}__{what}": files
        for exhibit in claimed_exhibits()
        for what, files in files_of(exhibit).items()
        if what not in ("maps", "pictures")
    }
