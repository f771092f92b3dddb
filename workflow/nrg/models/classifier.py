"""Classifiers of pixels: a zoo's networks, which normalise the pixels themselves."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate
from torch.nn.modules.batchnorm import _NormBase
from torch.nn.parameter import is_lazy

from nrg.base.errors import UserError, explain_failure
from nrg.base.module_search import import_module
from nrg.base.torch_settings import keep_settings
from nrg.models.logits import LogitsPath, follow
from nrg.models.quick_form import make_quick_form
from nrg.models.stored_weights import read_logits_path, read_weights
from nrg.models.torchvision_weights import build_as_published, find_published
from nrg.study.suite import Model

Load = Callable[[nn.Module], None]


class Classifier(nn.Module):
    """A network that takes pixels (n, C, H, W), float32, 0–255, and returns logits (n, classes).

    Args:
        mean, std: per channel, of pixels in [0, 1].
        input_size: side to which images are resized first (bilinear, antialiased), so that models
            of several sizes can be given the same images.
        logits_path: where the logits are in what the network returns.
        probabilities: whether the network returns probabilities there; their logarithms are taken
            as logits.
    """

    mean: Tensor
    std: Tensor

    def __init__(
        self,
        network: nn.Module,
        mean: tuple[float, ...] = (0.0,),
        std: tuple[float, ...] = (1.0,),
        input_size: int | None = None,
        logits_path: LogitsPath = (),
        probabilities: bool = False,
    ) -> None:
        super().__init__()
        self.network = network
        self.input_size = input_size
        self.logits_path = logits_path
        self.probabilities = probabilities
        self.register_buffer("mean", 255 * torch.tensor(mean).view(-1, 1, 1), persistent=False)
        self.register_buffer("std", 255 * torch.tensor(std).view(-1, 1, 1), persistent=False)

    def forward(self, pixels: Tensor) -> Tensor:
        outputs: Tensor = follow(self.raw(pixels), self.logits_path).to(pixels.dtype)
        if not self.probabilities:
            return outputs
        return outputs.clamp_min(torch.finfo(outputs.dtype).tiny).log()

    def raw(self, pixels: Tensor) -> Any:
        """What the network itself returns."""
        if self.input_size is not None and self.input_size != pixels.shape[-1]:
            size = (self.input_size, self.input_size)
            pixels = interpolate(pixels, size, mode="bilinear", antialias=True)
        return self.network((pixels - self.mean) / self.std)


def build_network(model: Model, load: Load | None = None) -> nn.Module:
    """Call the model's factory. Unless the factory or `load` loads weights, they are random.

    Args:
        load: puts weights into the network. If the model names torchvision's weights, it is called
            where torchvision would load them, because some of its builders change the network
            after that.

    Raises:
        UserError: no such factory, or one that does not take these arguments.
    """
    module, function = model.factory.split(":")
    where = f"zoo: the factory '{model.factory}' of the model '{model.name}'"
    with explain_failure(f"{where} cannot be imported"), keep_settings():
        factory = getattr(import_module(module), function)

    def load_into(network: nn.Module) -> None:
        make_loadable(network)
        if load is not None:
            load(network)

    entry = find_published(model)
    arguments = dict(model.arguments)
    with explain_failure(f"{where} fails"), keep_settings():
        if entry is not None and "weights" not in arguments:
            network = build_as_published(factory, entry, arguments, load_into)
        else:
            network = factory(**arguments)
            entry = None
    if not isinstance(network, nn.Module):
        raise UserError(f"{where} returns {type(network).__name__}, and no torch.nn.Module")
    network = unwrap(network)
    if entry is None:
        load_into(network)
    return network


def unwrap(network: nn.Module) -> nn.Module:
    """The network itself, where a factory returns it in DataParallel or compiled."""
    while True:
        if isinstance(network, (nn.DataParallel, nn.parallel.DistributedDataParallel)):
            network = network.module
        elif isinstance(inner := getattr(network, "_orig_mod", None), nn.Module):
            network = inner
        else:
            return network


def make_loadable(network: nn.Module) -> None:
    """Make a network's weights writable, and single precision if all are of one other type.

    Weights cannot be written into a tensor that `expand` made, because its numbers share memory.
    """
    types = {t.dtype for t in network.parameters() if t.is_floating_point()}
    if len(types) == 1 and types != {torch.float32}:
        network.float()
    for module in network.modules():
        for name, parameter in module._parameters.items():
            if parameter is not None and shares_numbers(parameter):
                separate = parameter.detach().contiguous()
                module._parameters[name] = nn.Parameter(separate, parameter.requires_grad)
        for name, buffer in module._buffers.items():
            if buffer is not None and shares_numbers(buffer):
                module._buffers[name] = buffer.detach().contiguous()


def shares_numbers(tensor: Tensor) -> bool:
    """Whether several entries of a tensor are one number in memory, as after `expand`."""
    if is_lazy(tensor) or tensor.layout != torch.strided:
        return False
    return any(
        stride == 0 < size - 1 for stride, size in zip(tensor.stride(), tensor.shape, strict=True)
    )


def build_classifier(model: Model, logits_path: LogitsPath = ()) -> Classifier:
    """Build the model's network, and wrap it with its normalisation and size.

    Args:
        logits_path: where the logits are in what the network returns.
    """
    return wrap_network(model, build_network(model), logits_path)


def wrap_network(model: Model, network: nn.Module, logits_path: LogitsPath = ()) -> Classifier:
    """A network of the model as a classifier of pixels."""
    probabilities = model.outputs == "probabilities"
    return Classifier(network, model.mean, model.std, model.input_size, logits_path, probabilities)


def load_classifier(
    model: Model, path: str | Path, device: torch.device, quick: bool = False
) -> Classifier:
    """A frozen classifier with the weights of a file that `save_weights` wrote.

    Args:
        quick: in its quick form; only if `quick_form_proof` found that it computes the same.
    """
    return freeze(read_classifier(model, path), device, quick)


def read_classifier(model: Model, path: str | Path) -> Classifier:
    """A classifier with the weights of a file that `save_weights` wrote."""
    classifier = build_classifier(model, read_logits_path(path))
    load_state(classifier.network, read_weights(path))
    return classifier


def tensor_state(network: nn.Module) -> dict[str, Tensor]:
    """The tensors of the network's state dictionary, which may hold other objects too."""
    return {key: value for key, value in network.state_dict().items() if isinstance(value, Tensor)}


def load_state(network: nn.Module, state: Mapping[str, Tensor]) -> None:
    """Load all tensors of another network of the same factory.

    Raises:
        UserError: the network has tensors of other names or shapes.
    """
    missing = tensor_state(network).keys() ^ state.keys()
    try:
        network.load_state_dict(state, strict=False)
    except Exception as error:  # whatever the network's own code raises
        missing = {str(error)[:300]}
    if missing:
        raise UserError(
            f"zoo: a second {type(network).__name__} of the same factory does not take the state "
            f"dictionary of the first: {', '.join(sorted(missing)[:5])}"
        )


def freeze(classifier: Classifier, device: torch.device, quick: bool = False) -> Classifier:
    """The classifier, changed in place: in eval mode, without gradients for its parameters."""
    classifier = classifier.eval().requires_grad_(False)
    if quick:
        classifier.network = make_quick_form(classifier.network, device)
    return classifier.to(device)


def initialise_lazy_modules(classifier: Classifier, shape: tuple[int, int, int]) -> Classifier:
    """The classifier, changed in place: lazy modules take their sizes from an image (C, H, W)."""
    if any(map(is_lazy, (*classifier.parameters(), *classifier.buffers()))):
        with torch.no_grad():
            classifier.eval()(torch.zeros(2, *shape))
    return classifier


def count_parameters(network: nn.Module) -> int:
    """How many numbers a network has learned.

    These are its parameters, without the statistics of batch norm. If its other buffers hold more
    numbers than its parameters do, the network keeps weights as buffers, and they count too.
    """
    statistics = {
        id(buffer)
        for module in network.modules()
        if isinstance(module, _NormBase)
        for buffer in module.buffers(recurse=False)
    }
    learned = sum(parameter.numel() for parameter in network.parameters())
    kept = sum(
        buffer.numel()
        for buffer in network.buffers()
        if buffer.is_floating_point() and id(buffer) not in statistics
    )
    return learned + kept if kept > learned else learned
