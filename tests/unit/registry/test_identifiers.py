import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance.registry.cells import CellError
from provenance.registry.identifiers import PARSERS, isbn


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("isbn", "978-3-16-148410-0"),
        ("isbn", "9791032305690"),
        ("isbn", "ISBN 0-306-40615-2"),
        ("isbn", "ISBN-13: 978 0 306 40615 7"),
        ("isbn", "080442957X"),
        ("isbn", "080442957x; 9780306406157"),
        ("isrc", "US-RC1-76-07839"),
        ("isrc", "gbaye0601498"),
        ("iswc", "T-034.524.680-1"),
        ("iswc", "T0345246801"),
        ("doi", "10.1000/182"),
        ("doi", "https://doi.org/10.1002/(SICI)1096-8644(199601)99:1<1::AID-AJPA1>3.0.CO;2-1"),
        ("issn", "2049-3630"),
        ("registration", "TX 1-234-567"),
    ],
)
def test_an_identifier_that_is_right_is_recorded_as_it_stands(column, cell):
    assert PARSERS[column](cell) == cell


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("isbn", "978-3-16-148410-1", "does not fit"),
        ("isbn", "0-306-40615-3", "does not fit"),
        ("isbn", "9780306406157; 0306406153", "does not fit"),
        ("isbn", "977-3-16-148410-0", "no ISBN"),
        ("isbn", "9.78316E+12", "no ISBN"),
        ("isbn", "306406152", "no ISBN"),
        ("isbn", "X306406152", "no ISBN"),
        ("isrc", "US-RC1-76-0783", "no ISRC"),
        ("isrc", "1S-RC1-76-07839", "no ISRC"),
        ("iswc", "034.524.680-1", "no ISWC"),
        ("iswc", "T-034.524.680-2", "does not fit"),
        ("doi", "11.1000/182", "no DOI"),
        ("doi", "10.1000", "no DOI"),
        ("doi", "10.1000/1 82", "no DOI"),
    ],
)
def test_an_identifier_that_is_wrong_is_refused_with_a_remedy(column, cell, reason):
    with pytest.raises(CellError, match=reason) as raised:
        PARSERS[column](cell)
    assert raised.value.remedy


@pytest.mark.parametrize("column", PARSERS)
def test_unknown_withdraws_an_identifier(column):
    assert PARSERS[column]("Unknown") is None


@given(st.text("0123456789", min_size=9, max_size=9), st.integers(0, 12), st.integers(1, 9))
def test_any_single_wrong_digit_of_an_isbn_13_is_found(number, place, change):
    body = f"978{number}"
    check = -sum(int(digit) * (1, 3)[at % 2] for at, digit in enumerate(body)) % 10
    right = f"{body}{check}"
    assert isbn(right) == right
    wrong = f"{right[:place]}{(int(right[place]) + change) % 10}{right[place + 1 :]}"
    with pytest.raises(CellError):
        isbn(wrong)
