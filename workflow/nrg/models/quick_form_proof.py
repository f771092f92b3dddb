"""Whether a network's quick form computes the same as the network as it was given.

Both forms are compared with a float64 copy of the given network: on images of the suite, on noisy
copies of them and on noise, in batches as large as those of jobs, and on single images. The quick
form runs only where it is about as near to float64 as the given form. If anything goes wrong, the
given form runs.
"""

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NotRequired, TypedDict

import numpy as np
import torch
from torch import Tensor

from nrg.attack.gradients import LossGradient
from nrg.base.devices import allow_tf32, gradients_in
from nrg.base.files import write_whole
from nrg.base.progress import log
from nrg.models.classifier import Classifier, freeze, load_classifier
from nrg.models.proof_cost import IMAGE_KINDS, LEAST
from nrg.study.suite import Model

LOGITS = 10.0  # how many times larger errors of the quick form's logits may be
SIGNS = 2.0  # how many times more wrong signs the quick form's gradient may have
DEVIATIONS = 3.0  # standard deviations by which wrong signs may exceed that: 1 in 740 by chance
CREDIBLE = 2.0**14  # roundings of the largest logit; a larger error does not come from rounding
SIGMA = 15.0  # of the noisy copies, in pixels, as in the paper
# The largest relative error of rounding a number once.
ROUNDING = {"fp32": 2.0**-24, "tf32": 2.0**-11, "bf16": 2.0**-8}


@dataclass(frozen=True)
class Sample:
    """A batch on which the forms are compared: pixels (n, C, H, W), float32, and labels (n,).

    Its kind is "images", "noisy images" or "noise".
    """

    kind: str
    pixels: Tensor
    labels: Tensor

    def cut(self, size: int) -> "list[Sample]":
        """The batch in smaller ones of this size, of which the last may be smaller still."""
        parts = zip(torch.split(self.pixels, size), torch.split(self.labels, size), strict=True)
        return [Sample(self.kind, *part) for part in parts]


@dataclass(frozen=True)
class Answer:
    """What a network computes for a sample.

    Attributes:
        logits: (n, classes), float64.
        signs: (n, pixels), int8, of the loss's gradient with respect to the image.
    """

    logits: Tensor
    signs: Tensor


class Finding(TypedDict):
    """Whether the quick form may run in one precision, why not ("" if it may), and the errors.

    Errors of logits are the largest of all samples; signs are shares of wrong ones. They are
    missing where nothing could be measured.
    """

    quick: bool
    why: str
    logits_given: NotRequired[float]
    logits_quick: NotRequired[float]
    signs_given: NotRequired[float]
    signs_quick: NotRequired[float]


class Verdict(TypedDict):
    """The findings on a kind of device ("cpu" or "cuda"), by precision."""

    device: str
    precisions: dict[str, Finding]


def make_samples(pixels: np.ndarray, labels: np.ndarray, size: int) -> list[Sample]:
    """Images, noisy copies of them and noise, in batches of `size`, and the first of each alone."""
    batches = math.ceil(LEAST / size)
    rows = np.arange(batches * size) % len(pixels)
    images = torch.from_numpy(np.stack([pixels[row] for row in rows])).float()
    truth = torch.from_numpy(np.asarray(labels, np.int64)[rows])
    generator = torch.Generator().manual_seed(0)
    noisy = images + SIGMA * torch.randn(images.shape, generator=generator)
    noise = 255 * torch.rand(images.shape, generator=generator)
    samples = []
    for kind, x in zip(IMAGE_KINDS, (images, noisy, noise), strict=True):
        whole = Sample(kind, x, truth)
        samples += [*whole.cut(size), whole.cut(1)[0]]
    return samples


def answer_exactly(
    classifier: Classifier, samples: Sequence[Sample], device: torch.device
) -> list[Answer]:
    """What a float64 network computes for samples, a quarter of a batch at once.

    In quarters it takes no more memory than a job does. If images depend on the others of their
    batch, a quarter gives other logits. The given network's error is then larger than rounding, and
    `judge_form` refuses the quick form.
    """
    joined = []
    for sample in samples:
        quarters = sample.cut(math.ceil(len(sample.labels) / 4))
        answers = answer(classifier, quarters, device)
        logits = torch.cat([quarter.logits for quarter in answers])
        signs = torch.cat([quarter.signs for quarter in answers])
        joined.append(Answer(logits, signs))
    return joined


def answer(
    classifier: Classifier, samples: Sequence[Sample], device: torch.device, precision: str = ""
) -> list[Answer]:
    """What a classifier computes for samples in a precision, or in float64 if none is given."""
    dtype = torch.float32 if precision else torch.float64
    answers = []
    for sample in samples:
        returned: list[Tensor] = []

        def keep_logits(x: Tensor, returned: list[Tensor] = returned) -> Tensor:
            returned.append(classifier(x))
            return returned[0]

        x = sample.pixels.to(device, dtype)
        with gradients_in(precision, device):
            gradient = LossGradient([keep_logits], sample.labels.to(device))(x)
        logits = returned[0].detach().double().cpu()
        answers.append(Answer(logits, gradient.sign().to(torch.int8).flatten(1).cpu()))
    return answers


def measure_forms(
    build: Callable[[], Classifier],
    samples: Sequence[Sample],
    device: torch.device,
    precisions: Sequence[str],
) -> dict[str, Finding]:
    """Compare the quick form with the network as given, in each precision."""
    exact = answer_exactly(freeze(build().double(), device), samples, device)
    findings = {}
    for precision in precisions:
        allow_tf32(precision == "tf32")
        try:
            given = answer(freeze(build(), device), samples, device, precision)
            quick = answer(freeze(build(), device, quick=True), samples, device, precision)
        finally:
            allow_tf32(False)
        findings[precision] = judge_form(samples, exact, given, quick, ROUNDING[precision])
    return findings


def judge_form(
    samples: Sequence[Sample],
    exact: Sequence[Answer],
    given: Sequence[Answer],
    quick: Sequence[Answer],
    rounding: float,
) -> Finding:
    """Measure the errors of both forms, and decide whether the quick one may run.

    Logits, in each sample: the largest error of the quick form may be LOGITS times the largest
    error of the given form. The latter counts as at least the rounding of the largest logit,
    because no form can promise to be nearer, and must be small enough to come from rounding.

    Signs, in each kind of sample: the quick form may have SIGNS times as many wrong signs as the
    given form. Rounding turns signs where a gradient is near zero, and several of an image at once,
    so images are the units. With d_i = wrong_quick − SIGNS · wrong_given of image i, the sum of all
    d_i may exceed 0 by DEVIATIONS times √Σ d_i², which is its standard deviation if its mean is 0.
    So one image alone, with any number of wrong signs, decides nothing.

    Args:
        exact: answers of the given network in float64.
        rounding: the largest relative error of rounding a number once.
    """
    why = []
    logits_given = logits_quick = 0.0
    signs_given = signs_quick = signs = 0
    excess: dict[str, list[Tensor]] = {}
    for sample, truth, plain, fast in zip(samples, exact, given, quick, strict=True):
        alone = " alone" if len(sample.labels) == 1 else ""
        outputs = (truth.logits, plain.logits, fast.logits)
        if not all(logits.isfinite().all() for logits in outputs):
            why.append(f"the logits of {sample.kind}{alone} are not finite")
            continue
        error = float((plain.logits - truth.logits).abs().max())
        quick_error = float((fast.logits - truth.logits).abs().max())
        one_rounding = rounding * float(truth.logits.abs().max())
        limit = LOGITS * max(error, one_rounding)
        if error > CREDIBLE * one_rounding:
            why.append(
                f"its own logits of {sample.kind}{alone} differ from those in float64 by "
                f"{error:.2g}, which is no rounding"
            )
        elif quick_error > limit:
            why.append(
                f"the logits of {sample.kind}{alone} are wrong by {quick_error:.2g}, where at most "
                f"{limit:.2g} can be rounding"
            )
        wrong = (plain.signs != truth.signs).sum(1)
        quick_wrong = (fast.signs != truth.signs).sum(1)
        excess.setdefault(sample.kind, []).append(quick_wrong - SIGNS * wrong)
        logits_given = max(logits_given, error)
        logits_quick = max(logits_quick, quick_error)
        signs_given += int(wrong.sum())
        signs_quick += int(quick_wrong.sum())
        signs += truth.signs.numel()
    for kind, parts in excess.items():
        d = torch.cat(parts).double()
        if d.sum() > DEVIATIONS * d.square().sum().sqrt():
            why.append(f"signs of the gradient at {kind} differ by more than rounding turns")
    return {
        "quick": not why,
        "why": "; ".join(why),
        "logits_given": logits_given,
        "logits_quick": logits_quick,
        "signs_given": signs_given / max(signs, 1),
        "signs_quick": signs_quick / max(signs, 1),
    }


def prove(
    build: Callable[[], Classifier],
    pixels: np.ndarray,
    labels: np.ndarray,
    microbatch: int,
    device: torch.device,
    precisions: Sequence[str],
) -> Verdict:
    """Decide whether a model's quick form may run on a kind of device, in each precision.

    Args:
        build: makes the classifier, with its weights, anew.
        pixels: (n, C, H, W), uint8, images of the suite; the first ones are used.
        labels: (n,).
        microbatch: images that go through the network at once in jobs.
        precisions: of gradients. A quick form that fails in fp32 computes something else, and is
            used in no precision.
    """
    precisions = list(dict.fromkeys(["fp32", *precisions]))
    size = microbatch
    while True:
        try:
            samples = make_samples(pixels, labels, size)
            findings = measure_forms(build, samples, device, precisions)
            break
        except torch.OutOfMemoryError as error:
            if size == 1:
                findings = refuse_all(precisions, error)
                break
            size //= 2
            torch.cuda.empty_cache()
        except Exception as error:  # in doubt the network runs as it was given
            findings = refuse_all(precisions, error)
            break
    if not findings["fp32"]["quick"]:
        for finding in findings.values():
            finding["quick"] = False
    return {"device": device.type, "precisions": findings}


def refuse_all(precisions: Sequence[str], error: Exception) -> dict[str, Finding]:
    """The findings where an error kept the forms from being measured."""
    text = str(error).strip().partition("\n")[0][:200]
    why = f"it could not be measured: {type(error).__name__}: {text}"
    return {precision: {"quick": False, "why": why} for precision in precisions}


def log_verdict(name: str, verdict: Verdict) -> None:
    """Log in which form a model runs."""
    for precision, finding in verdict["precisions"].items():
        if finding["quick"]:
            log.info("%s runs in its quick form in %s: it computes the same", name, precision)
        else:
            why = finding["why"] or "it does not compute the same in fp32"
            log.warning("%s runs as given in %s, not in its quick form: %s", name, precision, why)


def write_verdict(verdict: Verdict, path: str | Path) -> None:
    """Write the verdict as JSON."""
    with write_whole(path) as part:
        part.write_text(json.dumps(verdict, indent=1) + "\n", encoding="utf-8")


def read_verdict(path: str | Path) -> Verdict:
    """Read what `write_verdict` wrote."""
    verdict: Verdict = json.loads(Path(path).read_text(encoding="utf-8"))
    return verdict


def load_proven(
    model: Model,
    weights: str | Path,
    proof: str | Path,
    device: torch.device,
    precision: str = "fp32",
) -> Classifier:
    """A frozen classifier, in its quick form if that was proven for this device and precision.

    Args:
        weights: the file that `save_weights` wrote.
        proof: the file that `write_verdict` wrote.
    """
    verdict = read_verdict(proof)
    same_device = verdict["device"] == device.type
    if not same_device:
        log.warning(
            "%s was proven on the device %s and runs on %s as given, which is slower; to prove it "
            "here delete %s",
            model.name,
            verdict["device"],
            device.type,
            proof,
        )
    finding = verdict["precisions"].get(precision)
    quick = same_device and finding is not None and finding["quick"]
    return load_classifier(model, weights, device, quick)
