"""Shards: together they are the whole set, byte for byte."""

import numpy as np
import pandas as pd
import pytest
from adversarial_sets import IGSM, NR_FGM, NR_IGSM, crafted, images
from hypothesis import given
from hypothesis import strategies as st
from nrg.attack.effects import join_effects
from nrg.base.errors import UserError
from nrg.base.safetensors_files import create_pixels, map_joined
from nrg.study.crafting_jobs import Shard, cut_shards, list_jobs, plan_crafting, plan_scoring
from nrg.study.exhibits import load_exhibits
from nrg.study.settings import load_suite

ATTACKS = [IGSM, NR_IGSM, NR_FGM]


@given(st.integers(1, 300), st.integers(1, 300))
def test_shards_are_every_image_once_and_in_order(count, size):
    shards = cut_shards(count, size)
    assert [Shard.from_name(shard.name) for shard in shards] == shards
    parts = [range(count)[shard.slice] for shard in shards]
    assert [place for part in parts for place in part] == list(range(count))
    assert all(len(part) == size for part in parts[:-1])


def test_shards_together_are_the_whole_set(tiny, tmp_path):
    data = images(22)
    whole, effects = crafted([tiny()], ATTACKS, data, microbatch=4)
    frames = []
    shards = cut_shards(22, 8)
    for shard in shards:
        name = shard.name
        part, effect = crafted([tiny()], ATTACKS, data[shard.slice], microbatch=4)
        with create_pixels(tmp_path / name, {key: p.shape for key, p in part.items()}) as arrays:
            for key, pixels in part.items():
                arrays[key][:] = pixels
        effect.reset_index().to_csv(tmp_path / f"{name}.csv", index=False)
        frames.append(str(tmp_path / f"{name}.csv"))
    joined = map_joined([tmp_path / shard.name for shard in shards])
    for key, pixels in whole.items():
        assert joined[key].shape == pixels.shape
        assert np.array_equal(joined[key][:], pixels)
        assert np.array_equal(joined[key][6:19], pixels[6:19]), "a slice across shards"
    both = join_effects(frames).set_index("attack")
    pd.testing.assert_frame_equal(both, effects, check_dtype=False)


def test_a_shard_that_would_cut_a_batch_is_refused():
    with pytest.raises(UserError, match="multiple of microbatch"):
        load_suite("imagenet", {"shard_images": 100, "microbatch": 16})


def test_all_models_predict_but_where_only_exhibits_at_equal_cost_read():
    suite = load_suite("digits", {})
    exhibits = load_exhibits(suite)
    jobs = plan_crafting(exhibits.values(), "source")
    scoring = plan_scoring(exhibits.values(), jobs, suite.joint)
    own = exhibits.pop("equal_cost")
    shared = list_jobs(exhibits.values(), jobs)
    assert all(scoring[job] == [*suite.joint] for job in shared)
    alone = [job for job in list_jobs([own], jobs) if job not in shared]
    assert alone
    assert all({*scoring[job]} == {*own.targets} & {*suite.joint} for job in alone)
    assert scoring.keys() == {*shared, *alone}
