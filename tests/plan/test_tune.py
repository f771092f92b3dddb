"""The microbatch that `snakemake tune` prints."""

from dataclasses import replace

import nrg.plan.tune
import pytest
import torch
from nrg.plan.speed import all_networks
from nrg.plan.tune import Trials, choose_microbatch, describe_trials, try_microbatches
from nrg.study.settings import load_settings

CPU = torch.device("cpu")
FLAT = Trials({8: 100.0, 16: 180.0, 32: 181.0}, short=False)


def test_the_smallest_of_the_fastest_is_chosen_for_all_networks_together():
    assert choose_microbatch({"a": FLAT}, [], 0) == 16
    rising = Trials({8: 1.0, 16: 2.0, 32: 4.0, 64: 4.0}, short=False)
    assert choose_microbatch({"a": FLAT, "slow": rising}, [], 0) == 32


def test_no_network_lacks_memory_for_it():
    large = Trials({8: 1.0, 16: 2.0}, short=True)
    rising = Trials({8: 1.0, 16: 2.0, 32: 4.0}, short=False)
    assert choose_microbatch({"large": large, "rising": rising}, [], 0) == 16


def test_no_ensemble_lacks_memory_for_it():
    rising = Trials({8: 1.0, 16: 2.0, 32: 4.0}, False, weights=1000, activations=100)
    trials = {"a": rising, "b": rising}
    for memory, size in ((3000, 8), (6000, 16), (10000, 32)):
        assert choose_microbatch(trials, [("a",), ("a", "b")], memory) == size


@pytest.mark.parametrize(
    ("speeds", "most", "sizes", "short"),
    [
        ([1.0, 2.0, 2.01, 2.02, 9.0], 10**12, [8, 16, 32, 64], False),
        ([1.0, 2.0, 1.5, 4.0, None], 10**12, [8, 16, 32, 64], True),
        ([1.0, 2.0, None], 10**12, [8, 16], True),
        ([1.0, 2.0, 4.0], 0, [8], True),
    ],
)
def test_trials_end_where_speed_or_memory_does(monkeypatch, speeds, most, sizes, short):
    given = iter(speeds)

    def time_gradients(*_):
        if (speed := next(given)) is None:
            raise torch.OutOfMemoryError("full")
        return 1 / speed

    monkeypatch.setattr(nrg.plan.tune, "time_gradients", time_gradients)
    network = all_networks(load_settings({}), 100)["alexnet"]
    trials = try_microbatches(network, CPU, most)
    assert list(trials.rates) == sizes
    assert trials.short == short


def test_the_line_to_paste_is_a_valid_setting():
    suite = load_settings({"suite": "digits"}).suite
    assert describe_trials({"a": FLAT}, 16, suite, CPU).endswith("    --config microbatch=16")
    text = describe_trials({"a": FLAT}, 16, suite, torch.device("cuda"))
    assert text.endswith("    --config gpu_microbatch=16")
    words = describe_trials({"a": FLAT}, 16, replace(suite, shard_images=200), CPU).split()
    config = dict(word.split("=") for word in words if "=" in word)
    assert config == {"microbatch": "16", "shard_images": "1200"}
    assert load_settings({key: int(value) for key, value in config.items()}).suite.microbatch == 16
