"""What the forms of a frozen convolution that suit a CPU have in common.

A form computes a convolution and its gradient in ways of its own. `image_convolution` and
`packed_convolution` are such forms.
"""

from typing import Any, TypeGuard

import torch
from torch import Tensor, nn


class FrozenConvolution(nn.Module):
    """A convolution whose weights have no gradient; a form of it defines the last two methods."""

    weight: Tensor
    bias: Tensor | None

    def __init__(self, convolution: nn.Conv2d) -> None:
        super().__init__()
        bias = convolution.bias
        self.stride = list(convolution.stride)
        self.padding = [int(padding) for padding in convolution.padding]
        self.register_buffer("weight", convolution.weight.detach(), persistent=False)
        self.register_buffer("bias", None if bias is None else bias.detach(), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        output: Tensor = WithOwnGradient.apply(x, self)
        return output

    def convolve(self, x: Tensor) -> Tensor:
        """The convolution of (n, channels, H, W)."""
        raise NotImplementedError

    def find_gradient(self, gradient: Tensor, size: torch.Size) -> Tensor:
        """The gradient with respect to the input, of this height and width, from the output's."""
        raise NotImplementedError


class WithOwnGradient(torch.autograd.Function):
    """A `FrozenConvolution` for autograd."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, convolution: FrozenConvolution) -> Tensor:
        ctx.convolution, ctx.size = convolution, x.shape[2:]
        return convolution.convolve(x)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return ctx.convolution.find_gradient(gradients[0], ctx.size), None


def is_ordinary(module: nn.Module) -> TypeGuard[nn.Conv2d]:
    """Whether a module is torch's own convolution: one group, not dilated, padded with zeros."""
    return (
        type(module) is nn.Conv2d
        and (module.groups, module.dilation) == (1, (1, 1))
        and (module.padding_mode, type(module.padding)) == ("zeros", tuple)
    )
