"""Losses of a model or an ensemble, one value an image, never reduced over the batch."""

from collections.abc import Callable

from torch import Tensor
from torch.nn.functional import logsigmoid

Loss = Callable[[Tensor, Tensor, Tensor], Tensor]


def cross_entropy(logits: Tensor, labels: Tensor, log_weights: Tensor) -> Tensor:
    """−log Σ_q w_q p_q(y | x): cross entropy of the members' mean probability (Eq. 3).

    Written with each member's margin s = logsumexp of the other logits − the label's logit, for
    which p(y) = sigmoid(−s). The textbook form takes p − 1, which in float32 rounds to 0 for a
    confident model and turns the sign of the gradient into noise; this one does not cancel.

    Args:
        logits: (members, n, classes).
        labels: (n,), int64.
        log_weights: (members,), logarithms of weights that sum to 1.

    Returns:
        (n,), the loss of each image.
    """
    index = labels.expand(len(logits), -1).unsqueeze(-1)
    others = logits.scatter(-1, index, float("-inf")).logsumexp(-1)
    margins = others - logits.gather(-1, index).squeeze(-1)
    return -(log_weights.unsqueeze(-1) + logsigmoid(-margins)).logsumexp(0)


LOSSES: dict[str, Loss] = {"cross-entropy": cross_entropy}
