"""Clean accuracy of two pretrained networks on 1,300 real images: the whole input path at once."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from inputs import real
from nrg.data.batches import Compute
from nrg.data.datasets import open_data_set, write_pixels
from nrg.data.weight_files import find_weight_file
from nrg.models.classifier import Classifier, build_network, freeze
from nrg.models.predictions import predict
from nrg.study.settings import load_suite
from weights import fetch_weights


@pytest.mark.long
@pytest.mark.parametrize(
    ("resize", "accuracies"),
    [
        (None, {"squeezenet1_1": 69.0, "mobilenet_v2": 79.5}),  # the files' own 227 pixels, cropped
        (256, {"squeezenet1_1": 71.7, "mobilenet_v2": 78.7}),  # the standard resize of these files
    ],
)
def test_top1_accuracy(resize, accuracies):
    suite = load_suite("imagenet", {"zoo": list(accuracies)})
    folder, weights = real("imagenet-val-1300"), real("weights")
    images, labels = str(folder / "images"), str(folder / "val.txt")
    data = open_data_set(replace(suite.data, images=images, labels=labels, resize=resize))
    pixels = np.empty((len(data.ids), 3, 224, 224), np.uint8)
    write_pixels(data, np.arange(len(data.ids)), pixels, threads=2)
    for name, expected in accuracies.items():
        model = suite.zoo[name]
        state, _ = fetch_weights(model, find_weight_file(name, weights))
        network = build_network(model)
        network.load_state_dict(state)
        device = torch.device("cpu")
        classifier = freeze(Classifier(network, model.mean, model.std), device, quick=True)
        frame = predict(classifier, pixels, data.labels, Compute(16, device))
        accuracy = 100 * np.mean(frame["top1"] == data.labels)
        assert accuracy == pytest.approx(expected, abs=0.1)
