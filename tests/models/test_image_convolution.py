"""A convolution whose gradient is computed block by block has the ordinary one's values."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as some
from nrg.models.image_convolution import ImageConvolution
from nrg.models.quick_form import make_quick_form, replace_convolutions
from torch import nn


@settings(deadline=None)
@given(
    channels=some.sampled_from([1, 3]),
    kernel=some.tuples(some.integers(1, 8), some.integers(1, 8)),
    stride=some.integers(1, 5),
    padding=some.tuples(some.integers(0, 7), some.integers(0, 7)),
    size=some.tuples(some.integers(8, 15), some.integers(8, 15)),
    bias=some.booleans(),
)
def test_gradient_is_that_of_the_ordinary_convolution(
    channels, kernel, stride, padding, size, bias
):
    padding = tuple(min(p, k - 1) for p, k in zip(padding, kernel, strict=True))
    generator = torch.Generator().manual_seed(0)
    given_form = nn.Conv2d(channels, 5, kernel, stride, padding, bias=bias).double()
    assert ImageConvolution.fits(given_form)
    x = torch.randn(
        2, channels, *size, generator=generator, dtype=torch.float64, requires_grad=True
    )
    expected = given_form(x)
    found = ImageConvolution(given_form.requires_grad_(False))(x)
    assert torch.equal(found, expected)
    upstream = torch.randn(expected.shape, generator=generator, dtype=torch.float64)
    (by_blocks,) = torch.autograd.grad(found, x, upstream)
    (as_usual,) = torch.autograd.grad(expected, x, upstream)
    torch.testing.assert_close(by_blocks, as_usual, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    "convolution",
    [
        nn.Conv2d(2, 4, 3),
        nn.Conv2d(3, 6, 3, groups=3),
        nn.Conv2d(3, 4, 3, dilation=2),
        nn.Conv2d(3, 4, 3, padding="same"),
        nn.Conv2d(3, 4, 3, padding=1, padding_mode="reflect"),
        nn.Conv2d(3, 4, 1, padding=1),
        nn.Conv2d(3, 4, 3, stride=(1, 2)),
        nn.Linear(3, 4),
    ],
)
def test_other_modules_stay_as_they_are(convolution):
    network = nn.Sequential(convolution)
    assert replace_convolutions(network)[0] is convolution


def test_convolutions_of_images_are_replaced_on_the_cpu_alone():
    for device, form in (("cpu", ImageConvolution), ("cuda", nn.Conv2d)):
        network = nn.Sequential(nn.Sequential(nn.Conv2d(3, 4, 3)))
        quick = make_quick_form(network, torch.device(device))
        assert [type(module) for module in quick.modules()][-1] is form


def test_bfloat16_goes_through_it():
    network = make_quick_form(nn.Sequential(nn.Conv2d(3, 4, 7, 2, 3)), torch.device("cpu"))
    x = torch.rand(2, 3, 16, 16, requires_grad=True)
    with torch.autocast("cpu", torch.bfloat16):
        output = network(x)
        (gradient,) = torch.autograd.grad(output.float().square().sum(), x)
    assert output.dtype == torch.bfloat16
    assert gradient.dtype == torch.float32
    assert gradient.isfinite().all()
