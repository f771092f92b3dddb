"""An exhibit at equal cost, and files of predictions with chosen success, as a run would store."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import yaml
from nrg.base.table_files import write_csv, write_parquet
from nrg.study.exhibits import Exhibit, load_exhibits
from nrg.study.methods import Method
from nrg.study.settings import load_suite

IDS = [f"digit-{number}" for number in range(60)]
ENTRY = {
    "title": "Mine",
    "kind": "equal_cost",
    "reading": True,
    "metric": "top1_success",
    "sources": ["resnet18", "vgg13_bn"],
    "targets": ["resnet18", "resnet34", "alexnet"],
    "budgets": [10, 30],
    "tuning_images": 20,
    "compared_with": ["nr-igsm", "mi"],
    "attacks": {
        "nr-igsm": {
            "ball": "linf",
            "epsilon": 15,
            "alpha": 5,
            "sigma": 15,
            "grid": [{"copies": 10}, {"copies": 5}],
        },
        "mi": {"like": "mi", "epsilon": 15, "grid": [{"alpha": 1.5}, {"alpha": 3}]},
        "vmi": {
            "like": "vmi",
            "epsilon": 15,
            "grid": [
                {"look": [{"neighbours": {"count": 20}}]},
                {"look": [{"neighbours": {"count": 15}}]},
            ],
        },
    },
}


def make_exhibit(folder: Path, **entries: object) -> Exhibit:
    """The exhibit `mine` of the suite imagenet, whose attack vmi fits no setting into 10."""
    path = folder / "exhibits.yaml"
    path.write_text(yaml.safe_dump({"mine": ENTRY | entries}, sort_keys=False))
    return load_exhibits(load_suite("imagenet", {"overrides": {}}), path)["mine"]


Success = Callable[[Method, str, str], np.ndarray]  # of method, source and target: (images,)


def make_files(folder: Path, exhibit: Exhibit, succeeds: Success) -> dict[str, object]:
    """Store what each attack of each source does on each target, and how far it moves an image."""
    images = {"image_id": IDS, "label": 0, "target_label": 1, "in_subset": False}
    write_parquet(pd.DataFrame(images), folder / "images.parquet")
    frames, effects = [], []
    for source in exhibit.sources:
        for method in exhibit.methods:
            cell = {"source": source, "attack": method.attack.name}
            effects.append(cell | {"rmsd": 5.0 + exhibit.sources.index(source)})
            for target in exhibit.targets:
                top = {f"top{place}": place for place in range(2, 6)}
                top["top1"] = succeeds(method, source, target).astype(int)
                frames.append(pd.DataFrame(cell | {"target": target, "image_id": IDS} | top))
    write_parquet(pd.concat(frames, ignore_index=True), folder / "predictions.parquet")
    write_csv(pd.DataFrame(effects), folder / "effects.csv")
    return {
        "images": folder / "images.parquet",
        "predictions": [folder / "predictions.parquet"],
        "effects": [folder / "effects.csv"],
    }
