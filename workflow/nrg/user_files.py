"""Files that the user names: found, and told apart from other ones, before any job starts.

Imports neither torch nor Snakemake.
"""

import hashlib
from pathlib import Path

from nrg.errors import UserError
from nrg.settings import Data, Suite

# As torchvision names them.
IMAGENET_ARCHIVES = ("ILSVRC2012_img_val.tar", "ILSVRC2012_devkit_t12.tar.gz")


def fingerprint(data: Data) -> str:
    """Changes when files of the data set do: their names, sizes and times, not their content.

    Where the data set lies, and hidden files in it, have no part in it.

    Raises:
        UserError: the folder or the label file is not there, or one archive of two.
    """
    digest = hashlib.sha256()
    if data.dataset == "imagenet" and data.images is None and not data.downloaded:
        raise UserError(
            "the setting 'images' must name the folder of the ImageNet images: "
            "--config images=/data/ILSVRC2012; suite=imagenetv2 downloads open ones"
        )
    for name in ("images", "labels"):
        if data.dataset == "folder" and getattr(data, name) is None:
            raise UserError(f"the setting '{name}' must be given for a folder of images")
    for name in ("images", "labels", "classes"):
        path = getattr(data, name)
        if path is None:
            continue
        top = Path(path).expanduser()
        if not top.exists():
            raise UserError(f"{name}: there is no {top}")
        if name == "images" and data.dataset == "imagenet" and data.labels is None:
            files = imagenet_files(top)
        else:
            files = files_below(top)
        for file in files:
            status = file.stat()
            place = file.relative_to(top) if file != top else file.name
            digest.update(f"{place} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def files_below(top: Path) -> list[Path]:
    if top.is_file():
        return [top]
    return sorted(file for file in top.rglob("[!.]*") if file.is_file())


def imagenet_files(top: Path) -> list[Path]:
    """The files that are read, and no others: beside them a million training images may lie."""
    return imagenet_archives(top) or files_below(images_folder(top))


def images_folder(top: Path) -> Path:
    """What holds the folders of ImageNet's images: val/, or the folder itself."""
    return top / "val" if (top / "val").is_dir() else top


def imagenet_archives(top: Path) -> list[Path]:
    """ILSVRC2012's archives of validation images and of the development kit, or none.

    They are read only where there are no folders of images, whatever torchvision left beside them.

    Raises:
        UserError: images without the kit, which has their labels.
    """
    images, kit = (top / name for name in IMAGENET_ARCHIVES)
    if not images.is_file() or (top / "val").is_dir() or any(top.glob("n[0-9]*/")):
        return []
    if not kit.is_file():
        raise UserError(f"images: {images} has no labels; put {kit.name} beside it")
    return [images, kit]


def weight_files(suite: Suite) -> dict[str, Path]:
    """The weight file of each model for which the user names a file or a folder.

    Raises:
        UserError: no such file, or several that could be meant.
    """
    files = {}
    for model in suite.zoo.values():
        if Path(model.weights).suffix:
            files[model.name] = Path(model.weights).expanduser()
            if not files[model.name].is_file():
                raise UserError(f"weights: there is no file {model.weights}")
        elif suite.weights is not None and model.weights != "trained":
            files[model.name] = weight_file(model.name, Path(suite.weights).expanduser())
    return files


def weight_file(name: str, folder: Path) -> Path:
    """The one file of the folder whose name is the model's, or begins with it and a dash."""
    if not folder.is_dir():
        raise UserError(f"weights: there is no folder {folder}")
    suffixes = (".pth", ".pt", ".safetensors")
    found = sorted(
        path
        for path in folder.iterdir()
        if path.suffix in suffixes and (path.stem == name or path.name.startswith(f"{name}-"))
    )
    if len(found) != 1:
        names = ", ".join(path.name for path in found) or "none"
        raise UserError(
            f"weights: {folder} must hold exactly one file {name}.pth, {name}-*.pth or the same "
            f"as .pt or .safetensors; found {names}"
        )
    return found[0]
