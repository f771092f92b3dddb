"""Philox against its authors' known answers, and on tensors against numpy's."""

from collections.abc import Iterable

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from nrg.attack.philox import as_signed, philox, philox_by_tensors, scramble

WORDS = st.integers(0, 2**64 - 1)
ONES = 2**64 - 1

# Random123's kat_vectors: counter, key, and the four words.
KNOWN = [
    ([0] * 4, [0] * 2, "16554d9eca36314c db20fe9d672d0fdc d7e772cee186176b 7e68b68aec7ba23b"),
    ([ONES] * 4, [ONES] * 2, "87b092c3013fe90b 438c3c67be8d0224 9cc7d7c69cd777b6 a09caebf594f0ba0"),
    (
        [0x243F6A8885A308D3, 0x13198A2E03707344, 0xA4093822299F31D0, 0x082EFA98EC4E6C89],
        [0x452821E638D01377, 0xBE5466CF34E90C6C],
        "a528f45403e61d95 38c72dbd566e9788 a5a1610e72fd18b5 57bd43b5e52b7fe6",
    ),
]


def as_streams(words: Iterable[tuple[int, int, int]]) -> torch.Tensor:
    """Keys, copies and steps, as `philox` takes them."""
    return torch.from_numpy(np.array(list(words), np.uint64).view(np.int64))


@pytest.mark.parametrize(("counter", "key", "words"), KNOWN)
def test_known_answers(counter, key, words):
    given_counter, given_key = (
        [torch.tensor([as_signed(word)]) for word in given] for given in (counter, key)
    )
    found = [int(word) % 2**64 for word in scramble(given_counter, given_key)]
    assert found == [int(word, 16) for word in words.split()]


@settings(max_examples=60, deadline=None)
@given(st.lists(WORDS, min_size=1, max_size=5), WORDS, WORDS, st.integers(1, 40))
def test_tensors_and_numpy_give_the_same_words(keys, copy, step, blocks):
    streams = as_streams((key, copy, step) for key in keys)
    by_numpy = philox(streams, blocks)
    assert torch.equal(by_numpy, philox_by_tensors(streams, blocks))
    key, counter = (np.array(words, np.uint64) for words in ([keys[-1], 0], [0, copy, step, 0]))
    words = np.random.Philox(key=key, counter=counter).random_raw(4 * blocks)
    assert by_numpy[-1].tolist() == words.astype(np.int64).tolist()


def test_no_two_counters_share_a_block():
    """Philox is a bijection of counters, so equal blocks would be an error in their making."""
    large = [0, 1, 2, 99, 2**31, 2**32 - 1, 2**32, 2**32 + 1, 2**63, 2**64 - 1]
    counters = {(copy, step) for copy in (*range(12), *large) for step in (*range(12), *large)}
    words = philox(as_streams((7, *counter) for counter in counters), 3).reshape(-1, 4)
    assert len(words.unique(dim=0)) == 3 * len(counters)
    keys = [*range(100), *(2**64 - 1 - key for key in range(100)), 2**32, 2**63]
    words = philox(as_streams((key, 0, 0) for key in keys), 2).reshape(-1, 4)
    assert len(words.unique(dim=0)) == 2 * len(keys)
