"""A convolution whose frozen weights lie in the layout in which oneDNN reads them.

On a CPU torch hands every convolution to oneDNN, which brings the weights into a layout of its own
at each pass, forward and backward. Frozen weights need that once.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nrg.models.frozen_convolution import FrozenConvolution

LEAST_WEIGHTS = 2**16  # fewer are brought into that layout in less time than the calls here take

Layout = tuple[tuple[int, ...], Tensor | None]  # of weights, for inputs of this shape


class PackedConvolution(FrozenConvolution):
    """What a frozen convolution computes, with its weights in oneDNN's layout.

    The layout depends on the shape of the input. That of the last shape is kept, because the
    batches of a job have one shape.
    """

    def __init__(self, convolution: nn.Conv2d) -> None:
        super().__init__(convolution)
        self.forward_layout: Layout = ((), None)
        self.backward_layout: Layout = ((), None)

    @staticmethod
    def fits(module: nn.Conv2d) -> bool:
        """Whether an ordinary convolution gains from it, and oneDNN is there."""
        is_large = module.weight.numel() >= LEAST_WEIGHTS
        return is_large and hasattr(torch.ops.mkldnn, "_convolution_transpose_pointwise")

    def forward(self, x: Tensor) -> Tensor:
        if x.dtype != torch.float32 or torch.is_autocast_enabled(x.device.type):
            return F.conv2d(x, self.weight, self.bias, self.stride, self.padding)
        return super().forward(x)

    def convolve(self, x: Tensor) -> Tensor:
        where = (self.padding, self.stride, [1, 1], 1)
        if self.forward_layout[0] != x.shape:
            pack = torch.ops.mkldnn._reorder_convolution_weight
            self.forward_layout = (x.shape, pack(self.weight, *where, x.shape))
        run: Callable[..., Tensor] = torch.ops.mkldnn._convolution_pointwise
        return run(x, self.forward_layout[1], self.bias, *where, "none", [], "")

    def find_gradient(self, gradient: Tensor, size: torch.Size) -> Tensor:
        gradient = gradient.contiguous(memory_format=torch.channels_last)
        kernel, outputs = self.weight.shape[2:], gradient.shape[2:]
        axes = zip(size, outputs, kernel, self.stride, self.padding, strict=True)
        left_over = [whole - ((o - 1) * s + k - 2 * p) for whole, o, k, s, p in axes]
        where = (self.padding, left_over, self.stride, [1, 1], 1)
        if self.backward_layout[0] != (*gradient.shape, *size):
            pack = torch.ops.mkldnn._reorder_convolution_transpose_weight
            packed = pack(self.weight, *where, gradient.shape)
            self.backward_layout = ((*gradient.shape, *size), packed)
        run: Callable[..., Tensor] = torch.ops.mkldnn._convolution_transpose_pointwise
        return run(gradient, self.backward_layout[1], None, *where, "none", [], "")
