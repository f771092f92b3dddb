"""A frozen network in a quicker form: batch norm folded or a multiply-add, and channels last.

On a CPU convolutions find gradients block by block or keep their weights in oneDNN's layout, too.

Each step assumes something of the network, such as that a module is applied once, or that no code
looks at a module's type. `quick_form_proof` measures whether the quick form computes the same; it
never runs unproven.
"""

import torch
from torch import Tensor, nn
from torch.fx.experimental.optimization import fuse

from nrg.models.frozen_convolution import is_ordinary
from nrg.models.image_convolution import ImageConvolution
from nrg.models.packed_convolution import PackedConvolution

CPU_FORMS = (ImageConvolution, PackedConvolution)  # of convolutions; the first that fits is taken


def make_quick_form(network: nn.Module, device: torch.device) -> nn.Module:
    """The quick form of a frozen network on a device; the network may be changed in place."""
    network = replace_batch_norm(fold_batch_norm(network))
    if device.type == "cpu":
        network = replace_convolutions(network)
    network = network.eval().requires_grad_(False)
    return network.to(memory_format=torch.channels_last)  # the layout in which kernels are fastest


def fold_batch_norm(network: nn.Module) -> nn.Module:
    """Fold each batch norm that follows a convolution into it, which a frozen network allows.

    A network that torch.fx cannot trace stays as it is.
    """
    try:
        return fuse(network)
    except Exception:  # whatever the network's own code raises when it is traced
        return network


class MultiplyAdd(nn.Module):
    """What a frozen batch norm computes: x ↦ scale · x + shift, for each channel.

    It passes over memory half as often as a batch norm, forward and backward.
    """

    scale: Tensor
    shift: Tensor

    def __init__(
        self,
        mean: Tensor,
        variance: Tensor,
        eps: float,
        weight: Tensor | None,
        bias: Tensor | None,
    ) -> None:
        super().__init__()
        scale = (variance + eps).rsqrt()
        scale = scale if weight is None else weight.detach() * scale
        shift = -mean * scale
        shift = shift if bias is None else bias.detach() + shift
        self.register_buffer("scale", scale[:, None, None], persistent=False)
        self.register_buffer("shift", shift[:, None, None], persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        return torch.addcmul(self.shift, x, self.scale).to(x.dtype)


def replace_batch_norm(network: nn.Module) -> nn.Module:
    """The network, changed in place, with a multiply-add for each batch norm left in it."""
    for name, module in network.named_children():
        if type(module) is not nn.BatchNorm2d:
            replace_batch_norm(module)
        elif module.running_mean is not None and module.running_var is not None:
            replacement = MultiplyAdd(
                module.running_mean, module.running_var, module.eps, module.weight, module.bias
            )
            setattr(network, name, replacement)
    return network


def replace_convolutions(network: nn.Module) -> nn.Module:
    """The network, changed in place, with the forms of its convolutions that suit a CPU."""
    for name, module in network.named_children():
        if not is_ordinary(module):
            replace_convolutions(module)
            continue
        for form in CPU_FORMS:
            if form.fits(module):
                setattr(network, name, form(module))
                break
    return network
