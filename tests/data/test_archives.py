"""Members of archives are read where they are, and any bytes give members or a message."""

import gzip
import io
import tarfile
from contextlib import suppress
from pathlib import PurePosixPath

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nrg.base.errors import UserError
from nrg.data.archives import list_members

KINDS = {
    tarfile.SYMTYPE: "../../secret",
    tarfile.LNKTYPE: "a/1.png",
    tarfile.CHRTYPE: "",
    tarfile.FIFOTYPE: "",
    tarfile.DIRTYPE: "",
}


def packed(files, form=tarfile.PAX_FORMAT, **entries):
    """A tar archive with these paths and contents, and with one member of every other kind."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=form) as tar:
        for name, content in files:
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            entry.pax_headers = entries.get("pax", {})
            tar.addfile(entry, io.BytesIO(content))
        for number, (kind, target) in enumerate(KINDS.items()):
            entry = tarfile.TarInfo(f"other/{number}.png")
            entry.type, entry.linkname = kind, target
            tar.addfile(entry)
    return file.getvalue()


def read(path, content):
    path.write_bytes(content)
    return {str(inside): member.read_bytes() for inside, member in list_members(path).items()}


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
@pytest.mark.parametrize("compress", [bytes, gzip.compress])
def test_files_are_read_and_nothing_else(tmp_path, form, compress):
    files = [("a/1.png", b"first"), ("./b/2.png", b"second"), ("a/empty.png", b"")]
    content = compress(packed(files, form))
    assert read(tmp_path / "images.tar", content) == {
        "a/1.png": b"first",
        "b/2.png": b"second",
        "a/empty.png": b"",
    }


def test_of_two_members_with_one_path_the_last_counts_as_when_unpacked(tmp_path):
    content = packed([("a/1.png", b"old"), ("a/2.png", b"x"), ("a/1.png", b"new!")])
    assert read(tmp_path / "images.tar", content)["a/1.png"] == b"new!"
    with tarfile.open(tmp_path / "images.tar") as tar:
        tar.extractall(tmp_path / "out", members=tar.getmembers()[:3], filter="data")
    assert (tmp_path / "out/a/1.png").read_bytes() == b"new!"


@pytest.mark.parametrize("name", ["../1.png", "/etc/1.png", "a/../../1.png", "a/\n/../1.png"])
def test_paths_that_lead_out_are_refused(tmp_path, name):
    with pytest.raises(UserError, match=r"its member \S*1\.png leads out of it"):
        read(tmp_path / "images.tar", packed([(name, b"x")]))


def test_names_may_hold_anything(tmp_path):
    names = ["a/new\nline.png", "a/ü漢.png", f"a/{'x' * 300}.png", "a/1.png "]
    assert list(read(tmp_path / "images.tar", packed([(name, b"x") for name in names]))) == names


def test_a_sparse_member_is_refused_by_name(tmp_path):
    pax = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": "4096"}
    content = packed([("a/holes.png", b"1\n0\n4\n".ljust(512, b"\0") + b"data")], pax=pax)
    with pytest.raises(UserError, match=r"holes\.png is sparse"):
        read(tmp_path / "images.tar", content)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
def test_a_truncated_archive_is_refused(tmp_path, share):
    content = gzip.compress(packed([("a/1.png", bytes(range(256)) * 40)]))
    with pytest.raises(UserError, match=r"images\.tar is damaged or truncated"):
        read(tmp_path / "images.tar", content[: int(share * len(content))])


@pytest.mark.parametrize("content", [b"", b"PK\3\4 a zip archive", b"7z\xbc\xaf", b"Rar!"])
def test_other_archives_are_refused(tmp_path, content):
    with pytest.raises(UserError, match=r"images\.tar is damaged"):
        read(tmp_path / "images.tar", content)


WHOLE = [
    packed([("a/1.png", b"first" * 200), ("a/2.png", b"second")], form, pax={"comment": "ü"})
    for form in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT)
]
WHOLE += [gzip.compress(WHOLE[0], mtime=0)]


@settings(
    max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.sampled_from(WHOLE), st.data())
def test_any_bytes_are_an_archive_or_are_refused(tmp_path, content, data):
    changed = bytearray(content)
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.just(len(changed)) | st.integers(0, len(changed)))
    with suppress(UserError):
        found = read(tmp_path / "images.tar", bytes(changed[:cut]))
        assert not any(PurePosixPath(name).is_absolute() for name in found)
        assert all(".." not in PurePosixPath(name).parts for name in found)
