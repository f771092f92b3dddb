"""Models behind a defence: what they predict, and how a guest is scored."""

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from scipy.special import bdtrc
from torch import Tensor
from torch.nn.functional import one_hot

from nrg.attack.draws import Draws
from nrg.base.errors import UserError, name_in_errors
from nrg.base.table_files import PROBABILITIES, TOP
from nrg.data.batches import Compute, in_batches, load_pixels
from nrg.data.images import Images, SliceablePixels
from nrg.data.transformations import TransformedImages
from nrg.models.classifier import Classifier
from nrg.models.predictions import Ask, keep_known, predict, score
from nrg.study.defences import TRANSFORMATIONS, Defence
from nrg.study.suite import Model

# A smoothed model abstains where its vote has a larger p-value than this.
ABSTAINING = 0.05
STREAM = "smoothing"  # of its noise, which is therefore not that of the attacks


def score_guest(
    guest: Model,
    classifier: Classifier,
    source: str,
    sets: Mapping[str, SliceablePixels],
    images: Images,
    clean: pd.DataFrame | None,
    compute: Compute,
) -> pd.DataFrame:
    """A guest's predictions on adversarial sets, of the images that it classifies correctly.

    Args:
        sets: (n, C, H, W), uint8, by the name of the attack.
        images: that the sets were made from.
        clean: what it predicts for clean images, with their image_id; without it they are
            classified here, behind its defence.

    Raises:
        UserError: it classifies none of the images correctly, or a logit is not finite.
    """
    ask = ask_behind(guest.defence, images.ids)
    if clean is None:
        with name_in_errors(f"the model '{guest.name}' on clean images"):
            frame = ask(classifier, images.pixels, images.labels, compute)
        clean = frame.assign(image_id=images.ids)
    targets = {guest.name: classifier}
    frames = [
        score(targets, source, attack, images, pixels, compute, ask=ask)
        for attack, pixels in sets.items()
    ]
    return keep_known(pd.concat(frames, ignore_index=True), clean, images)


def ask_behind(defence: Defence | None, ids: Sequence[str]) -> Ask:
    """How a model behind a defence is asked about images of these ids."""
    if defence is None:
        return predict
    if defence.kind in TRANSFORMATIONS:
        return partial(predict_transformed, defence=defence, ids=ids)
    return partial(predict_smoothed, defence=defence, ids=ids)


def predict_transformed(
    classifier: Classifier,
    pixels: SliceablePixels,
    labels: np.ndarray,
    compute: Compute,
    defence: Defence,
    ids: Sequence[str],
) -> pd.DataFrame:
    """Classify images that a defence transforms first; otherwise as `predict`."""
    name, strength = TRANSFORMATIONS[defence.kind], defence.strength
    shown = TransformedImages(pixels, ids, name, strength, compute.seed)
    return predict(classifier, shown, labels, compute)


@torch.no_grad()
def predict_smoothed(
    classifier: Classifier,
    pixels: SliceablePixels,
    labels: np.ndarray,
    compute: Compute,
    defence: Defence,
    ids: Sequence[str],
) -> pd.DataFrame:
    """Classify images by a vote on noisy copies of each (randomised smoothing, Cohen et al. 2019).

    An image has the same noise whether it is attacked or not. The model abstains, with −1 as every
    label, where as many votes for one of the first two labels could be chance
    (`is_no_majority`). As in the original, copies are not clipped to [0, 255].

    Args:
        pixels: (n, C, H, W), uint8.
        labels: (n,), the true labels.
        ids: of the images, (n,).

    Returns:
        As `predict`: labels by their votes, −1 after the last one that has any, and the shares of
        votes for the first and for the true label.

    Raises:
        UserError: a logit is not finite.
    """

    def count_votes(part: slice, _: int) -> Tensor:
        x = load_pixels(pixels[part], compute.device)
        draws = Draws(compute.seed, ids[part], x.shape[1:], compute.device)
        votes = torch.zeros((), dtype=torch.int64, device=compute.device)
        finite = torch.ones((), dtype=torch.bool, device=compute.device)
        for copy in range(defence.copies):
            logits = classifier(x + defence.strength * draws.normal(0, copy, STREAM))
            votes = votes + one_hot(logits.argmax(1), logits.shape[1])
            finite = finite & logits.isfinite().all()
        if not finite:
            raise UserError("logits are not finite; are the weights and normalisation right?")
        return votes.cpu()

    batches = in_batches(len(pixels), compute.microbatch, count_votes)
    votes = torch.cat([result for _, result in batches]).numpy()
    return tell_votes(votes, np.asarray(labels, np.int64))


def tell_votes(votes: npt.NDArray[np.int64], labels: npt.NDArray[np.int64]) -> pd.DataFrame:
    """Votes as predictions.

    Args:
        votes: for each class, (n, classes).
        labels: (n,), the true labels.
    """
    rows = np.arange(len(votes))[:, None]
    order = np.argsort(-votes, axis=1, kind="stable")
    counts = votes[rows, order]
    abstains = is_no_majority(counts[:, 0], counts[:, 1])
    tops = np.where((counts > 0) & ~abstains[:, None], order, -1)[:, : len(TOP)]
    tops = np.pad(tops, ((0, 0), (0, len(TOP) - tops.shape[1])), constant_values=-1)
    frame = pd.DataFrame(tops.astype(np.int16), columns=TOP)
    first_and_true = np.column_stack([order[:, 0], labels])
    shares = votes[rows, first_and_true] / votes.sum(1, keepdims=True)
    frame[PROBABILITIES] = shares.astype(np.float32)
    return frame


def is_no_majority(
    first: npt.NDArray[np.int64], second: npt.NDArray[np.int64]
) -> npt.NDArray[np.bool_]:
    """Whether a fair coin would often favour one of two labels as much: p above ABSTAINING.

    p is that of the two-sided binomial test of Cohen et al., who abstain above 0.001 of 100
    or more votes.

    Args:
        first, second: votes for the two labels, (n,); `first` is not smaller, and 1 or more.
    """
    p = 2 * bdtrc(first - 1, first + second, 0.5)
    return np.asarray(p > ABSTAINING)
