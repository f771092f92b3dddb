"""Architectures that came after the paper's, at the scale of 16×16 grey images.

A vision transformer (Dosovitskiy et al. 2021) and a ConvNeXt (Liu et al. 2022), scaled down for the
suite `digits`. Both take (n, 1, 16, 16) and return logits (n, classes).
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from nrg.models.digits_zoo import CLASSES

SIDE = 16


class Attention(nn.Module):
    """Self-attention between tokens (n, tokens, width), by several heads."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.queries, self.keys = nn.Linear(width, width), nn.Linear(width, width)
        self.values, self.merge = nn.Linear(width, width), nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        queries, keys, values = (
            layer(x).unflatten(2, (self.heads, -1)).transpose(1, 2)
            for layer in (self.queries, self.keys, self.values)
        )
        similarity = queries @ keys.transpose(2, 3) / queries.shape[3] ** 0.5
        mixed: Tensor = self.merge((similarity.softmax(3) @ values).transpose(1, 2).flatten(2))
        return mixed


class Residual(nn.Module):
    """x plus a scaled branch of x. The scale is learned and starts small (Touvron et al. 2021)."""

    def __init__(self, branch: nn.Module, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.branch, self.scale = branch, nn.Parameter(torch.full(shape, 0.1))

    def forward(self, x: Tensor) -> Tensor:
        return torch.addcmul(x, self.scale, self.branch(x))


class Tokens(nn.Module):
    """Patches of an image as tokens (n, tokens, width), each with its learned position."""

    def __init__(self, patch: int, width: int) -> None:
        super().__init__()
        self.embed = nn.Conv2d(1, width, patch, patch)
        self.positions = nn.Parameter(torch.randn((SIDE // patch) ** 2, width) / 10)

    def forward(self, x: Tensor) -> Tensor:
        return torch.add(self.embed(x).flatten(2).transpose(1, 2), self.positions)


class MeanOfTokens(nn.Module):
    """The mean over tokens, (n, width)."""

    def forward(self, x: Tensor) -> Tensor:
        return x.mean(1)


def transformer(depth: int, width: int, heads: int, patch: int) -> nn.Module:
    """A vision transformer whose classifier sees the mean of all tokens."""
    layers: list[nn.Module] = [Tokens(patch, width)]
    for _ in range(depth):
        attend = nn.Sequential(nn.LayerNorm(width), Attention(width, heads))
        think = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width)
        )
        layers += [Residual(attend, (width,)), Residual(think, (width,))]
    return nn.Sequential(*layers, nn.LayerNorm(width), MeanOfTokens(), nn.Linear(width, CLASSES))


class NormOfChannels(nn.Module):
    """Layer normalisation over the channels of each pixel, as ConvNeXt's."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(channels)

    def forward(self, x: Tensor) -> Tensor:
        return torch.movedim(self.norm(x.movedim(1, 3)), 3, 1)


def convnext(blocks: Sequence[int], width: int) -> nn.Module:
    """Stages of depthwise 5×5 convolutions, each with a layer norm and two 1×1 convolutions."""
    layers: list[nn.Module] = [nn.Conv2d(1, width, 2, 2), NormOfChannels(width)]
    channels = width
    for stage, count in enumerate(blocks):
        if stage > 0:
            layers += [NormOfChannels(channels), nn.Conv2d(channels, 2 * channels, 2, 2)]
            channels *= 2
        for _ in range(count):
            branch = nn.Sequential(
                nn.Conv2d(channels, channels, 5, padding=2, groups=channels),
                NormOfChannels(channels),
                nn.Conv2d(channels, 2 * channels, 1),
                nn.GELU(),
                nn.Conv2d(2 * channels, channels, 1),
            )
            layers.append(Residual(branch, (channels, 1, 1)))
    head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.LayerNorm(channels)]
    return nn.Sequential(*layers, *head, nn.Linear(channels, CLASSES))
