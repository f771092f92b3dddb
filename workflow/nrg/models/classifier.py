"""Classifiers of pixels: a zoo's networks with their normalisation inside."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate
from torch.nn.modules.batchnorm import _NormBase
from torch.nn.parameter import is_lazy

from nrg.base.errors import UserError
from nrg.base.module_search import import_module
from nrg.models.logits import Place, at
from nrg.models.quick_form import quick_form
from nrg.models.stored_weights import read_weights, written_place
from nrg.models.torchvision_weights import build_as_published, published_entry
from nrg.study.suite import Model

Load = Callable[[nn.Module], None]


class Classifier(nn.Module):
    """A network that takes pixels (n, C, H, W), float32, 0–255, and normalises them itself.

    Args:
        mean, std: per channel, of pixels in [0, 1].
        input_size: side to which images are resized first (bilinear, antialiased), so that models
            of several sizes can meet the same images.
        place: where in what the network returns its logits are.
        probabilities: whether what is there are probabilities; their logarithms are the logits.
    """

    def __init__(
        self,
        network: nn.Module,
        mean: tuple[float, ...],
        std: tuple[float, ...],
        input_size: int | None = None,
        place: Place = (),
        probabilities: bool = False,
    ) -> None:
        super().__init__()
        self.network = network
        self.input_size = input_size
        self.place = place
        self.probabilities = probabilities
        self.register_buffer("mean", 255 * torch.tensor(mean).view(-1, 1, 1), persistent=False)
        self.register_buffer("std", 255 * torch.tensor(std).view(-1, 1, 1), persistent=False)

    def forward(self, pixels: Tensor) -> Tensor:
        outputs = at(self.raw(pixels), self.place).to(pixels.dtype)
        if not self.probabilities:
            return outputs
        return outputs.clamp_min(torch.finfo(outputs.dtype).tiny).log()

    def raw(self, pixels: Tensor) -> Any:
        """What the network itself returns."""
        if self.input_size not in (None, pixels.shape[-1]):
            size = (self.input_size, self.input_size)
            pixels = interpolate(pixels, size, mode="bilinear", antialias=True)
        return self.network((pixels - self.mean) / self.std)


def build_network(model: Model, load: Load | None = None) -> nn.Module:
    """Call the model's factory; unless it loads weights itself, they are freshly initialised.

    Args:
        load: puts weights into the network. It is called where torchvision would load its own, if
            the model names these, for what comes after that belongs to them as well.

    Raises:
        UserError: no such factory, or one that does not take these arguments.
    """
    module, function = model.factory.split(":")
    where = f"zoo: the factory '{model.factory}' of the model '{model.name}'"
    try:
        with settings_kept():
            factory = getattr(import_module(module), function)
    except (Exception, SystemExit) as error:  # whatever the user's module raises
        raise UserError(f"{where} cannot be imported: {error!r}") from error

    def load_into(network: nn.Module) -> None:
        with_own_memory(network)
        if load is not None:
            load(network)

    entry = published_entry(model)
    arguments = dict(model.arguments)
    try:
        with settings_kept():
            if entry is not None and "weights" not in arguments:
                network = build_as_published(factory, entry, arguments, load_into)
            else:
                network = factory(**arguments)
                entry = None
    except UserError:
        raise
    except (Exception, SystemExit) as error:  # whatever the user's code raises
        raise UserError(f"{where} fails: {error!r}") from error
    if not isinstance(network, nn.Module):
        raise UserError(f"{where} returns {type(network).__name__}, and no torch.nn.Module")
    network = unwrapped(network)
    if entry is None:
        load_into(network)
    return network


@contextmanager
def settings_kept() -> Iterator[None]:
    """Undo what code of the user's sets for the whole process, for other networks run in it, too.

    Precision above all: with tf32 on, gradients would not be what the report says they are.
    """
    folder, dtype, graded = Path.cwd(), torch.get_default_dtype(), torch.is_grad_enabled()
    strict, threads = torch.are_deterministic_algorithms_enabled(), torch.get_num_threads()
    matmul, cudnn, product = torch.backends.cuda.matmul, torch.backends.cudnn, "fp32_precision"
    switches = [
        (place, name, getattr(place, name))
        for place, name in (
            *((place, product) for place in (torch.backends, matmul, cudnn, cudnn.conv, cudnn.rnn)),
            *((cudnn, name) for name in ("benchmark", "deterministic")),
        )
    ]
    try:
        yield
    finally:
        os.chdir(folder)
        torch.set_default_dtype(dtype)
        torch.set_grad_enabled(graded)
        torch.use_deterministic_algorithms(strict)
        if torch.get_num_threads() != threads:
            torch.set_num_threads(threads)
        for place, name, value in switches:
            setattr(place, name, value)


def unwrapped(network: nn.Module) -> nn.Module:
    """The network itself, where a factory returns it in DataParallel or compiled."""
    while True:
        if isinstance(network, (nn.DataParallel, nn.parallel.DistributedDataParallel)):
            network = network.module
        elif isinstance(inner := getattr(network, "_orig_mod", None), nn.Module):
            network = inner
        else:
            return network


def with_own_memory(network: nn.Module) -> None:
    """Make all numbers of a network single precision, if all are of another, and writable.

    Weights cannot be written into a tensor that `expand` made, whose numbers share memory.
    """
    types = {t.dtype for t in network.parameters() if t.is_floating_point()}
    if len(types) == 1 and types != {torch.float32}:
        network.float()
    for module in network.modules():
        for tensors in (module._parameters, module._buffers):
            for name, tensor in tensors.items():
                if tensor is None or is_lazy(tensor) or tensor.layout != torch.strided:
                    continue
                if any(
                    step == 0 < size - 1
                    for step, size in zip(tensor.stride(), tensor.shape, strict=True)
                ):
                    own = tensor.detach().contiguous()
                    kind = isinstance(tensor, nn.Parameter)
                    tensors[name] = nn.Parameter(own, tensor.requires_grad) if kind else own


def build_classifier(model: Model, place: Place = (), load: Load | None = None) -> Classifier:
    """The model's network with its normalisation and size.

    Args:
        place: where the network returns its logits.
        load: as for `build_network`.
    """
    network = build_network(model, load)
    probabilities = model.outputs == "probabilities"
    return Classifier(network, model.mean, model.std, model.input_size, place, probabilities)


def load_classifier(
    model: Model, path: str | Path, device: torch.device, quick: bool = False
) -> Classifier:
    """A frozen classifier with the weights of a file that `save_weights` wrote.

    Args:
        quick: in its quick form; `quick_form_proof` must have found that it computes the same.
    """
    return frozen(read_classifier(model, path), device, quick)


def read_classifier(model: Model, path: str | Path) -> Classifier:
    """A classifier with the weights of a file that `save_weights` wrote."""
    classifier = build_classifier(model, written_place(path))
    fill(classifier.network, read_weights(path))
    return classifier


def tensor_state(network: nn.Module) -> dict[str, Tensor]:
    """The network's state dictionary, without what is no tensor in it."""
    return {key: value for key, value in network.state_dict().items() if isinstance(value, Tensor)}


def fill(network: nn.Module, state: Mapping[str, Tensor]) -> None:
    """Load the tensors of another network of the same kind, and all of them.

    Raises:
        UserError: this one has others.
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


def frozen(classifier: Classifier, device: torch.device, quick: bool = False) -> Classifier:
    """The classifier, changed in place: it learns no more, and parameters get no gradients."""
    classifier = classifier.eval().requires_grad_(False)
    if quick:
        classifier.network = quick_form(classifier.network)
    return classifier.to(device)


def initialised(classifier: Classifier, shape: tuple[int, int, int]) -> Classifier:
    """The classifier, changed in place: lazy modules get their sizes from images (C, H, W)."""
    if any(map(is_lazy, (*classifier.parameters(), *classifier.buffers()))):
        with torch.no_grad():
            classifier.eval()(torch.zeros(2, *shape))
    return classifier


def parameters(network: nn.Module) -> int:
    """How many numbers a network has learned.

    Its parameters, and not the statistics of batch norm; where weights are kept as buffers, which
    then hold more numbers than the parameters do, these too.
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
