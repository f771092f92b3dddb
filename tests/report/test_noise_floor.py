"""Noise alone under a table of attacks that are as large."""

from dataclasses import replace

import pytest
from made_tables import EXHIBITS, made_table
from nrg.report.noise_floor import find_noise_floor

FLOOR = EXHIBITS["reading_floor"]
TABLES = [(FLOOR, made_table("reading_floor"))]


@pytest.mark.parametrize(
    ("name", "noise"),
    [("table1", "random-signs"), ("table2", "random-signs"), ("table5", "gaussian")],
)
def test_noise_of_the_same_ball_stands_under_a_table(name, noise):
    floor = find_noise_floor(EXHIBITS[name], TABLES)
    assert (floor.exhibit, floor.method) == ("reading_floor", noise)
    assert list(floor.rates) == list(EXHIBITS[name].targets)
    assert floor.mean == pytest.approx(10 if noise == "random-signs" else 20)


def test_noise_of_another_size_or_on_other_images_is_no_floor():
    assert find_noise_floor(EXHIBITS["table6"], TABLES) is None, "attacked are other images"
    assert find_noise_floor(EXHIBITS["table7"], TABLES) is None
    assert find_noise_floor(FLOOR, TABLES) is None
    assert find_noise_floor(EXHIBITS["table1"], []) is None
    larger = replace(EXHIBITS["table1"].methods[0].attack, epsilon=80)
    methods = (replace(EXHIBITS["table1"].methods[0], attack=larger),)
    assert find_noise_floor(replace(EXHIBITS["table1"], methods=methods), TABLES) is None
    assert find_noise_floor(replace(EXHIBITS["table1"], targets=("resnet50",)), TABLES) is None
