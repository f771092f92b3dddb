"""What each part of the quick form gains on a CPU: python tests/bench/forms.py [NETWORK …]

Measures gradients per second of CPU time, with one thread, of forms that take turns. The best of
several rounds counts, so that other programs on the machine hardly matter.
"""

import sys
import time
from collections.abc import Callable
from functools import partial

import pandas as pd
import torch
from measure import NETS, photographs
from nrg.attack.gradients import LossGradient
from nrg.base.devices import gradients_in, prepare_device
from nrg.models import quick_form
from nrg.models.classifier import Classifier, build_classifier, freeze
from nrg.models.image_convolution import ImageConvolution
from nrg.models.packed_convolution import PackedConvolution
from nrg.study.settings import load_suite

ROUNDS = 8
FORMS = {
    "as given": None,
    "batch norm, channels last": (),
    "gradients by blocks, too": (ImageConvolution,),
    "packed weights, too": (ImageConvolution, PackedConvolution),
}


def build(net: str, forms: tuple[type, ...] | None) -> Classifier:
    """The network with random weights, with these forms of convolutions."""
    torch.manual_seed(0)
    classifier = build_classifier(load_suite("imagenet", {}).zoo[net])
    if forms is None:
        return freeze(classifier, torch.device("cpu"))
    kept, quick_form.CPU_FORMS = quick_form.CPU_FORMS, forms
    try:
        return freeze(classifier, torch.device("cpu"), quick=True)
    finally:
        quick_form.CPU_FORMS = kept


def take_gradient(classifier: Classifier, count: int = 8, precision: str = "fp32") -> torch.Tensor:
    x, labels = torch.from_numpy(photographs(count)).float(), torch.arange(count)
    with gradients_in(precision, torch.device("cpu")):
        return LossGradient([classifier], labels)(x)


def measure(runs: dict[str, Callable[[], torch.Tensor]]) -> pd.DataFrame:
    """Gradients per second of CPU time, of runs that take turns, and compared with the second run.

    Returns:
        A row per run: gradients/s, ratio, and the share of the second run's signs that differ; NaN
        where a run takes more images.
    """
    best, signs = dict.fromkeys(runs, float("inf")), {}
    for _ in range(1 + ROUNDS):
        for name, run in runs.items():
            start = time.process_time()
            gradient = run()
            best[name] = min(best[name], (time.process_time() - start) / len(gradient))
            signs[name] = gradient.sign()
    reference = signs[list(runs)[1]]
    differ = [
        float((each != reference).float().mean()) if len(each) == len(reference) else float("nan")
        for each in signs.values()
    ]
    rates = 1 / pd.Series(best)
    columns = {"gradients/s": rates, "ratio": rates / rates.iloc[1], "signs differ": differ}
    return pd.DataFrame(columns)


def main() -> None:
    prepare_device(0, 1)
    for net in sys.argv[1:] or NETS:
        classifiers = {name: build(net, forms) for name, forms in FORMS.items()}
        quick = classifiers["packed weights, too"]
        runs = {name: partial(take_gradient, c) for name, c in classifiers.items()}
        runs |= {f"the same, {n} images": partial(take_gradient, quick, n) for n in (16, 32)}
        runs["the same, 8 images, bf16"] = partial(take_gradient, quick, 8, "bf16")
        print(f"{net}\n{measure(runs).round(4).to_string()}\n", flush=True)


if __name__ == "__main__":
    main()
