"""A frozen network in a quicker form: batch norm folded or a multiply-add, channels last.

Each step assumes something of the network, such as that a module is applied once, or that no code
looks at a module's type. `quick_form_proof` measures whether the quick form computes the same; it
never runs unproven.
"""

import torch
from torch import Tensor, nn
from torch.fx.experimental.optimization import fuse


def quick_form(network: nn.Module) -> nn.Module:
    """The quick form of a frozen network, which may be changed in place."""
    network = without_batch_norm(fold_batch_norm(network)).eval().requires_grad_(False)
    return network.to(memory_format=torch.channels_last)  # the layout kernels like best


def fold_batch_norm(network: nn.Module) -> nn.Module:
    """Fold each batch norm that follows a convolution into it, as a frozen network allows.

    A network that torch.fx cannot trace stays as it is.
    """
    try:
        return fuse(network)
    except Exception:  # whatever the network's own code raises at what is not a tensor
        return network


class MultiplyAdd(nn.Module):
    """What a batch norm that is frozen does: x ↦ scale · x + shift, for each channel.

    Half the passes over memory of a batch norm and its way back.
    """

    def __init__(self, norm: nn.BatchNorm2d) -> None:
        super().__init__()
        scale = (norm.running_var + norm.eps).rsqrt()
        scale = scale if norm.weight is None else norm.weight.detach() * scale
        shift = -norm.running_mean * scale
        shift = shift if norm.bias is None else norm.bias.detach() + shift
        self.register_buffer("scale", scale[:, None, None], persistent=False)
        self.register_buffer("shift", shift[:, None, None], persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        return torch.addcmul(self.shift, x, self.scale).to(x.dtype)


def without_batch_norm(network: nn.Module) -> nn.Module:
    """The network, changed in place, with a multiply-add for each batch norm left in it."""
    for name, module in network.named_children():
        if type(module) is nn.BatchNorm2d and module.running_var is not None:
            setattr(network, name, MultiplyAdd(module))
        else:
            without_batch_norm(module)
    return network
