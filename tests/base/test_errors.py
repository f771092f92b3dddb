"""The error for an unknown name suggests the nearest known one."""

from nrg.base.errors import UnknownName


def test_the_nearest_name_is_suggested_or_all_are_listed():
    known = ["table2", "table1", "figure4"]
    near = str(UnknownName("exhibit", "tabel1", known))
    assert near == "unknown exhibit 'tabel1'; did you mean 'table1'?"
    far = str(UnknownName("exhibit", "x", known))
    assert far == "unknown exhibit 'x'; known: figure4, table1, table2"
