"""The paper's model families at the scale of 16×16 grey images.

Each factory builds one family out of that family's own block: residual (He et al. 2016), dense
(Huang et al. 2017), fire (Iandola et al. 2016), plain stacks of 3×3 convolutions (Simonyan &
Zisserman 2015), and few pooled layers with large fully connected ones (Krizhevsky et al. 2012).
They are scaled-down members for the suite `digits`, not the published networks.

All take (n, 1, 16, 16) and return logits (n, classes). ReLUs work in place, as in torchvision's
networks, because a tensor less is written and read.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

CLASSES = 10


def conv_bn(inputs: int, outputs: int, kernel: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2, bias=False),
        nn.BatchNorm2d(outputs),
    )


class ResidualBlock(nn.Module):
    """Two 3×3 convolutions, or with `bottleneck` 1×1, 3×3, 1×1, beside a shortcut."""

    def __init__(self, inputs: int, outputs: int, stride: int, bottleneck: bool) -> None:
        super().__init__()
        if bottleneck:
            inner = outputs // 4
            self.body = nn.Sequential(
                conv_bn(inputs, inner, 1),
                nn.ReLU(inplace=True),
                conv_bn(inner, inner, 3, stride),
                nn.ReLU(inplace=True),
                conv_bn(inner, outputs, 1),
            )
        else:
            self.body = nn.Sequential(
                conv_bn(inputs, outputs, 3, stride),
                nn.ReLU(inplace=True),
                conv_bn(outputs, outputs, 3),
            )
        same = inputs == outputs and stride == 1
        self.shortcut = nn.Identity() if same else conv_bn(inputs, outputs, 1, stride)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu_(self.body(x) + self.shortcut(x))


def residual(blocks: Sequence[int], width: int, bottleneck: bool = False) -> nn.Module:
    """Stages of residual blocks; the width doubles and the size halves at each stage."""
    layers: list[nn.Module] = [conv_bn(1, 16, 3), nn.ReLU(inplace=True), nn.MaxPool2d(2)]
    channels = 16
    for stage, count in enumerate(blocks):
        for block in range(count):
            stride = 2 if stage > 0 and block == 0 else 1
            layers.append(ResidualBlock(channels, width * 2**stage, stride, bottleneck))
            channels = width * 2**stage
    return nn.Sequential(
        *layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, CLASSES)
    )


class DenseLayer(nn.Module):
    """Batch norm, ReLU, 1×1 and 3×3 convolution; the output is appended to the input."""

    def __init__(self, inputs: int, growth: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.BatchNorm2d(inputs),
            nn.ReLU(inplace=True),
            nn.Conv2d(inputs, 2 * growth, 1, bias=False),
            nn.BatchNorm2d(2 * growth),
            nn.ReLU(inplace=True),
            nn.Conv2d(2 * growth, growth, 3, padding=1, bias=False),
        )

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([x, self.body(x)], 1)


def dense(blocks: Sequence[int], growth: int) -> nn.Module:
    """Dense blocks with halving transitions between them."""
    channels = 2 * growth
    layers: list[nn.Module] = [conv_bn(1, channels, 3), nn.ReLU(inplace=True), nn.MaxPool2d(2)]
    for block, count in enumerate(blocks):
        for _ in range(count):
            layers.append(DenseLayer(channels, growth))
            channels += growth
        if block < len(blocks) - 1:
            layers += [
                nn.BatchNorm2d(channels),
                nn.ReLU(inplace=True),
                nn.Conv2d(channels, channels // 2, 1, bias=False),
                nn.AvgPool2d(2),
            ]
            channels //= 2
    head = [nn.BatchNorm2d(channels), nn.ReLU(inplace=True), nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    return nn.Sequential(*layers, *head, nn.Linear(channels, CLASSES))


def plain(convolutions: Sequence[int], width: int, hidden: int) -> nn.Module:
    """Stages of 3×3 convolutions with batch norm, each closed by a pooling layer."""
    layers: list[nn.Module] = []
    channels = 1
    for stage, count in enumerate(convolutions):
        for _ in range(count):
            layers += [conv_bn(channels, width * 2**stage, 3), nn.ReLU(inplace=True)]
            channels = width * 2**stage
        layers.append(nn.MaxPool2d(2))
    features = channels * (16 // 2 ** len(convolutions)) ** 2
    head = [nn.Flatten(), nn.Linear(features, hidden), nn.ReLU(inplace=True), nn.Dropout(0.5)]
    return nn.Sequential(*layers, *head, nn.Linear(hidden, CLASSES))


class Fire(nn.Module):
    """A 1×1 squeeze, then 1×1 and 3×3 expansions side by side."""

    def __init__(self, inputs: int, squeeze: int, expand: int) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(inputs, squeeze, 1)
        self.expand1 = nn.Conv2d(squeeze, expand, 1)
        self.expand3 = nn.Conv2d(squeeze, expand, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.relu_(self.squeeze(x))
        return torch.relu_(torch.cat([self.expand1(x), self.expand3(x)], 1))


def fire(blocks: Sequence[int], squeeze: int) -> nn.Module:
    """Fire modules, four times wider out than in; pooled between the blocks."""
    layers: list[nn.Module] = [nn.Conv2d(1, 4 * squeeze, 3, padding=1), nn.ReLU(inplace=True)]
    channels = 4 * squeeze
    for block, count in enumerate(blocks):
        layers.append(nn.MaxPool2d(2))
        for _ in range(count):
            width = squeeze * 2**block
            layers.append(Fire(channels, width, 4 * width))
            channels = 8 * width
    head = [nn.Conv2d(channels, CLASSES, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    return nn.Sequential(*layers, *head)


def pooled(channels: Sequence[int], hidden: int) -> nn.Module:
    """A large first filter, few convolutions, pooling, and two fully connected layers."""
    first, second, third = channels
    return nn.Sequential(
        nn.Conv2d(1, first, 5, padding=2),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(2),
        nn.Conv2d(first, second, 3, padding=1),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(2),
        nn.Conv2d(second, third, 3, padding=1),
        nn.ReLU(inplace=True),
        nn.Flatten(),
        nn.Linear(third * 16, hidden),
        nn.ReLU(inplace=True),
        nn.Dropout(0.5),
        nn.Linear(hidden, CLASSES),
    )
