"""Losses of a network or an ensemble: one value per image, never reduced over the batch."""

from collections.abc import Callable

from torch import Tensor
from torch.nn.functional import cross_entropy as torch_cross_entropy
from torch.nn.functional import logsigmoid

# Logits (networks, n, classes), labels (n,) and log-weights (networks,) to losses (n,).
Loss = Callable[[Tensor, Tensor, Tensor], Tensor]


def cross_entropy(logits: Tensor, labels: Tensor, log_weights: Tensor) -> Tensor:
    """−log Σ_q w_q p_q(y | x): the cross entropy of the networks' mean probability (Eq. 3).

    It is computed from each network's margin s, the logsumexp of the other logits minus the label's
    logit, because p(y) = sigmoid(−s). The gradient of the textbook form contains p − 1. For a
    confident network that rounds to 0 in float32, and the sign of the gradient becomes noise. Here
    nothing cancels.

    Args:
        logits: (networks, n, classes).
        labels: (n,), int64.
        log_weights: (networks,), logarithms of weights that sum to 1.

    Returns:
        (n,), the loss of each image.
    """
    index = labels.expand(len(logits), -1).unsqueeze(-1)
    others = logits.scatter(-1, index, float("-inf")).logsumexp(-1)
    margins = others - logits.gather(-1, index).squeeze(-1)
    return -(log_weights.unsqueeze(-1) + logsigmoid(-margins)).logsumexp(0)


def float32_cross_entropy(logits: Tensor, labels: Tensor, log_weights: Tensor) -> Tensor:
    """The same in the textbook form, which saturates in float32 for a confident network."""
    if len(logits) == 1:
        return torch_cross_entropy(logits[0], labels, reduction="none")
    mean = (log_weights.exp().view(-1, 1, 1) * logits.softmax(-1)).sum(0)
    return -mean.gather(1, labels.unsqueeze(1)).squeeze(1).log()


def carlini_wagner(logits: Tensor, labels: Tensor, log_weights: Tensor) -> Tensor:
    """The largest other logit minus the label's (Carlini & Wagner 2016; the paper's footnote 2).

    For an ensemble the logarithms of the mean probabilities stand in for the logits.
    """
    together = (log_weights.view(-1, 1, 1) + logits.log_softmax(-1)).logsumexp(0)
    index = labels.unsqueeze(1)
    others = together.scatter(1, index, float("-inf")).amax(1)
    return others - together.gather(1, index).squeeze(1)


def logit(logits: Tensor, labels: Tensor, log_weights: Tensor) -> Tensor:
    """−Σ_q w_q z_q(y), minus the label's logit, which does not saturate (Zhao et al. 2021)."""
    index = labels.expand(len(logits), -1).unsqueeze(-1)
    own = logits.gather(-1, index).squeeze(-1)
    return -(log_weights.exp().unsqueeze(-1) * own).sum(0)


LOSSES: dict[str, Loss] = {
    "cross-entropy": cross_entropy,
    "float32-cross-entropy": float32_cross_entropy,
    "carlini-wagner": carlini_wagner,
    "logit": logit,
}
