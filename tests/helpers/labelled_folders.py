"""Images in folders, with and without label files."""

from nrg.data.class_files import named_classes
from nrg.data.label_files import label_images
from PIL import Image

PETS = named_classes(["cat", "dog"], "classes.txt")


def folder_of(tmp_path, names, lines, encoding="utf-8"):
    """Write a folder of small images with these names, and a label file next to it; return both."""
    for name in names:
        (tmp_path / "images" / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (8, 8)).save(tmp_path / "images" / name)
    text = lines if isinstance(lines, str) else "\n".join(lines)
    (tmp_path / "labels.txt").write_bytes(text.encode(encoding))
    return tmp_path / "images", tmp_path / "labels.txt"


def write_photograph(path, shade=0):
    """Write a JPEG of one colour, large enough for ImageNet's crop, and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (230, 230), (shade, 0, 0)).save(path, "JPEG")
    return path


def labels_of(folder_and_labels, classes=PETS):
    """The label of each image of a folder that `folder_of` wrote."""
    return {image.name: image.label for image in label_images(*folder_and_labels, classes)}
