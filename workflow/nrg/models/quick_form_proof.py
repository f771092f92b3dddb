"""Whether a network's quick form may stand for the network as it was given.

Both forms are run beside a float64 copy of the given network: on images of the suite, on noisy
copies of them and on noise, as many at once as jobs take, and on single images. The quick form runs
only where it is about as near to float64 as the given one; whatever goes wrong, the given one runs.
"""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from nrg.attack.gradients import LossGradient
from nrg.base.devices import allow_tf32, gradients_in
from nrg.base.files import write_whole
from nrg.base.progress import log
from nrg.models.classifier import Classifier, frozen, load_classifier
from nrg.models.proof_cost import KINDS, LEAST
from nrg.study.suite import Model

LOGITS = 10.0  # times the given network's own error
SIGNS = 2.0  # times the given network's own share of wrong signs
DEVIATIONS = 3.0  # of the excess of wrong signs, that chance may explain: one form in 740
CREDIBLE = 2.0**14  # roundings of the largest logit; errors beyond are no rounding
SIGMA = 15.0  # of the noisy copies, in pixels: the paper's
# The largest relative error of rounding a number once.
ROUNDING = {"fp32": 2.0**-24, "tf32": 2.0**-11, "bf16": 2.0**-8}


@dataclass(frozen=True)
class Sample:
    """A batch on which the forms are compared: pixels (n, C, H, W), float32, and labels (n,)."""

    kind: str
    pixels: Tensor
    labels: Tensor


@dataclass(frozen=True)
class Answer:
    """What a network makes of a sample.

    Attributes:
        logits: (n, classes), float64.
        signs: (n, pixels), int8, of the input gradient of the loss.
    """

    logits: Tensor
    signs: Tensor


def samples(pixels: np.ndarray, labels: np.ndarray, size: int) -> list[Sample]:
    """Images, noisy copies of them and noise, in batches of `size`, and the first of each alone."""
    batches = math.ceil(LEAST / size)
    places = np.arange(batches * size) % len(pixels)
    images = torch.from_numpy(np.stack([pixels[place] for place in places])).float()
    truth = torch.from_numpy(np.asarray(labels, np.int64)[places])
    generator = torch.Generator().manual_seed(0)
    noisy = images + SIGMA * torch.randn(images.shape, generator=generator)
    noise = 255 * torch.rand(images.shape, generator=generator)
    found = []
    for kind, x in zip(KINDS, (images, noisy, noise), strict=True):
        parts = [slice(start, start + size) for start in range(0, len(x), size)]
        found += [Sample(kind, x[part], truth[part]) for part in [*parts, slice(0, 1)]]
    return found


def exact_answers(
    classifier: Classifier, given: Sequence[Sample], device: torch.device
) -> list[Answer]:
    """What a float64 network makes of samples, a quarter of a batch at once.

    So it takes no more memory than a job does. Where images depend on others of their batch, that
    is another function; the given network's error then is no rounding, which `compare` refuses.
    """
    found = []
    for sample in given:
        size = math.ceil(len(sample.labels) / 4)
        pieces = zip(sample.pixels.split(size), sample.labels.split(size), strict=True)
        parts = [Sample(sample.kind, pixels, labels) for pixels, labels in pieces]
        whole = answers(classifier, parts, device)
        logits, signs = (torch.cat([getattr(p, k) for p in whole]) for k in ("logits", "signs"))
        found.append(Answer(logits, signs))
    return found


def answers(
    classifier: Classifier, given: Sequence[Sample], device: torch.device, precision: str = ""
) -> list[Answer]:
    """What a classifier makes of samples; without a precision in float64."""
    dtype = torch.float32 if precision else torch.float64
    found = []
    for sample in given:
        seen: list[Tensor] = []

        def watched(x: Tensor, seen: list[Tensor] = seen) -> Tensor:
            seen.append(classifier(x))
            return seen[0]

        x = sample.pixels.to(device, dtype)
        with gradients_in(precision, device):
            gradient = LossGradient([watched], sample.labels.to(device))(x)
        logits = seen[0].detach().double().cpu()
        found.append(Answer(logits, gradient.sign().to(torch.int8).flatten(1).cpu()))
    return found


def measure(
    build: Callable[[], Classifier],
    given: Sequence[Sample],
    device: torch.device,
    precisions: Sequence[str],
) -> dict[str, dict[str, Any]]:
    """How each precision's quick form stands beside the network as given, by precision."""
    exact = exact_answers(frozen(build().double(), device), given, device)
    found = {}
    for precision in precisions:
        allow_tf32(precision == "tf32")
        try:
            plain = answers(frozen(build(), device), given, device, precision)
            fast = answers(frozen(build(), device, quick=True), given, device, precision)
        finally:
            allow_tf32(False)
        found[precision] = compare(given, exact, plain, fast, ROUNDING[precision])
    return found


def compare(
    given: Sequence[Sample],
    exact: Sequence[Answer],
    plain: Sequence[Answer],
    fast: Sequence[Answer],
    rounding: float,
) -> dict[str, Any]:
    """The errors of two forms, and why the quick one may not run; "" where it may.

    Logits, in each sample: the largest error of the quick form is at most LOGITS times that of the
    given one, which counts as at least the rounding of the largest logit, for no form can promise
    to be nearer, and must itself be credible as rounding.

    Signs, in each kind of sample: the quick form has at most SIGNS times as many wrong as the given
    one. Rounding turns signs where a gradient is near zero, several of an image at once, so images
    are the units: with d_i = wrong_quick − SIGNS · wrong_given of image i, the sum of all d_i may
    exceed 0 by DEVIATIONS times √Σ d_i², what it varies by if it is 0 in the mean. That is also
    how few wrong signs are dealt with: one image with any number of them decides nothing.
    """
    why = []
    totals = {"logits_given": 0.0, "logits_quick": 0.0, "signs_given": 0.0, "signs_quick": 0.0}
    entries = 0
    excess: dict[str, list[Tensor]] = {}
    for sample, truth, ours, theirs in zip(given, exact, plain, fast, strict=True):
        alone = " alone" if len(sample.labels) == 1 else ""
        outputs = (truth.logits, ours.logits, theirs.logits)
        if not all(logits.isfinite().all() for logits in outputs):
            why.append(f"the logits of {sample.kind}{alone} are not finite")
            continue
        error, quick_error = (float((logits - outputs[0]).abs().max()) for logits in outputs[1:])
        one = rounding * float(outputs[0].abs().max())
        limit = LOGITS * max(error, one)
        if error > CREDIBLE * one:
            why.append(
                f"its own logits of {sample.kind}{alone} differ from those in float64 by "
                f"{error:.2g}, which is no rounding"
            )
        elif quick_error > limit:
            why.append(
                f"the logits of {sample.kind}{alone} are wrong by {quick_error:.2g}, where at most "
                f"{limit:.2g} can be rounding"
            )
        wrong = (ours.signs != truth.signs).sum(1)
        quick_wrong = (theirs.signs != truth.signs).sum(1)
        excess.setdefault(sample.kind, []).append(quick_wrong - SIGNS * wrong)
        totals["logits_given"] = max(totals["logits_given"], error)
        totals["logits_quick"] = max(totals["logits_quick"], quick_error)
        totals["signs_given"] += int(wrong.sum())
        totals["signs_quick"] += int(quick_wrong.sum())
        entries += truth.signs.numel()
    for kind, parts in excess.items():
        d = torch.cat(parts).double()
        if d.sum() > DEVIATIONS * d.square().sum().sqrt():
            why.append(f"signs of the gradient at {kind} differ by more than rounding turns")
    for key in ("signs_given", "signs_quick"):
        totals[key] /= max(entries, 1)
    return {"quick": not why, "why": "; ".join(why), **totals}


def prove(
    build: Callable[[], Classifier],
    pixels: np.ndarray,
    labels: np.ndarray,
    microbatch: int,
    device: torch.device,
    precisions: Sequence[str],
) -> dict[str, Any]:
    """Whether a model's quick form may run on a kind of device, in each precision.

    Args:
        build: makes the classifier, with its weights, anew.
        pixels: (n, C, H, W), uint8, images of the suite; the first ones are used.
        labels: (n,).
        microbatch: images that jobs let through the network at once.
        precisions: of gradients; a quick form that fails in fp32 computes something else, and is
            used in none.

    Returns:
        device, the kind; of each precision whether the quick form runs, why not, and the errors
        that were measured.
    """
    precisions = list(dict.fromkeys(["fp32", *precisions]))
    size = microbatch
    while True:
        try:
            given = samples(pixels, labels, size)
            found = measure(build, given, device, precisions)
            break
        except torch.OutOfMemoryError as error:
            if size == 1:
                found = refused(precisions, error)
                break
            size //= 2
            torch.cuda.empty_cache()
        except Exception as error:  # in doubt the network as it was given
            found = refused(precisions, error)
            break
    if not found["fp32"]["quick"]:
        found = {key: entry | {"quick": False} for key, entry in found.items()}
    return {"device": device.type, "precisions": found}


def refused(precisions: Sequence[str], error: Exception) -> dict[str, dict[str, Any]]:
    text = str(error).strip().partition("\n")[0][:200]
    why = f"it could not be measured: {type(error).__name__}: {text}"
    return {precision: {"quick": False, "why": why} for precision in precisions}


def say(name: str, verdict: Mapping[str, Any]) -> None:
    """Log, once, in which form a model runs."""
    for precision, found in verdict["precisions"].items():
        if found["quick"]:
            log.info("%s runs in its quick form in %s: it computes the same", name, precision)
        else:
            why = found["why"] or "it does not compute the same in fp32"
            log.warning("%s runs as given in %s, not in its quick form: %s", name, precision, why)


def write_verdict(verdict: Mapping[str, Any], path: str | Path) -> None:
    with write_whole(path) as part:
        part.write_text(json.dumps(verdict, indent=1) + "\n", encoding="utf-8")


def read_verdict(path: str | Path) -> dict[str, Any]:
    return json.loads(Path(path).read_text(encoding="utf-8"))


def load_proven(
    model: Model,
    weights: str | Path,
    verdict: str | Path,
    device: torch.device,
    precision: str = "fp32",
) -> Classifier:
    """A frozen classifier, in its quick form if that was proven for this device and precision.

    Args:
        weights, verdict: the files of both.
    """
    found = read_verdict(verdict)
    same_device = found["device"] == device.type
    if not same_device:
        log.warning(
            "%s was proven on the device %s and runs on %s as given, which is slower; to prove it "
            "here delete %s",
            *(model.name, found["device"], device.type, verdict),
        )
    quick = same_device and found["precisions"].get(precision, {"quick": False})["quick"]
    return load_classifier(model, weights, device, quick)
