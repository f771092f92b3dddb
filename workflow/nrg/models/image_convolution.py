"""A convolution of images whose gradient is computed block by block.

The gradient of a convolution with respect to its input is a convolution with as many output
channels as an image has. A processor computes 16 at once, of which one or three are then of use.
Here every pixel of a block has output channels of its own, so that more of them are.
"""

from math import ceil, floor

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nrg.models.frozen_convolution import FrozenConvolution

BLOCKS = {1: 4, 3: 2}  # the least width, in pixels, of a block of grey and of RGB images


class ImageConvolution(FrozenConvolution):
    """What a frozen convolution of images computes, with a quicker gradient on a CPU.

    With stride s and padding p, pixel i of an image meets output o in the kernel's entry
    i + p − s·o. The width of a block is a multiple of s. All its pixels meet the same few
    outputs, so that one convolution of the output's gradient gives the gradients of them all.
    """

    block_weight: Tensor

    def __init__(self, convolution: nn.Conv2d) -> None:
        super().__init__(convolution)
        stride = self.stride[0]
        self.block = stride * max(1, BLOCKS[convolution.in_channels] // stride)
        rows, columns = (
            select_entries(*axis, self.block).to(self.weight)
            for axis in zip(convolution.kernel_size, self.padding, self.stride, strict=True)
        )
        entries = torch.einsum("oihw,rah,sbw->irsoab", self.weight, rows, columns)
        self.register_buffer("block_weight", entries.flatten(0, 2), persistent=False)

    @staticmethod
    def fits(module: nn.Conv2d) -> bool:
        """Whether an ordinary convolution is one of grey or RGB images that can be computed so."""
        inside = zip(map(int, module.padding), module.kernel_size, strict=True)
        return (
            module.in_channels in BLOCKS
            and module.stride[0] == module.stride[1]
            and all(padding < kernel for padding, kernel in inside)
        )

    def convolve(self, x: Tensor) -> Tensor:
        return F.conv2d(x, self.weight, self.bias, self.stride, self.padding)

    def find_gradient(self, gradient: Tensor, size: torch.Size) -> Tensor:
        step = self.block // self.stride[0]  # outputs from one block to the next
        paddings, kept = [], [slice(None), slice(None)]
        for axis, (pixels, padding) in enumerate(zip(size, self.padding, strict=True), start=2):
            blocks, kernel = ceil(pixels / self.block), self.block_weight.shape[axis]
            before = -find_first_output(self.weight.shape[axis], padding, self.stride[0])
            after = step * (blocks - 1) + kernel - before - gradient.shape[axis]
            # Both sides get the same padding, which may add blocks before the image.
            added = max(0, ceil((after - before) / step))
            paddings.append(before + step * added)
            kept.append(slice(added, added + blocks))
        weight = self.block_weight.to(gradient.dtype)
        blocks_found = F.conv2d(gradient, weight, stride=step, padding=paddings)[tuple(kept)]
        return F.pixel_shuffle(blocks_found, self.block)[:, :, : size[0], : size[1]]


def find_first_output(kernel: int, padding: int, stride: int) -> int:
    """The first output that pixel 0 meets, counted from output 0; it may lie before it."""
    return -floor((kernel - 1 - padding) / stride)


def select_entries(kernel: int, padding: int, stride: int, block: int) -> Tensor:
    """Which entry of the kernel joins a block's pixel with an output, along one axis.

    Returns:
        (block, outputs, kernel), bool, true at that entry; the outputs are those that the
        block's pixels meet, in their order.
    """
    first, last = find_first_output(kernel, padding, stride), (block - 1 + padding) // stride
    pixel, output, entry = torch.meshgrid(
        torch.arange(block), torch.arange(first, last + 1), torch.arange(kernel), indexing="ij"
    )
    return entry == pixel + padding - stride * output
