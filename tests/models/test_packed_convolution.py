"""A convolution with packed weights computes what the ordinary one does."""

import copy

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as some
from nrg.models.packed_convolution import LEAST_WEIGHTS, PackedConvolution
from nrg.models.quick_form import replace_convolutions
from torch import nn

needs_onednn = pytest.mark.skipif(
    not torch.backends.mkldnn.is_available(), reason="this torch has no oneDNN"
)


def compare(packed: nn.Module, ordinary: nn.Module, x: torch.Tensor) -> None:
    """Check that outputs and gradients agree."""
    x = x.contiguous(memory_format=torch.channels_last).requires_grad_()
    found, expected = packed(x), ordinary(x)
    torch.testing.assert_close(found, expected)
    upstream = torch.randn(expected.shape, generator=torch.Generator().manual_seed(1))
    (by_packed,) = torch.autograd.grad(found, x, upstream)
    (as_usual,) = torch.autograd.grad(expected, x, upstream)
    torch.testing.assert_close(by_packed, as_usual)


@needs_onednn
@settings(deadline=None, max_examples=30)
@given(
    kernel=some.tuples(some.integers(1, 5), some.integers(1, 5)),
    stride=some.tuples(some.integers(1, 3), some.integers(1, 3)),
    padding=some.tuples(some.integers(0, 2), some.integers(0, 2)),
    size=some.tuples(some.integers(5, 9), some.integers(5, 9)),
    bias=some.booleans(),
)
def test_it_computes_what_the_ordinary_convolution_does(kernel, stride, padding, size, bias):
    torch.manual_seed(0)
    ordinary = nn.Conv2d(4, 6, kernel, stride, padding, bias=bias)
    compare(PackedConvolution(ordinary.requires_grad_(False)), ordinary, torch.randn(2, 4, *size))


@needs_onednn
def test_batches_of_other_shapes_pack_again():
    torch.manual_seed(0)
    ordinary = nn.Conv2d(64, 64, 3, 2, 1)
    packed = PackedConvolution(ordinary.requires_grad_(False))
    for shape in ((2, 64, 8, 8), (1, 64, 8, 8), (2, 64, 7, 9), (2, 64, 8, 8)):
        compare(packed, ordinary, torch.randn(shape))


@needs_onednn
def test_other_precisions_run_as_usual():
    ordinary = nn.Conv2d(64, 64, 3).requires_grad_(False)
    packed = PackedConvolution(copy.deepcopy(ordinary))
    x = torch.randn(1, 64, 5, 5)
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(packed(x), ordinary(x))
        assert packed(x).dtype == torch.bfloat16
    assert torch.equal(packed.double()(x.double()), ordinary.double()(x.double()))


@needs_onednn
def test_large_plain_convolutions_are_packed_and_no_others():
    large = nn.Conv2d(128, 64, 3)
    assert large.weight.numel() >= LEAST_WEIGHTS
    others = (
        nn.Conv2d(64, 64, 3),
        nn.Conv2d(256, 256, 3, groups=2),
        nn.Conv2d(128, 64, 3, dilation=2),
        nn.Conv2d(128, 64, 3, padding="same"),
    )
    network = replace_convolutions(nn.Sequential(large, *others))
    assert type(network[0]) is PackedConvolution
    assert all(kept is given for kept, given in zip(network[1:], others, strict=True))
