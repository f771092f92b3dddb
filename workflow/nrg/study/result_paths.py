"""Every result of a run: where it lies, and what it holds.

Rules, the report and tests take paths from here, so that a file has one name everywhere.
"""

from dataclasses import dataclass
from pathlib import Path

from nrg.base.errors import UnknownName

ALL_RESULTS = "results"  # the folder of all suites' results, in the folder of the run
DOWNLOADS = f"{ALL_RESULTS}/downloads"  # published archives of images, for all suites
MNIST_DOWNLOAD = f"{ALL_RESULTS}/mnist/download"

# Paths in the folder of a suite's results. A wildcard is one model, one source (a model, an
# ensemble, or noise), one crafting job, one shard of its images, one exhibit, one replicate of
# Table 4's networks, or the `zoo_seed` of another zoo. Tables with one row per image have a
# column `image_id`.
PATTERNS = {
    "suite.txt": "The suite that made the folder: its name, or the path of its file.",
    "candidates.parquet": "The images to choose from, in seeded order: ids and labels.",
    "candidates.safetensors": "Their pixels; deleted once every model has classified them.",
    "guest_candidates.parquet": "The candidates again, for models with `joint: false`; "
    "deleted like the candidates.",
    "guest_candidates.safetensors": "Their pixels; deleted like the candidates.",
    "models/checked.csv": "Factory and number of parameters of every model that could be built.",
    "own_attacks.csv": "What your own attacks did to two images, before the run.",
    "models/{model}.safetensors": "A model's weights, and where they come from as metadata.",
    "models/{model}.proof.json": "Whether a network's quick form computes the same as the network "
    "as given.",
    "clean_predictions/{model}.parquet": "A model's Top-5 labels of every candidate.",
    "clean_accuracy.csv": "Every model's accuracy on the candidates, its family and its size.",
    "evaluation_set.parquet": "The attacked images: ids, labels, target labels, and the subset.",
    "evaluation_set.safetensors": "The attacked images' pixels.",
    "adversarial/{source}/{job}/{shard}.safetensors": "Adversarial sets of a shard, by attack; "
    "deleted once scored, unless `keep_adversarial_sets` is set.",
    "adversarial/{source}/{job}/{shard}.csv": "What each attack did to the images of a shard.",
    "predictions/{source}/{job}.parquet": "Top-5 labels of every model on adversarial images.",
    "predictions/{source}/{job}-on-{model}.parquet": "Top-5 labels of a model with `joint: false` "
    "on adversarial images.",
    "guest_predictions/{source}/{job}.parquet": "The same of all models that joined the zoo "
    "because an exhibit names them, also behind a defence.",
    "samples/{source}/{job}.safetensors": "The first images of every adversarial set.",
    "effects/{source}/{job}.csv": "What each attack did to the images of its adversarial set.",
    "transformed/{exhibit}.parquet": "Top-5 labels of a model on images that were transformed.",
    "probes/{exhibit}_maps.parquet": "A model's label at every point of a plane through an image.",
    "probes/{exhibit}_distances.parquet": "The smallest steps, in pixels, that change a label.",
    "probes/{exhibit}_shares.parquet": "The high-frequency share of every image's gradient.",
    "probes/{exhibit}_pictures.safetensors": "One image, and its gradients as images.",
    "probes/{exhibit}_cosines.parquet": "Cosines between two models' gradients, for every image.",
    "probes/{exhibit}_copies.parquet": "Cosines between the gradients at an image's noisy copies.",
    "mlps/{replicate}.safetensors": "Weights of the fully connected networks of one replicate.",
    "mlp_predictions/{replicate}.parquet": "Top-5 labels of each fully connected network of one "
    "replicate on adversarial images.",
    "mlp_effects/{replicate}.csv": "What each attack of a replicate's networks did to the images.",
    "exhibits/{exhibit}.csv": "The numbers of a table or figure.",
    "exhibits/{exhibit}.parquet": "What happened to every image in every cell behind the numbers.",
    "exhibits/{exhibit}.svg": "The picture of a table or figure.",
    "claims.json": "The verdict on every claim of the paper, and the numbers behind it.",
    "zoo_replicates/{zoo_seed}.json": "The claims on another zoo, as in claims.json.",
    "replicates.json": "Gains and claims on every zoo, and their spread between zoos.",
    "report.html": "The report.",
    "report.crate.zip": "The results as an RO-Crate.",
    "compare.html": "The results beside another run's, as they were when it was asked for.",
    "compare.csv": "The cells that both runs have, with their differences.",
    "partial_report.html": "The report of what existed when it was asked for.",
}


@dataclass(frozen=True)
class ResultPaths:
    """The paths of one suite's results.

    Rules take a pattern, whose wildcards Snakemake fills in: `paths["models/{model}.safetensors"]`.
    Other code fills them in: `paths.fill("models/{model}.safetensors", model="alexnet")`.

    Attributes:
        folder: of the suite's results, as results/digits.
    """

    folder: str

    def __getitem__(self, pattern: str) -> str:
        """A pattern of `PATTERNS` within the folder.

        Raises:
            UserError: no such pattern.
        """
        if pattern not in PATTERNS:
            raise UnknownName("result", pattern, PATTERNS)
        return f"{self.folder}/{pattern}"

    def fill(self, pattern: str, **wildcards: str) -> Path:
        """The path of one result.

        Raises:
            UserError: no such pattern.
            KeyError: a wildcard without a value.
        """
        return Path(self[pattern].format(**wildcards))


def suite_results(name: str) -> ResultPaths:
    """The results of the suite of this name, in the folder of the run."""
    return ResultPaths(f"{ALL_RESULTS}/{name}")
