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


def take_gradient(classifier: Classifier, count: int, precision: str = "fp32") -> None:
    x, labels = torch.from_numpy(photographs(count)).float(), torch.arange(count)
    with gradients_in(precision, torch.device("cpu")):
        LossGradient([classifier], labels)(x)


def measure(runs: dict[str, tuple[int, Callable[[], None]]]) -> dict[str, float]:
    """Gradients per second of CPU time, of runs that take turns."""
    best = dict.fromkeys(runs, float("inf"))
    for _ in range(1 + ROUNDS):
        for name, (_, run) in runs.items():
            start = time.process_time()
            run()
            best[name] = min(best[name], time.process_time() - start)
    return {name: count / best[name] for name, (count, _) in runs.items()}


def main() -> None:
    prepare_device(0, 1)
    for net in sys.argv[1:] or NETS:
        classifiers = {name: build(net, forms) for name, forms in FORMS.items()}
        quick = classifiers["packed weights, too"]
        runs = {name: (8, partial(take_gradient, c, 8)) for name, c in classifiers.items()}
        runs |= {f"the same, {n} images": (n, partial(take_gradient, quick, n)) for n in (16, 32)}
        runs["the same, 8 images, bf16"] = (8, partial(take_gradient, quick, 8, "bf16"))
        rates = pd.Series(measure(runs))
        table = pd.DataFrame({"gradients/s": rates.round(2), "ratio": rates / rates.iloc[1]})
        print(f"{net}\n{table.round(3).to_string()}\n", flush=True)


if __name__ == "__main__":
    main()
