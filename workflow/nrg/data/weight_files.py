"""The files of weights that the user names, and the model that each belongs to.

Imports neither torch nor Snakemake.
"""

from collections.abc import Iterable
from pathlib import Path

from nrg.base.errors import UserError
from nrg.study.suite import OWN_WEIGHTS, Suite

WEIGHT_SUFFIXES = (".pth", ".pt", ".safetensors", ".ckpt", ".bin", ".pth.tar")


def find_weight_files(suite: Suite) -> dict[str, Path]:
    """The weight file of each model for which the user names a file or a folder of files.

    Raises:
        UserError: there is no such file, or a folder has several that fit.
    """
    files = {}
    for model in suite.networks.values():
        if Path(model.weights).suffix and "_Weights." not in model.weights:
            files[model.name] = Path(model.weights).expanduser()
            if not files[model.name].is_file():
                raise UserError(f"weights: there is no file {model.weights}")
        elif suite.weights is not None and model.weights != "trained":
            folder = Path(suite.weights).expanduser()
            if model.weights == OWN_WEIGHTS and not list_weights_of(model.name, folder, suite.zoo):
                continue  # its factory loads weights of its own
            files[model.name] = find_weight_file(model.name, folder, suite.zoo)
    return files


def identify_file(path: Path | None) -> str:
    """The size and time of a file, which change when it is replaced, also by an older one."""
    if path is None:
        return ""
    status = path.stat()
    return f"{status.st_size} {status.st_mtime_ns}"


def find_weight_file(name: str, folder: Path, zoo: Iterable[str] = ()) -> Path:
    """The single file in a folder whose name is the model's, or begins with it and a dash.

    Args:
        name: of the model.
        zoo: the names of all models; a file belongs to the model with the longest name that fits.

    Raises:
        UserError: no file or several files fit.
    """
    files = list_weights_of(name, folder, zoo)
    if len(files) != 1:
        names = ", ".join(path.name for path in files) or "none"
        raise UserError(
            f"weights: {folder} must hold exactly one file {name}.pth, {name}-*.pth or the same "
            f"as {', '.join(WEIGHT_SUFFIXES[1:])}; found {names}"
        )
    return files[0]


def list_weights_of(name: str, folder: Path, zoo: Iterable[str]) -> list[Path]:
    """The weight files in a folder that by their names belong to this model and to no other."""
    if not folder.is_dir():
        raise UserError(f"weights: there is no folder {folder}")

    def is_of(path: Path, model: str) -> bool:
        begins = path.name.startswith((f"{model}-", f"{model}_rwightman-"))
        return begins or path.name in (f"{model}{suffix}" for suffix in WEIGHT_SUFFIXES)

    longer = [other for other in zoo if len(other) > len(name)]
    return sorted(
        path
        for path in folder.iterdir()
        if path.name.endswith(WEIGHT_SUFFIXES)
        and not path.name.startswith(".")
        and is_of(path, name)
        and not any(is_of(path, other) for other in longer)
    )
