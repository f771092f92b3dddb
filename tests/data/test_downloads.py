"""Downloads from a real server that breaks connections, repeats itself, or has another file."""

import hashlib

import numpy as np
import pytest
from nrg.base.errors import UserError
from nrg.data.downloads import download
from published import Host, serving

CONTENT = np.random.default_rng(0).bytes(3_000_000)
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "images.tar.gz"


@pytest.fixture
def part(path):
    return path.with_name("images.tar.gz.part")


def fetch(host, path):
    with serving(host):
        download(host.url, path, len(CONTENT), SHA256)


def test_a_file_arrives_whole_and_no_part_is_left(path, part):
    host = Host(CONTENT)
    fetch(host, path)
    assert path.read_bytes() == CONTENT
    assert host.asked == [None]
    assert not part.exists()


def test_after_a_break_only_the_rest_is_asked_for(path):
    host = Host(CONTENT, breaks=[1_000_000, 500_000])
    fetch(host, path)
    assert host.asked == [None, "bytes=1000000-", "bytes=1500000-"]
    assert path.read_bytes() == CONTENT


def test_a_connection_that_is_reset_is_a_break_too(path):
    host = Host(CONTENT, breaks=[2_500_000], reset=True)
    fetch(host, path)
    first, rest = host.asked
    assert first is None
    assert 2_400_000 < int(rest.removeprefix("bytes=").removesuffix("-")) <= 2_500_000
    assert path.read_bytes() == CONTENT


def test_a_later_run_continues_the_download(path, part):
    with pytest.raises(UserError, match=r"continues from the 1,000,000 of 3,000,000 bytes"):
        fetch(Host(CONTENT, breaks=[1_000_000, 0]), path)
    assert part.stat().st_size == 1_000_000
    assert not path.exists()
    host = Host(CONTENT)
    fetch(host, path)
    assert host.asked == ["bytes=1000000-"]
    assert path.read_bytes() == CONTENT


def test_a_server_without_ranges_starts_again(path, part):
    part.write_bytes(CONTENT[:1_000_000])
    host = Host(CONTENT, ranges=False)
    fetch(host, path)
    assert host.asked == ["bytes=1000000-"]
    assert path.read_bytes() == CONTENT


def test_a_server_that_always_breaks_at_the_same_place_is_given_up(path):
    host = Host(CONTENT, ranges=False, breaks=[1_000_000] * 9)
    with pytest.raises(UserError, match="cannot be downloaded"):
        fetch(host, path)
    assert len(host.asked) == 2


def test_what_is_there_already_is_not_asked_for(path, part):
    part.write_bytes(CONTENT)
    host = Host(CONTENT)
    fetch(host, path)
    assert host.asked == []
    assert path.read_bytes() == CONTENT


@pytest.mark.parametrize("begun", [b"", b"of another file"])
def test_a_wrong_hash_leaves_the_good_file_and_no_other(path, part, begun):
    path.write_bytes(CONTENT)
    part.write_bytes(begun)
    other = CONTENT if begun else CONTENT[::-1]
    with pytest.raises(UserError, match=f"not {SHA256}; it was deleted"):
        fetch(Host(other), path)
    assert path.read_bytes() == CONTENT
    assert not part.exists()


def test_a_file_of_another_size_is_refused_unread(path, part):
    part.write_bytes(CONTENT[:1_000_000])
    with pytest.raises(UserError, match="is not the published file of 3,000,000 bytes"):
        fetch(Host(b"<html>please log in</html>", ranges=False), path)
    assert part.stat().st_size == 1_000_000


def test_the_reason_of_a_failure_is_reported(path):
    with serving(Host(CONTENT)) as host:
        url = host.url
        with pytest.raises(UserError, match="404"):
            download(url.replace("images", "pictures"), path, len(CONTENT), SHA256)
    with pytest.raises(UserError, match=r"Connection refused.*to the archive"):
        download(url, path, len(CONTENT), SHA256)
