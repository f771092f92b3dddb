"""Errors for users: the nearest known name is suggested, and what is wrong is placed."""

import pytest
from nrg.base.errors import UnknownName, UserError, name_in_errors, place_errors


def test_the_nearest_name_is_suggested_or_all_are_listed():
    known = ["table2", "table1", "figure4"]
    near = str(UnknownName("exhibit", "tabel1", known))
    assert near == "unknown exhibit 'tabel1'; did you mean 'table1'?"
    far = str(UnknownName("exhibit", "x", known))
    assert far == "unknown exhibit 'x'; known: figure4, table1, table2"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("igsm-e16-mixed", "table1.admix: igsm-e16-mixed: all images have the label 3"),
        ("another", "another: all images have the label 3"),
    ],
)
def test_an_error_of_an_attack_says_which_exhibit_names_it(name, message):
    with (
        pytest.raises(UserError) as raised,
        place_errors({"igsm-e16-mixed": "table1.admix"}),
        name_in_errors(name),
    ):
        raise UserError("all images have the label 3")
    assert str(raised.value) == message
