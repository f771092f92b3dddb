"""What a network must do to take part, checked once and in words, before it costs anything."""

import random
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from nrg.base.errors import UserError
from nrg.base.progress import log
from nrg.models.classifier import (
    Classifier,
    build_classifier,
    fill,
    frozen,
    initialised,
    parameters,
    tensor_state,
)
from nrg.models.logits import Place, at, find_logits, spoken
from nrg.study.suite import Model

SAME = 1e-5  # of the largest logit: what the order of a sum may change
ALONE = 1e-3  # the same, where kernels differ as well
NEAR = 1e-2  # how near sums of probabilities are to one
LEAST = 4  # passes of any network, for what happens at each third call, say
PASSES = 16  # of a network that draws random numbers
IMAGES, TOGETHER = 16, 4  # of the suite that a network is tried with, and how many at once
CPU = torch.device("cpu")


def check_model(
    model: Model, shape: tuple[int, int, int], classes: int, attacked: bool = False
) -> dict[str, Any]:
    """Build a model, as its factory makes it, and see that it keeps the contract.

    Args:
        shape: of an image, (C, H, W).
        attacked: whether it is a source, and must have gradients.

    Returns:
        What it is: model, factory, parameters.

    Raises:
        UserError: no such factory, or a network that does not turn images of this shape into
            logits (n, classes), always the same ones.
    """
    classifier = built(model, shape)
    check(classifier, model, shape, classes)
    if attacked:
        check_gradient(classifier, model, shape)
    size = parameters(classifier.network)
    return {"model": model.name, "factory": model.factory, "parameters": size}


def check_weights(
    model: Model, network: nn.Module, shape: tuple[int, int, int], classes: int
) -> Place:
    """See that a network with its weights keeps the contract, and that these are all it depends on.

    Returns:
        Where the network returns its logits.

    Raises:
        UserError: it does not, or another network of its factory, with the same state dictionary,
            gives other logits.
    """
    ready = classifier_of(model, network)
    place = check(ready, model, shape, classes, with_weights=True)
    again = classifier_of(model, built(model, shape).network, place)
    fill(again.network, tensor_state(network))
    pixels = trial_images(shape)
    with torch.no_grad():
        logits, others = ready.cpu()(pixels), frozen(again, CPU)(pixels)
    if differs(logits, others, SAME):
        raise UserError(
            f"{about(model)} does not depend on its weights alone: with the same state dictionary "
            "a second one gives other logits. Are layers kept in a plain list or dict (use "
            "nn.ModuleList, nn.ModuleDict), or random tensors made outside of it?"
        )
    return place


def built(model: Model, shape: tuple[int, int, int], classes: int | None = None) -> Classifier:
    """The model's classifier, whose lazy modules know their sizes.

    Args:
        classes: where given, the classifier knows where its network returns logits.

    Raises:
        UserError: it fails on such images, or returns no logits.
    """
    try:
        classifier = initialised(build_classifier(model), shape)
        if any(tensor.is_meta for tensor in tensor_state(classifier.network).values()):
            raise UserError(f"{about(model)} has weights without values, on the device 'meta'")
        if classes is not None:
            with torch.no_grad():
                output = classifier.eval().raw(trial_images(shape))
            classifier.place = find_logits(output, 2, classes)
        return classifier
    except UserError:
        raise
    except (Exception, SystemExit) as error:  # whatever the user's code raises
        raise UserError(f"{about(model)} fails on images {(2, *shape)}: {error!r}") from error


def classifier_of(model: Model, network: nn.Module, place: Place = ()) -> Classifier:
    probabilities = model.outputs == "probabilities"
    return Classifier(network, model.mean, model.std, model.input_size, place, probabilities)


def about(model: Model) -> str:
    return f"zoo: the network of the model '{model.name}', from '{model.factory}',"


def trial_images(shape: tuple[int, int, int]) -> Tensor:
    """A black image and one of noise, (2, C, H, W)."""
    pixels = torch.zeros(2, *shape)
    pixels[1] = 255 * torch.rand(shape, generator=torch.Generator().manual_seed(0))
    return pixels


def check(
    classifier: Classifier,
    model: Model,
    shape: tuple[int, int, int],
    classes: int,
    with_weights: bool = False,
) -> Place:
    """See what a classifier returns, and let it return its logits from then on."""
    where = about(model)
    frozen(classifier, CPU)
    pixels = trial_images(shape)
    outputs = passes(classifier, pixels, where)
    try:
        classifier.place = find_logits(outputs[0], 2, classes)
    except ValueError as error:
        raise UserError(
            f"{where} {error}, for images {tuple(pixels.shape)}; the suite has {classes} classes, "
            "by its file of 'classes' or by its labels"
        ) from error
    if classifier.place:
        log.info("the logits of %s are %s of what it returns", model.name, spoken(classifier.place))
    found = [at(output, classifier.place) for output in outputs]
    if not all(part.isfinite().all() for part in found):
        raise UserError(f"{where} gives outputs that are not finite, of a black image or of noise")
    check_same(found, SAME, where)
    if looks_like_shares(found[0]) or sums_are_equal(found[0]):
        with torch.no_grad():
            found[0] = at(classifier.raw(stretched_images(shape)), classifier.place)
    check_meaning(found[0], model, where, with_weights)
    check_alone(classifier, pixels, at(outputs[0], classifier.place), where)
    return classifier.place


def check_same(outputs: list[Tensor], share: float, where: str) -> None:
    """See that each pass of the same images gives the same outputs."""
    if any(differs(outputs[0], part, share) for part in outputs[1:]):
        raise UserError(
            f"{where} gives the same images other outputs each time, in eval mode too. What is "
            "random must stop where 'self.training' is False (functional dropout asks for "
            "training=self.training), and nothing may be counted or kept from one pass to the next"
        )


def check_on_images(
    classifier: Classifier, model: Model, pixels: np.ndarray, device: torch.device
) -> None:
    """See that a network with its weights keeps the contract on real images as on trial images.

    Args:
        classifier: frozen, on the device.
        pixels: (n, C, H, W), uint8, images of the suite; the first ones are used.

    Raises:
        UserError: outputs that are not finite, or others each time.
    """
    where = about(model)
    for start in range(0, min(IMAGES, len(pixels)), TOGETHER):
        part = np.array(pixels[start : start + TOGETHER])
        outputs = passes(classifier, torch.from_numpy(part).float().to(device), where, 2)
        found = [at(output, classifier.place) for output in outputs]
        if not all(logits.isfinite().all() for logits in found):
            raise UserError(f"{where} gives outputs that are not finite, of images of the suite")
        check_same(found, ALONE, where)


def passes(classifier: Classifier, pixels: Tensor, where: str, least: int = LEAST) -> list[Any]:
    """What the network returns for the same images, each time with other random numbers."""
    kept = states()
    found = []
    try:
        for seed in range(PASSES):
            torch.manual_seed(seed)
            random.seed(seed)
            np.random.seed(seed)  # noqa: NPY002
            before = states()
            with torch.no_grad():
                found.append(classifier.raw(pixels.clone()))
            drawn = not all(map(same_state, before, states()))
            if seed + 1 >= least and not drawn:
                break
    except (Exception, SystemExit) as error:  # whatever the user's code raises
        raise UserError(
            f"{where} fails on images {tuple(pixels.shape)}: {error!r}; it must take any number of "
            "images at once"
        ) from error
    finally:
        torch.set_rng_state(kept[0])
        random.setstate(kept[1])
        np.random.set_state(kept[2])  # noqa: NPY002
    return found


def states() -> tuple[Any, ...]:
    """Of the generators that code draws from unasked: torch's, Python's and NumPy's."""
    return torch.get_rng_state(), random.getstate(), np.random.get_state()  # noqa: NPY002


def same_state(a: Any, b: Any) -> bool:
    if isinstance(a, Tensor):
        return torch.equal(a, b)
    return repr(a) == repr(b) if not isinstance(a[1], np.ndarray) else bool((a[1] == b[1]).all())


def differs(a: Tensor, b: Tensor, share: float) -> bool:
    """Whether outputs differ by more than a share of the largest."""
    a, b = a.double(), b.double()
    return bool((a - b).abs().max() > share * max(float(a.abs().max()), 1e-30))


def stretched_images(shape: tuple[int, int, int]) -> Tensor:
    """Noise of growing contrast, (24, C, H, W), much of it beyond any image's.

    What follows a softmax or a sigmoid stays between 0 and 1 whatever the image; logits that are
    there by chance do not.
    """
    generator = torch.Generator().manual_seed(1)
    noise = torch.rand(24, *shape, generator=generator) - 0.4
    return 255 * noise * 10 ** torch.linspace(0, 3, 24).view(-1, 1, 1, 1)


def looks_like_shares(outputs: Tensor) -> bool:
    return bool((outputs >= 0).all() and (outputs <= 1).all())


def sums_are_equal(outputs: Tensor) -> bool:
    """Whether outputs are nowhere negative and sum to the same for each of several images.

    So do probabilities in percent, or with a small number added, whatever the image.
    """
    sums = outputs.double().sum(1)
    images_differ = differs(outputs[:1], outputs, SAME)
    return bool(
        (outputs >= 0).all() and images_differ and sums.max() - sums.min() < NEAR * sums.max()
    )


def check_meaning(outputs: Tensor, model: Model, where: str, with_weights: bool) -> None:
    """See that outputs are what the model says they are, logits unless it says probabilities."""
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
            f"{where} returns probabilities, for its outputs sum to {float(sums[0]):.3g} for each "
            "image, as after a softmax, and attacks need logits: return what goes into the "
            "softmax, or say 'outputs: probabilities', whose logarithms are then taken"
        )
    if inside and with_weights:
        raise UserError(
            f"{where} returns numbers between 0 and 1 only, as after a sigmoid for each class, and "
            "attacks need logits: return what goes into the sigmoid; if these are logits, say "
            "'outputs: logits'"
        )


def check_alone(classifier: Classifier, pixels: Tensor, outputs: Tensor, where: str) -> None:
    """See that the network takes a single image, and what it makes of it without the other."""
    try:
        with torch.no_grad():
            alone = at(classifier.raw(pixels[1:].clone()), classifier.place)
        shape = tuple(alone.shape)
    except (Exception, SystemExit) as error:  # whatever the user's code raises
        raise UserError(f"{where} fails on a single image: {error!r}") from error
    if shape != (1, outputs.shape[1]):
        raise UserError(
            f"{where} turns a single image into {shape}, and must give (1, {outputs.shape[1]}); "
            "does it squeeze() away the axis of images?"
        )
    if differs(alone[0], outputs[1], ALONE):
        log.warning(
            "%s makes the logits of an image depend on the others that go through it at once, as "
            "batch norm without running statistics does: results hold for these batches only",
            where,
        )


def check_gradient(classifier: Classifier, model: Model, shape: tuple[int, int, int]) -> None:
    """See that the logits have a gradient with respect to the image."""
    pixels = trial_images(shape).requires_grad_()
    try:
        logits: Tensor = classifier(pixels)
        (gradient,) = torch.autograd.grad(logits[:, 0].sum(), pixels)
    except (Exception, SystemExit) as error:  # whatever the user's code raises
        raise UserError(
            f"{about(model)} has no gradient with respect to the image ({str(error)[:200]}), which "
            "attacks ascend; it can be a target, and not a source"
        ) from error
    if not gradient.any():
        log.warning("%s has gradients that are zero everywhere at a trial image", about(model))
