"""What a network must do to take part, checked before anything is computed with it."""

import random
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from nrg.base.errors import UserError, explain_failure
from nrg.base.progress import log
from nrg.base.random_states import put_back, read_random_states, were_drawn
from nrg.data.batches import CPU, load_pixels
from nrg.models.classifier import (
    Classifier,
    build_classifier,
    count_parameters,
    freeze,
    initialise_lazy_modules,
    load_state,
    tensor_state,
    wrap_network,
)
from nrg.models.logits import LogitsPath, find_logits, follow, format_path
from nrg.study.suite import Model

# Logits count as the same if they differ by at most this share of the largest one.
SAME_KERNELS = 1e-5  # which the order of a sum may change
OTHER_KERNELS = 1e-3  # which run on other batch sizes and devices
NEAR = 1e-2  # how near sums of probabilities are to one
LEAST = 4  # passes of any network, in case something happens at each third call only
PASSES = 16  # of a network that draws random numbers
SIDES = (224, 256, 299, 384, 32, 64, 96, 128, 16, 28)  # of images that networks are made for
IMAGES, TOGETHER = 16, 4  # how many of the suite's images a network is tried with, and at once


def check_model(
    model: Model, shape: tuple[int, int, int], classes: int, attacked: bool = False
) -> dict[str, Any]:
    """Build a model's network, with random weights, and check what it does.

    Args:
        shape: of an image, (C, H, W).
        attacked: whether the model is a source, and so must have gradients.

    Returns:
        What it is: model, factory, parameters (their number).

    Raises:
        UserError: there is no such factory, or its network does not turn images of this shape into
            logits (n, classes), always the same ones.
    """
    classifier = build_for_images(model, shape)
    try:
        check_classifier(classifier, model, shape, classes)
    except UserError as error:
        raise UserError(f"{error}{advise_on_size(classifier, shape)}") from error
    if attacked:
        check_gradient(classifier, model, shape)
    size = count_parameters(classifier.network)
    return {"model": model.name, "factory": model.factory, "parameters": size}


def advise_on_size(classifier: Classifier, shape: tuple[int, int, int]) -> str:
    """The end of a message for a network that fails on images of this size and takes another."""
    channels, side, _ = shape
    if takes_images(classifier, shape) or classifier.input_size is not None:
        return ""
    for other in SIDES:
        if takes_images(classifier, (channels, other, other)):
            return (
                f". It takes images of {other}×{other} pixels and none of {side}×{side}; to have "
                f"them resized inside the model, write 'input_size: {other}' for it"
            )
    return ""


def takes_images(classifier: Classifier, shape: tuple[int, int, int]) -> bool:
    """Whether a frozen classifier gives an output for an image of this shape."""
    try:
        with torch.no_grad():
            classifier.raw(torch.zeros(1, *shape))
    except (Exception, SystemExit):  # whatever the user's code raises
        return False
    return True


def check_weights(
    model: Model, network: nn.Module, shape: tuple[int, int, int], classes: int
) -> LogitsPath:
    """Check a network with its weights, and that it depends on nothing but these.

    Returns:
        Where the network returns its logits.

    Raises:
        UserError: it does not turn images into logits, or another network of its factory, with the
            same state dictionary, gives other logits.
    """
    ready = wrap_network(model, network)
    logits_path = check_classifier(ready, model, shape, classes, with_weights=True)
    again = wrap_network(model, build_for_images(model, shape).network, logits_path)
    load_state(again.network, tensor_state(network))
    pixels = trial_images(shape)
    with torch.no_grad():
        logits, others = ready.cpu()(pixels), freeze(again, CPU)(pixels)
    if differs(logits, others, SAME_KERNELS):
        raise UserError(
            f"{name_network(model)} does not depend on its weights alone: with the same state "
            "dictionary a second one gives other logits. Are layers kept in a plain list or dict "
            "(use nn.ModuleList, nn.ModuleDict), or random tensors made outside of it?"
        )
    return logits_path


def build_for_images(
    model: Model, shape: tuple[int, int, int], classes: int | None = None
) -> Classifier:
    """Build the model's classifier, and give its lazy modules the sizes that images need.

    Args:
        shape: of an image, (C, H, W).
        classes: if given, the logits are looked for in what the network returns.

    Raises:
        UserError: it fails on such images, or returns no logits.
    """
    where = name_network(model)
    with explain_failure(f"{where} fails on images {(2, *shape)}"):
        classifier = initialise_lazy_modules(build_classifier(model), shape)
        if any(tensor.is_meta for tensor in tensor_state(classifier.network).values()):
            raise UserError(f"{where} has weights without values, on the device 'meta'")
        if classes is not None:
            with torch.no_grad():
                output = classifier.eval().raw(trial_images(shape))
            classifier.logits_path = find_logits(output, 2, classes)
    return classifier


def name_network(model: Model) -> str:
    """How messages call the model's network."""
    return f"zoo: the network of the model '{model.name}', from '{model.factory}',"


def trial_images(shape: tuple[int, int, int]) -> Tensor:
    """A black image and one of noise, (2, C, H, W)."""
    pixels = torch.zeros(2, *shape)
    pixels[1] = 255 * torch.rand(shape, generator=torch.Generator().manual_seed(0))
    return pixels


def check_classifier(
    classifier: Classifier,
    model: Model,
    shape: tuple[int, int, int],
    classes: int,
    with_weights: bool = False,
) -> LogitsPath:
    """Check what a classifier returns, and let it return its logits from then on.

    Args:
        with_weights: whether it has its weights. With random ones logits may lie between 0 and 1 by
            chance.
    """
    where = name_network(model)
    freeze(classifier, CPU)
    pixels = trial_images(shape)
    outputs = run_passes(classifier, pixels, where)
    try:
        classifier.logits_path = find_logits(outputs[0], 2, classes)
    except ValueError as error:
        raise UserError(
            f"{where} {error}, for images {tuple(pixels.shape)}; the suite has {classes} classes, "
            "by its file of 'classes' or by its labels"
        ) from error
    if classifier.logits_path:
        path = format_path(classifier.logits_path)
        log.info("the logits of %s are %s of what it returns", model.name, path)
    logits = [follow(output, classifier.logits_path) for output in outputs]
    check_logits(logits, SAME_KERNELS, where, "a black image or of noise")
    telling = logits[0]
    if looks_like_shares(telling) or sums_are_equal(telling):
        with torch.no_grad():
            telling = follow(classifier.raw(stretched_images(shape)), classifier.logits_path)
    check_meaning(telling, model, where, with_weights)
    check_alone(classifier, pixels, logits[0], where)
    return classifier.logits_path


def check_logits(outputs: list[Tensor], share: float, where: str, images: str) -> None:
    """Check that passes of the same images give finite outputs, and each time the same."""
    if not all(each.isfinite().all() for each in outputs):
        raise UserError(f"{where} gives outputs that are not finite, of {images}")
    if any(differs(outputs[0], part, share) for part in outputs[1:]):
        raise UserError(
            f"{where} gives the same images other outputs each time, in eval mode too. What is "
            "random must stop where 'self.training' is False (functional dropout asks for "
            "training=self.training), and nothing may be counted or kept from one pass to the next"
        )


def check_on_images(
    classifier: Classifier, model: Model, pixels: np.ndarray, device: torch.device
) -> None:
    """Check a network with its weights on real images, as on trial images before.

    Args:
        classifier: frozen, on the device.
        pixels: (n, C, H, W), uint8, images of the suite; the first ones are used.

    Raises:
        UserError: outputs are not finite, or other ones each time.
    """
    where = name_network(model)
    for start in range(0, min(IMAGES, len(pixels)), TOGETHER):
        part = load_pixels(pixels[start : start + TOGETHER], device)
        outputs = run_passes(classifier, part, where, 2)
        logits = [follow(output, classifier.logits_path) for output in outputs]
        check_logits(logits, OTHER_KERNELS, where, "images of the suite")


def run_passes(classifier: Classifier, pixels: Tensor, where: str, least: int = LEAST) -> list[Any]:
    """What the network returns for the same images, each time with other random numbers.

    Args:
        least: passes of a network that draws no random numbers; one that does makes PASSES.
    """
    kept = read_random_states()
    outputs = []
    problem = f"{where} fails on images {tuple(pixels.shape)}"
    try:
        for seed in range(PASSES):
            torch.manual_seed(seed)
            random.seed(seed)
            np.random.seed(seed)  # noqa: NPY002
            before = read_random_states()
            with (
                explain_failure(problem, "; it must take any number of images at once"),
                torch.no_grad(),
            ):
                outputs.append(classifier.raw(pixels.clone()))
            if seed + 1 >= least and not were_drawn(before):
                break
    finally:
        put_back(kept)
    return outputs


def differs(a: Tensor, b: Tensor, share: float) -> bool:
    """Whether outputs differ by more than this share of the largest one."""
    a, b = a.double(), b.double()
    return bool((a - b).abs().max() > share * max(float(a.abs().max()), 1e-30))


def stretched_images(shape: tuple[int, int, int]) -> Tensor:
    """Noise of growing contrast, (24, C, H, W), most of it far stronger than in any image.

    Outputs of a softmax or a sigmoid stay between 0 and 1 whatever the image; logits that are there
    by chance do not.
    """
    generator = torch.Generator().manual_seed(1)
    noise = torch.rand(24, *shape, generator=generator) - 0.4
    return 255 * noise * 10 ** torch.linspace(0, 3, 24).view(-1, 1, 1, 1)


def looks_like_shares(outputs: Tensor) -> bool:
    """Whether all outputs are between 0 and 1."""
    return bool((outputs >= 0).all() and (outputs <= 1).all())


def sums_are_equal(outputs: Tensor) -> bool:
    """Whether no output is negative, and those of each image have the same sum.

    This is true of probabilities, also in percent, or with a small number added.
    """
    sums = outputs.double().sum(1)
    images_differ = differs(outputs[:1], outputs, SAME_KERNELS)
    return bool(
        (outputs >= 0).all() and images_differ and sums.max() - sums.min() < NEAR * sums.max()
    )


def check_meaning(outputs: Tensor, model: Model, where: str, with_weights: bool) -> None:
    """Check that outputs are what the model says they are: logits, unless it says probabilities."""
    inside = looks_like_shares(outputs)
    sums = outputs.double().sum(1)
    sums_to_one = inside and bool(((sums - 1).abs() < NEAR).all())
    sums_to_one |= sums_are_equal(outputs)
    if model.outputs == "probabilities" and not sums_to_one:
        raise UserError(
            f"{where} is said to return probabilities, and its outputs do not sum to one for each "
            "image; return logits, which is better in any case, and leave 'outputs' out"
        )
    if model.outputs is not None:
        return
    if sums_to_one:
        raise UserError(
            f"{where} returns probabilities, because its outputs sum to {float(sums[0]):.3g} for "
            "each image, as after a softmax, and attacks need logits: return what goes into the "
            "softmax, or say 'outputs: probabilities', whose logarithms are then taken"
        )
    if inside and with_weights:
        raise UserError(
            f"{where} returns numbers between 0 and 1 only, as after a sigmoid for each class, and "
            "attacks need logits: return what goes into the sigmoid; if these are logits, say "
            "'outputs: logits'"
        )


def check_alone(classifier: Classifier, pixels: Tensor, outputs: Tensor, where: str) -> None:
    """Check that the network takes a single image, and whether other images change its logits."""
    with explain_failure(f"{where} fails on a single image"), torch.no_grad():
        alone = follow(classifier.raw(pixels[1:].clone()), classifier.logits_path)
        shape = tuple(alone.shape)
    if shape != (1, outputs.shape[1]):
        raise UserError(
            f"{where} turns a single image into {shape}, and must give (1, {outputs.shape[1]}); "
            "does it squeeze() away the axis of images?"
        )
    if differs(alone[0], outputs[1], OTHER_KERNELS):
        log.warning(
            "%s makes the logits of an image depend on the other images of its batch, as batch "
            "norm without running statistics does: results hold for these batches only",
            where,
        )


def check_gradient(classifier: Classifier, model: Model, shape: tuple[int, int, int]) -> None:
    """Check that the logits have a gradient with respect to the image."""
    pixels = trial_images(shape).requires_grad_()
    try:
        logits: Tensor = classifier(pixels)
        (gradient,) = torch.autograd.grad(logits[:, 0].sum(), pixels)
    except (Exception, SystemExit) as error:  # whatever the user's code raises
        raise UserError(
            f"{name_network(model)} has no gradient with respect to the image "
            f"({str(error)[:200]}), which attacks ascend; it can be a target, and not a source"
        ) from error
    if not gradient.any():
        log.warning("%s has a gradient of zero at the trial images", name_network(model))
