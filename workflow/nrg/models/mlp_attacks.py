"""Table 4: fully connected networks of growing depth, attacked by one another."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from nrg.attack.crafting import craft
from nrg.base.errors import UserError, name_in_errors
from nrg.base.progress import log
from nrg.data.batches import Compute
from nrg.data.images import Images
from nrg.models.classifier import Classifier
from nrg.models.predictions import predict, score
from nrg.study.attacks import Attack


def attack_replicate(
    networks: Mapping[str, Classifier],
    images: Images,
    attacks: Sequence[Attack],
    compute: Compute,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Attack every network, and score every network on the result.

    Args:
        images: all held-out images of the data set.

    Returns:
        Predictions, with the true label of each image in a column `label`; and what the attacks
        did, one row per source and attack, with the columns of `crafting.craft`.

    Raises:
        UserError: there is no image that all networks classify correctly, or a logit or gradient
            is not finite.
    """
    correct = np.ones(len(images), bool)
    for name, network in networks.items():
        network.to(compute.device)
        with name_in_errors(f"the network '{name}'"):
            predictions = predict(network, images.pixels, images.labels, compute)
        correct &= predictions["top1"] == images.labels
    kept = np.flatnonzero(correct)
    log.info("%d of %d images are classified correctly by all depths", len(kept), len(images))
    if not len(kept):
        raise UserError("there is no image that the networks of all depths classify correctly")
    images = images.pick(kept.tolist())
    frames, effects = [], []
    for source, network in networks.items():
        sets = {attack.name: np.empty_like(images.pixels) for attack in attacks}
        with name_in_errors(f"the network '{source}'"):
            effect = craft([network], attacks, images, sets, compute)
        effects.append(effect.assign(source=source))
        for attack, adversarial in sets.items():
            frame = score(networks, source, attack, images, adversarial, compute)
            frames.append(frame.assign(label=np.tile(images.labels, len(networks))))
    return pd.concat(frames, ignore_index=True), pd.concat(effects, ignore_index=True)
