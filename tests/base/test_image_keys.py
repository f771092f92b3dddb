"""Keys of images are the same everywhere, and well mixed."""

from nrg.base.image_keys import image_key, mix


def test_a_key_depends_on_seed_and_id_alone():
    keys = {image_key(seed, name) for seed in (0, 1) for name in ("a", "b", "0/a")}
    assert len(keys) == 6
    assert image_key(0, "a") == image_key(0, "a") == 0xB78B2EF3C704F401  # b2sum -l 64


def test_mixing_is_splitmix64():
    """The first outputs of the authors' program for the seed 0."""
    outputs = [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]
    assert [mix(0, counter) for counter in range(3)] == outputs
