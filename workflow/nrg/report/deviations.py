"""How a run's setting differs from the paper's: images, networks, scale and precision."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nrg.report.captions import describe_override
from nrg.report.clean_accuracy import ModelAccuracy
from nrg.study.exhibits import label_exhibit, load_exhibits
from nrg.study.settings import Settings, load_suite
from nrg.study.suite import Model, Suite

PAPER = "imagenet"  # the suite with the paper's setting
VALIDATION_IMAGES = 50_000  # of ImageNet, from which the paper chooses
SHOWN = 4  # models that a sentence names
# What a changed key of a suite changes, for a reader who knows no keys; others as the key is.
CHANGES = {
    "candidates": "images to choose from",
    "evaluation_images": "images attacked",
    "subset_images": "images attacked from ensembles",
    "zoo": "networks",
    "overrides": "sources and targets",
    "resize": "resizing of images",
    "image_size": "size of images",
    "microbatch": "images per batch on a CPU",
    "gpu_microbatch": "images per batch on a GPU",
}


@dataclass(frozen=True)
class Difference:
    """A setting in which a run differs from the paper."""

    what: str
    paper: str
    here: str


def find_deviations(
    settings: Settings,
    accuracy: Sequence[ModelAccuracy],
    weights: Mapping[str, Mapping[str, str]],
    precisions: Sequence[str],
) -> list[str]:
    """Sentences on what keeps a run from being the paper's setting.

    Args:
        accuracy: of the models on clean images, as far as it is measured.
        weights: metadata of the models' weights, by model, as far as they exist.
        precisions: in which gradients were computed; if none were, the settings' counts.
    """
    suite, paper = settings.suite, load_suite(PAPER, {})
    sentences = []
    if not suite.paper_setting:
        sentences += [suite.note, f"The images are “{suite.title}”, and not the paper's."]
    if other := list_other_networks(suite, paper):
        more = f" and {len(other) - SHOWN} more" if len(other) > SHOWN else ""
        count, are = len(suite.residents), "is" if len(other) == 1 else "are"
        some = f"{len(other)} of its {count} networks {are} not the paper's"
        none = f"None of its {count} networks is the paper's"
        sentences.append(
            f"{none if len(other) == count else some}: {', '.join(other[:SHOWN])}{more}."
        )
    if suite.pixel_scale != 1:
        sentences.append(f"Values of ε, α and σ are {suite.pixel_scale:.3g} times the paper's.")
    if settings.changed:
        changed = dict.fromkeys(CHANGES.get(key, key.replace("_", " ")) for key in settings.changed)
        sentences.append(f"Changed in the suite “{settings.asked}”: {', '.join(changed)}.")
    if suite.paper_setting and accuracy and accuracy[0].n != VALIDATION_IMAGES:
        sentences.append(
            f"It chooses from {accuracy[0].n:,} images and not from {VALIDATION_IMAGES:,}."
        )
    unpublished = [
        name
        for name, metadata in weights.items()
        if has_published_weights(suite.zoo[name]) and metadata.get("verified") != "True"
    ]
    if unpublished:
        sentences.append(
            f"Weights of {', '.join(unpublished)} are not torchvision's published files."
        )
    reduced = [name for name in precisions or [settings.precision] if name != "fp32"]
    if reduced:
        sentences.append(
            f"Gradients are computed in {' and '.join(reduced)}, which is another attack than "
            "with the paper's fp32; scores are fp32."
        )
    return [sentence for sentence in sentences if sentence]


def has_published_weights(model: Model) -> bool:
    """Whether torchvision publishes weights of a model that is not trained here."""
    return model.weights != "trained" and model.factory.startswith("torchvision.models")


def list_other_networks(suite: Suite, paper: Suite) -> list[str]:
    """The models that are not the paper's network of their name.

    Guests that only exhibits beyond the paper name change nothing of the paper's.
    """
    return [
        name
        for name, model in suite.residents.items()
        if name not in paper.zoo or not model.is_same_network(paper.zoo[name])
    ]


def find_differences(settings: Settings, accuracy: Sequence[ModelAccuracy]) -> list[Difference]:
    """Settings in which a run's images, networks and scale differ from the paper's.

    Args:
        accuracy: of the models on clean images, as far as it is measured.
    """
    suite, paper = settings.suite, load_suite(PAPER, {})
    companion, paper_mlps = settings.companion, load_suite(str(paper.mlp_suite), {})
    size = "{0} × {0} pixels".format
    of_residents = [row for row in accuracy if row.model not in suite.guest_list]
    subset = f"{suite.subset_images:,}" if suite.subset_images else "none"
    rows = [
        *compare_images_and_networks(suite, paper, accuracy),
        Difference(
            "images attacked", f"{paper.evaluation_images:,}", f"{suite.evaluation_images:,}"
        ),
        Difference("of these from ensembles", f"{paper.subset_images:,}", subset),
        Difference("an image", size(paper.data.image_size), size(suite.data.image_size)),
        Difference("ε, α and σ", label_scale(paper.pixel_scale), label_scale(suite.pixel_scale)),
        Difference("precision of gradients", "fp32", settings.precision),
        Difference("models", f"{len(paper.zoo)}", f"{len(suite.residents)}"),
        Difference("their parameters", "1.2 to 144 million", write_parameter_range(of_residents)),
        Difference(
            "networks of Table 4", paper_mlps.title, companion.title if companion else "none"
        ),
    ]
    exhibits = load_exhibits(suite)
    for exhibit, override in suite.overrides.items():
        if not exhibits[exhibit].reading:  # which is not in the paper
            changes = describe_override(exhibits[exhibit], override, {}) or "other settings"
            rows.append(Difference(label_exhibit(exhibit), "as printed", changes))
    return [row for row in rows if row.paper != row.here]


def compare_images_and_networks(
    suite: Suite, paper: Suite, accuracy: Sequence[ModelAccuracy]
) -> list[Difference]:
    """Images and networks that are not the paper's."""
    rows = []
    if not suite.paper_setting:
        count = f", {accuracy[0].n:,} candidates" if accuracy else ""
        images = f"{paper.title}, {VALIDATION_IMAGES:,}"
        rows.append(Difference("images", images, f"{suite.title}{count}"))
    if other := list_other_networks(suite, paper):
        factories = [f"{name} ({suite.zoo[name].factory})" for name in other]
        rows.append(Difference("networks other than the paper's", "none", ", ".join(factories)))
    return rows


def label_scale(factor: float) -> str:
    """A scale of ε, α and σ as text."""
    return "as printed" if factor == 1 else f"× {factor:.3g}, in whole pixels"


def write_parameter_range(accuracy: Sequence[ModelAccuracy]) -> str:
    """The smallest and largest number of parameters as text."""
    sizes = [row.parameters for row in accuracy]
    if not sizes:
        return "not counted yet"
    if max(sizes) >= 1e6:
        return f"{min(sizes) / 1e6:.1f} to {max(sizes) / 1e6:.0f} million"
    return f"{min(sizes):,} to {max(sizes):,}"
