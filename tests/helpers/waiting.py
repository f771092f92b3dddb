"""Finding out whether a computation makes the CPU wait for the GPU, also without a GPU."""

from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves


class NoWaiting(TorchDispatchMode):
    """A context that refuses what would wait for a GPU: its numbers on the CPU, or the reverse."""

    def __torch_dispatch__(self, function, types, given=(), keywords=None):
        assert "local_scalar_dense" not in str(function), f"{function} waits for a number"
        result = function(*given, **(keywords or {}))
        tensors = [
            each for each in tree_leaves((given, keywords, result)) if isinstance(each, Tensor)
        ]
        devices = {each.device.type for each in tensors}
        assert len(devices) == 1, f"{function} reads or writes tensors on {devices}"
        return result
