"""Checkpoints as people save them: the part that fits is read, and no code is run."""

import argparse
import collections
import io
import pathlib
import pickle
import sys
import zipfile
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nrg.base.errors import UserError
from nrg.models.checkpoints import read_checkpoint
from nrg.models.classifier import build_network
from nrg.models.pretrained_weights import fetch_network
from nrg.models.stored_weights import save_weights, tensors_sha256
from nrg.study.settings import load_suite
from safetensors.torch import save_file
from torch import nn
from weights import fetch_weights

PROTOTYPE = load_suite("digits", {}).zoo["alexnet"]


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.norm, self.head = nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3), nn.Linear(3, 4)

    def forward(self, x):
        return self.head(self.norm(self.conv(x)).mean((2, 3)))


class Attributes(dict):
    """Arguments, as training scripts keep them."""


class Tied(Net):
    def __init__(self):
        super().__init__()
        self.other = self.head


MODEL = replace(PROTOTYPE, name="mine", factory=f"{__name__}:Net", arguments={}, weights="x.pth")


def weights(seed: int = 0) -> dict[str, torch.Tensor]:
    torch.manual_seed(seed)
    state = Net().state_dict()
    return {key: torch.randn_like(t) if t.is_floating_point() else t for key, t in state.items()}


STATE = weights()
SHA256 = tensors_sha256(STATE)


def prefixed(prefix: str, state=STATE):
    return {f"{prefix}{key}": tensor for key, tensor in state.items()}


def loaded() -> nn.Module:
    network = Net()
    network.load_state_dict(STATE)
    return network


def optimiser():
    network = loaded()
    made = torch.optim.AdamW(network.parameters())
    network(torch.rand(2, 1, 8, 8)).sum().backward()
    made.step()
    return made.state_dict()


PEOPLE = {
    "plain": lambda: STATE,
    "parameters": lambda: {key: nn.Parameter(t, t.is_floating_point()) for key, t in STATE.items()
                           if t.is_floating_point()},
    "DataParallel": lambda: prefixed("module."),
    "compiled": lambda: prefixed("_orig_mod."),
    "compiled in DataParallel": lambda: prefixed("module._orig_mod."),
    "a part in DataParallel": lambda: {
        key.replace("conv.", "conv.module."): tensor for key, tensor in STATE.items()
    },
    "beside the optimiser": lambda: {
        "epoch": 90, "arch": "mine", "state_dict": prefixed("module."), "optimizer": optimiser(),
    },
    "model": lambda: {"model": STATE, "optimizer": optimiser(), "lr_scheduler": {"last_lr": [0.1]}},
    "Lightning": lambda: {
        "state_dict": {**prefixed("net."), "loss.weight": torch.ones(4)},
        "pytorch-lightning_version": "2.0", "callbacks": {}, "hparams": {"width": 3},
    },
    "with numbers of NumPy": lambda: {
        "state_dict": STATE, "best": np.float64(0.9), "n": np.int64(3), "history": np.arange(3.0),
    },
    "with arguments": lambda: {"model": STATE, "args": argparse.Namespace(lr=0.1),
                               "path": pathlib.Path("x"), "log": collections.defaultdict(list)},
    "with a dict of its own": lambda: {"model": STATE, "config": Attributes(width=3)},
    "as a whole": loaded,
    "as a whole in a dict": lambda: {"model": loaded(), "epoch": 3, "ema": None},
    "nested": lambda: {"checkpoint": {"best": {"weights": STATE}}},
    "a list": lambda: [STATE, {"lr": 0.1}],
    "twice the same": lambda: {"model": STATE, "best": {k: t.clone() for k, t in STATE.items()}},
    "without counts": lambda: {k: t for k, t in STATE.items() if "num_batches" not in k},
    "with counts": lambda: {**STATE, "total_ops": torch.zeros(1), "conv.total_ops": torch.ones(1)},
    "averaged": lambda: {**prefixed("module."), "n_averaged": torch.tensor(7)},
    "on another device": lambda: {key: t.to("cpu") for key, t in STATE.items()},
}  # fmt: skip


# What the provenance says of them.
ENTRIES = {
    "parameters": "",
    "beside the optimiser": ", its entry state_dict",
    "model": ", its entry model",
    "Lightning": ", its entry state_dict.net",
    "with numbers of NumPy": ", its entry state_dict",
    "with arguments": ", its entry model",
    "with a dict of its own": ", its entry model",
    "as a whole in a dict": ", its entry model",
    "nested": ", its entry checkpoint.best.weights",
    "a list": ", its entry 0",
    "twice the same": ", its entry model",
}


@pytest.mark.parametrize("what", PEOPLE)
@pytest.mark.parametrize("form", ["zip", "legacy"])
def test_the_part_that_fits_is_taken(what, form, tmp_path):
    path = tmp_path / "given.pth"
    content = PEOPLE[what]()
    try:
        torch.save(content, path, _use_new_zipfile_serialization=form == "zip")
    except Exception:  # torch itself cannot
        pytest.skip("torch cannot write this")
    if what.startswith("as a whole") and form == "legacy":
        with pytest.raises(UserError, match="state_dict"):
            fetch_weights(MODEL, path)
        return
    state, origin = fetch_weights(MODEL, path)
    for key, tensor in STATE.items():
        assert torch.equal(state[key], tensor)
    assert origin["origin"] == "given.pth" + ENTRIES.get(what, "")


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_precisions_become_single(dtype, tmp_path):
    stored = {key: t.to(dtype) if t.is_floating_point() else t for key, t in STATE.items()}
    save_file(stored, tmp_path / "given.safetensors")
    state, _ = fetch_weights(MODEL, tmp_path / "given.safetensors")
    assert state["head.weight"].dtype == torch.float32
    torch.testing.assert_close(state["head.weight"], STATE["head.weight"].to(dtype).float())


def test_of_several_sets_of_weights_the_user_says_which(tmp_path):
    path = tmp_path / "given.pth"
    torch.save({"model": STATE, "model_ema": prefixed("module.", weights(1))}, path)
    with pytest.raises(UserError, match=r"'model', 'model_ema'; say which .*'weights_entry'"):
        fetch_weights(MODEL, path)
    state, origin = fetch_weights(replace(MODEL, weights_entry="model_ema"), path)
    assert torch.equal(state["head.weight"], weights(1)["head.weight"])
    assert origin["origin"] == "given.pth, its entry model_ema"
    with pytest.raises(UserError, match=r"no entry 'ema'; it has model, model_ema"):
        fetch_weights(replace(MODEL, weights_entry="ema"), path)
    torch.save({**prefixed("student."), **prefixed("teacher.", weights(1))}, path)
    with pytest.raises(UserError, match="'student', 'teacher'"):
        fetch_weights(MODEL, path)


def test_an_average_beside_the_optimiser_is_taken(tmp_path):
    torch.save({"ema": prefixed("module."), "optimizer": optimiser()}, tmp_path / "given.pth")
    state, origin = fetch_weights(MODEL, tmp_path / "given.pth")
    assert tensors_sha256(state) == SHA256
    assert origin["origin"] == "given.pth, its entry ema"


def test_tied_modules_are_found_under_one_of_their_names(tmp_path):
    save_file(STATE, tmp_path / "given.safetensors")
    model = replace(MODEL, factory=f"{__name__}:Tied")
    network, _ = fetch_network(model, tmp_path / "given.safetensors")
    assert torch.equal(network.other.weight, STATE["head.weight"])
    save_weights(network.state_dict(), tmp_path / "w.safetensors", {})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"head.weight": torch.ones(5, 3)}, r"its 'head.weight' has the shape \(5, 3\)"),
        ({"head.weight": torch.ones(4, 3, dtype=torch.int8)}, "is of type torch.int8"),
        ({"head.weight": torch.ones(4, 3, dtype=torch.complex64)}, "is of type torch.complex64"),
        ({"head.weight": torch.ones(4, 3).to_sparse()}, "must be plain numbers"),
        ({"head.weight": torch.ones(4, 3, device="meta")}, "has no values"),
        ({"more.weight": torch.ones(4, 3)}, "the network has no 'more.weight'"),
        ({"head.weight": None}, "it has no 'head.weight'"),
        ({key: None for key in STATE}, "holds no named tensors"),
    ],
)
def test_what_does_not_fit_told(change, message, tmp_path):
    torch.save({**STATE, **change}, tmp_path / "given.pth")
    with pytest.raises(UserError, match=message):
        fetch_weights(MODEL, tmp_path / "given.pth")


def test_tied_tensors_that_differ_in_the_file_are_refused(tmp_path):
    model = replace(MODEL, factory=f"{__name__}:Tied")
    state = {**STATE, **{f"other.{key[5:]}": STATE[key] for key in STATE if "head." in key}}
    torch.save(state, tmp_path / "given.pth")
    fetch_weights(model, tmp_path / "given.pth")
    torch.save({**state, "other.weight": state["head.weight"] + 1}, tmp_path / "given.pth")
    with pytest.raises(UserError, match=r"'head.weight' and its 'other.weight' differ"):
        fetch_weights(model, tmp_path / "given.pth")


@pytest.mark.parametrize("suffix", [".pth", ".safetensors", ".bin"])
@pytest.mark.parametrize("save", [torch.save, save_file])
def test_content_and_not_the_name_says_how_a_file_is_read(suffix, save, tmp_path):
    save(STATE, tmp_path / f"given{suffix}")
    assert tensors_sha256(fetch_weights(MODEL, tmp_path / f"given{suffix}")[0]) == SHA256


def test_the_index_of_a_checkpoint_in_parts_is_called_by_name(tmp_path):
    path = tmp_path / "model.safetensors.index.json"
    path.write_text('{"metadata": {}, "weight_map": {}}')
    with pytest.raises(UserError, match="index of a checkpoint in several files"):
        fetch_weights(MODEL, path)


def archive(**files: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as written:
        for name, text in files.items():
            written.writestr(name, text)
    return content.getvalue()


OTHERS = {
    "a pointer": (
        b"version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 3\n",
        "git lfs pull",
    ),
    "a page": (b"<!DOCTYPE html><html>Not found</html>", "web page"),
    "Keras": (b"\x89HDF\r\n\x1a\n" + bytes(99), "HDF5"),
    "gzip": (b"\x1f\x8b" + bytes(99), "unpack it"),
    "NumPy": (b"\x93NUMPY" + bytes(99), "NumPy"),
    "nothing": (b"", "is empty"),
    "arrays": (archive(**{"weight.npy": "x"}), "arrays of NumPy"),
    "an archive": (archive(**{"photographs/a.png": "x"}), "zip archive without a checkpoint"),
    "text": (b"hello", "is text .* begins with 'hello'"),
    "a message": (b'\xef\xbb\xbf{"message": "Not Found"}', "is text"),
    "bzip2": (b"BZh9" + bytes(99), "unpack it"),
    "xz": (b"\xfd7zXZ" + bytes(99), "unpack it"),
    "tar": (b"a.pth".ljust(257, b"\0") + b"ustar\0" + bytes(300), "tar archive"),
    "zeros": (bytes(1000), "damaged"),
}


@pytest.mark.parametrize("what", OTHERS)
@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_other_files_are_called_by_name(what, suffix, tmp_path):
    content, message = OTHERS[what]
    path = tmp_path / f"given{suffix}"
    path.write_bytes(content)
    with pytest.raises(UserError, match=message) as caught:
        fetch_weights(MODEL, path)
    assert "weights_only" not in str(caught.value)


@pytest.mark.filterwarnings("ignore")
def test_a_torchscript_program_is_called_by_name(tmp_path):
    torch.jit.save(torch.jit.trace(loaded().eval(), torch.rand(1, 1, 8, 8)), tmp_path / "given.pt")
    with pytest.raises(UserError, match=r"TorchScript program.*state_dict\(\)") as caught:
        fetch_weights(MODEL, tmp_path / "given.pt")
    assert "weights_only" not in str(caught.value)


def told(path) -> None:
    """Check that there is a result or a UserError."""
    message = "weights: "
    try:
        fetch_weights(MODEL, path)
    except UserError as error:
        message = str(error)
    assert message.startswith("weights: ")
    assert "weights_only" not in message


class Runs:
    """Code that a pickle asks to run."""

    def __init__(self, function, *arguments):
        self.called = (function, arguments)

    def __reduce__(self):
        return self.called


RAN = []
RUN = f"__import__('{__name__}').RAN.append(1)"


def note(*_):
    RAN.append(1)


@pytest.mark.parametrize(
    "where", [lambda code: code, lambda code: {"state_dict": STATE, "x": code}]
)
@pytest.mark.parametrize(
    "code",
    [Runs(note, 1), Runs(eval, f"__import__('{__name__}').RAN.append(1)"), Runs(print, "ran")],
)
@pytest.mark.parametrize("form", ["zip", "legacy", "pickle"])
def test_no_code_of_a_checkpoint_is_run(where, code, form, tmp_path, capsys):
    path = tmp_path / "given.pth"
    if form == "pickle":
        path.write_bytes(pickle.dumps(where(code)))
    else:
        torch.save(where(code), path, _use_new_zipfile_serialization=form == "zip")
    before = set(sys.modules)
    told(path)
    assert not RAN
    assert "ran" not in capsys.readouterr().out
    assert not {name for name in set(sys.modules) - before if "posix" in name}


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return tmp_path_factory.mktemp("checkpoints") / "given.pth"


FEW = settings(
    max_examples=60, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
ODD = [torch.zeros(0), torch.tensor(True), np.float32(1), np.ones(2), 1j, slice(1), nn.ReLU()]
ODD += [argparse.Namespace(a=1), torch.float16, range(3), {"head.weight": torch.ones(4, 3)}]
LEAVES = st.one_of(
    st.none() | st.booleans() | st.integers() | st.floats(),
    st.text(max_size=5) | st.binary(max_size=5),
    st.sampled_from([*STATE.values(), STATE, prefixed("module."), loaded(), *ODD]),
)
NAMES = [*STATE, "state_dict", "module.head.weight", "", "."]
KEYS = st.sampled_from(NAMES) | st.integers()
STARTS = [b"", b"PK\x03\x04", b"\x80\x02", b"\x08" + bytes(7) + b"{", b"<", b"\x80\x04"]
CONTENT = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(KEYS, inner, max_size=6)
        | st.tuples(inner, inner)
    ),
    max_leaves=12,
)


@FEW
@given(content=CONTENT, form=st.booleans())
def test_any_content_gives_a_result_or_an_error_in_words(file, content, form):
    try:
        torch.save(content, file, _use_new_zipfile_serialization=form)
    except Exception:  # torch itself cannot write it
        return
    told(file)


@FEW
@given(start=st.sampled_from(STARTS), rest=st.binary(max_size=60))
def test_any_bytes_give_an_error_in_words(file, start, rest):
    file.write_bytes(start + rest)
    told(file)
    named = file.with_suffix(".safetensors")
    named.write_bytes(start + rest)
    told(named)


@FEW
@given(
    form=st.sampled_from(["zip", "legacy", "safetensors"]),
    share=st.floats(0, 1),
    change=st.sampled_from(["cut", "flip", "zero", "double"]),
)
def test_any_damage_gives_a_result_or_an_error_in_words(file, form, share, change):
    path = file.with_suffix(".safetensors" if form == "safetensors" else ".pth")
    if form == "safetensors":
        save_file(STATE, path)
    else:
        torch.save(
            {"state_dict": STATE, "n": 1}, path, _use_new_zipfile_serialization=form == "zip"
        )
    content = bytearray(path.read_bytes())
    place = min(int(share * len(content)), len(content) - 1)
    if change == "cut":
        content = content[:place]
    elif change == "flip":
        content[place] ^= 0xFF
    elif change == "zero":
        content[place : place + 64] = bytes(len(content[place : place + 64]))
    else:
        content = content + content[place:]
    path.write_bytes(content)
    told(path)


def test_a_file_that_is_not_there_or_may_not_be_read(tmp_path):
    with pytest.raises(UserError, match="cannot be read"):
        read_checkpoint(tmp_path / "nowhere.pth")
    with pytest.raises(UserError, match="cannot be read"):
        read_checkpoint(tmp_path)


def test_a_robust_checkpoint_is_read_beside_the_tensors_of_its_normalising_layer(tmp_path):
    """The format in which RobustBench's networks were saved."""
    model = load_suite("imagenet", {}).zoo["resnet18"]
    model = replace(model, name="robust", weights="robust.pt", joint=False)
    torch.manual_seed(0)
    network = build_network(model)
    norms = {
        "module.normalize.mean": torch.zeros(1, 3, 1, 1),
        "module.normalize.std": torch.ones(1),
    }
    state = prefixed("module.model.", network.state_dict()) | norms
    torch.save({"state_dict": state, "epoch": 90, "arch": "resnet18"}, tmp_path / "robust.pt")
    read, origin = fetch_network(model, tmp_path / "robust.pt")
    assert tensors_sha256(read.state_dict()) == tensors_sha256(network.state_dict())
    assert origin["origin"] == "robust.pt, its entry state_dict.model"
    assert origin["verified"] == "False"
