"""What was tried to make gradients quicker on a CPU, and is not used: python tests/bench/tried.py

Measures as forms.py does, the networks in their quick form as the second run. Before that it prints
how near single convolutions come to the processor's peak, forward and backward.
"""

import copy
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from forms import FORMS, build, measure, take_gradient
from measure import NETS, measure_peak, time_run
from nrg.base.devices import prepare_device
from nrg.models.classifier import Classifier
from nrg.models.packed_convolution import PackedConvolution
from torch import Tensor, fx, nn
from torch.nn import functional as F

CPU = torch.device("cpu")
# Channels in and out, side, kernel and stride.
CONVOLUTIONS = {
    "resnet18's first": (3, 64, 224, 7, 2),
    "3 × 3": (128, 128, 28, 3, 1),
    "1 × 1": (64, 256, 56, 1, 1),
}


class FusedRelu(torch.autograd.Function):
    """A packed convolution with the ReLU after it, in one call of oneDNN."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, packed: PackedConvolution) -> Tensor:
        if packed.forward_layout[0] != x.shape:
            packed.convolve(x)  # which packs the weights
        where = (packed.padding, packed.stride, [1, 1], 1)
        run, weight = torch.ops.mkldnn._convolution_pointwise, packed.forward_layout[1]
        output = run(x, weight, packed.bias, *where, "relu", [], "")
        ctx.packed, ctx.size = packed, x.shape[2:]
        ctx.save_for_backward(output)
        return output

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        gradient = torch.ops.aten.threshold_backward(gradient, *ctx.saved_tensors, 0)
        return ctx.packed.find_gradient(gradient, ctx.size), None


class PackedRelu(nn.Module):
    def __init__(self, packed: PackedConvolution) -> None:
        super().__init__()
        self.packed = packed

    def forward(self, x: Tensor) -> Tensor:
        return FusedRelu.apply(x, self.packed)


class PoolAgain(torch.autograd.Function):
    """Max pooling that keeps its input and finds its indices again in the backward pass."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, pool: Callable[[Tensor], Tensor]) -> Tensor:
        ctx.save_for_backward(x)
        ctx.pool = pool
        return pool(x)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        with torch.enable_grad():
            x = ctx.saved_tensors[0].detach().requires_grad_()
            output = ctx.pool(x)
        return torch.autograd.grad(output, x, gradient)[0], None


class PooledAgain(nn.Module):
    def __init__(self, pool: nn.MaxPool2d) -> None:
        super().__init__()
        self.pool = pool

    def forward(self, x: Tensor) -> Tensor:
        return PoolAgain.apply(x, self.pool)


def fuse_relu(classifier: Classifier) -> Classifier:
    """With one call for each packed convolution and the ReLU that alone follows it."""
    network = classifier.network
    if not isinstance(network, fx.GraphModule):
        return classifier
    modules = dict(network.named_modules())
    for node in list(network.graph.nodes):
        after = list(node.users)
        if type(modules.get(str(node.target))) is not PackedConvolution or len(after) != 1:
            continue
        if type(modules.get(str(after[0].target))) is nn.ReLU:
            replace(network, str(node.target), PackedRelu(modules[str(node.target)]))
            after[0].replace_all_uses_with(node)
            network.graph.erase_node(after[0])
    network.recompile()
    return classifier


def pool_again(classifier: Classifier) -> Classifier:
    for name, module in list(classifier.network.named_modules()):
        if type(module) is nn.MaxPool2d:
            replace(classifier.network, name, PooledAgain(module))
    return classifier


def replace(network: nn.Module, name: str, module: nn.Module) -> None:
    parent, _, child = name.rpartition(".")
    setattr(network.get_submodule(parent), child, module)


def print_convolutions() -> None:
    """Milliseconds for 8 images, and the share of the peak, of single convolutions."""
    peak = measure_peak(CPU)
    for name, (inputs, outputs, side, kernel, stride) in CONVOLUTIONS.items():
        convolution = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
        weight = convolution.to(memory_format=torch.channels_last).weight.detach()
        x = torch.rand(8, inputs, side, side).contiguous(memory_format=torch.channels_last)
        go = partial(F.conv2d, x, weight, None, stride, kernel // 2)
        gradient = torch.rand_like(go())
        back = partial(torch.nn.grad.conv2d_input, x.shape, weight, gradient, stride, kernel // 2)
        work = 2 * gradient.numel() * inputs * kernel**2 / 1e9
        seconds = [min(time_run(run, CPU) for _ in range(10)) for run in (go, back)]
        told = [f"{1000 * s:.1f} ms, {work / s / peak:.0%} of the peak" for s in seconds]
        print(f"{name}: forward {told[0]}; backward {told[1]}")


def main() -> None:
    prepare_device(0, 1)
    print_convolutions()
    for net in sys.argv[1:] or NETS[:4]:
        given, *_, quick = (build(net, forms) for forms in FORMS.values())
        forms = {"as given": given, "quick": quick}
        forms["ReLU fused"] = fuse_relu(copy.deepcopy(quick))
        forms["pooled again"] = pool_again(copy.deepcopy(quick))
        runs = {name: partial(take_gradient, classifier) for name, classifier in forms.items()}
        print(f"\n{net}\n{measure(runs).round(4).to_string()}", flush=True)


if __name__ == "__main__":
    main()
