"""Predictions of models on images: their Top-5 labels and two probabilities."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import pandas as pd
import pyarrow as pa
import torch
from torch import Tensor, nn

from nrg.base.errors import UserError, name_in_errors
from nrg.base.progress import Progress
from nrg.base.table_files import PROBABILITIES, TOP
from nrg.data.batches import Compute, in_batches, load_pixels
from nrg.data.images import Images, SliceablePixels
from nrg.data.transformations import TransformedImages

NAME = pa.dictionary(pa.int32(), pa.string())
SCHEMA = pa.schema(
    [
        ("source", NAME),
        ("attack", NAME),
        ("transformation", NAME),
        ("strength", pa.float32()),
        ("target", NAME),
        ("image_id", NAME),
        *((top, pa.int16()) for top in TOP),
        *((probability, pa.float32()) for probability in PROBABILITIES),
    ]
)


class Ask(Protocol):
    """How a target is asked about images: `predict`, or a function like it."""

    def __call__(
        self, classifier: Any, pixels: SliceablePixels, labels: np.ndarray, compute: Compute, /
    ) -> pd.DataFrame: ...


@torch.no_grad()  # not inference mode: a network could keep its tensors, and need gradients later
def predict(
    classifier: nn.Module, pixels: SliceablePixels, labels: np.ndarray, compute: Compute
) -> pd.DataFrame:
    """Classify images.

    Args:
        pixels: (n, C, H, W), uint8; they are read batch by batch, so they may be mapped from a
            file.
        labels: (n,), the true labels.

    Returns:
        top1 … top5, most probable first (−1 where there are fewer classes), and the probabilities
        of the first and of the true label.

    Raises:
        UserError: a logit is not finite, so that there is no label.
    """

    def classify(part: slice, _: int) -> tuple[Tensor, Tensor]:
        logits: Tensor = classifier(load_pixels(pixels[part], compute.device))
        if not logits.isfinite().all():
            raise UserError("logits are not finite; are the weights and normalisation right?")
        true = torch.from_numpy(np.array(labels[part], np.int64)).to(logits.device)
        best = logits.topk(min(5, logits.shape[1]), dim=1).indices
        first_and_true = torch.stack((best[:, 0], true), dim=1)
        return best.cpu(), logits.softmax(1).gather(1, first_and_true).cpu()

    batches = [result for _, result in in_batches(len(pixels), compute.microbatch, classify)]
    tops, probabilities = zip(*batches, strict=True)
    best = torch.cat(tops).numpy()
    best = np.pad(best, ((0, 0), (0, 5 - best.shape[1])), constant_values=-1)
    frame = pd.DataFrame(best.astype(np.int16), columns=TOP)
    frame[PROBABILITIES] = torch.cat(probabilities).numpy()
    return frame


def score(
    targets: Mapping[str, nn.Module],
    source: str,
    attack: str,
    images: Images,
    adversarial: SliceablePixels,
    compute: Compute,
    transformation: str = "none",
    strength: float = 0.0,
    ask: Ask = predict,
) -> pd.DataFrame:
    """Predictions of every target on one adversarial set, with the columns of `SCHEMA`.

    Args:
        images: the evaluation set that the adversarial images were made from.
        adversarial: (n, C, H, W), uint8.
        transformation, strength: what was done to the images before, as the columns name it.
        ask: how targets are asked; `defences.ask_behind` for those behind a defence.

    Raises:
        UserError: the set holds another number of images, or a logit is not finite.
    """
    if len(adversarial) != len(images):
        raise UserError(
            f"the adversarial set {attack} of {source} holds {len(adversarial)} images, and the "
            f"evaluation set {len(images)}: it was made for another evaluation set; delete both "
            "and run again"
        )
    frames = []
    for target, classifier in targets.items():
        with name_in_errors(f"the model '{target}' on {attack} of {source}"):
            frame = ask(classifier, adversarial, images.labels, compute)
        frames.append(frame.assign(target=target, image_id=images.ids))
    return pd.concat(frames, ignore_index=True).assign(
        source=source, attack=attack, transformation=transformation, strength=strength
    )


def keep_known(predictions: pd.DataFrame, clean: pd.DataFrame, images: Images) -> pd.DataFrame:
    """Keep the predictions on images that the model classifies correctly when they are clean.

    Args:
        clean: the model's predictions on clean images: image_id, top1.

    Raises:
        UserError: it classifies none of the images correctly.
    """
    labels = pd.DataFrame({"image_id": images.ids, "label": images.labels})
    joined = clean.merge(labels, on="image_id")
    known = joined["image_id"][joined["top1"] == joined["label"]]
    if known.empty:
        raise UserError(
            f"the model '{predictions['target'].iloc[0]}' classifies none of the "
            f"{len(images)} images correctly: are its weights and normalisation right?"
        )
    return predictions[predictions["image_id"].isin(known)]


def score_transformations(
    targets: Mapping[str, nn.Module],
    source: str,
    sets: Mapping[str, np.ndarray],
    images: Images,
    transformations: Sequence[tuple[str, Sequence[float]]],
    compute: Compute,
) -> pd.DataFrame:
    """Predictions on every set as it is, and at every strength of every transformation.

    Args:
        sets: (n, C, H, W), uint8, by the name of the attack, or "clean".
    """
    settings = [
        ("none", 0.0),
        *((name, strength) for name, strengths in transformations for strength in strengths),
    ]
    frames = []
    with Progress("transformed images", len(sets) * len(settings) * len(images)) as progress:
        for attack, pixels in sets.items():
            for name, strength in settings:
                shown: SliceablePixels = pixels
                if name != "none":
                    shown = TransformedImages(pixels, images.ids, name, strength, compute.seed)
                frames.append(
                    score(targets, source, attack, images, shown, compute, name, strength)
                )
                progress.advance(len(images))
    return pd.concat(frames, ignore_index=True)
