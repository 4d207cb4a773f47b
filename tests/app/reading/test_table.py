"""Ratings tables and iMRMC files."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.reading.imrmc import read_imrmc, write_imrmc
from app.reading.ratings import CompletedReading, Rating
from app.reading.table import read_table, write_table

HEAD = "reader,modality,case,truth,rating\n"
NAMES = st.text(
    st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=8
).filter(lambda t: t.lower() not in ("na", "nan", "n/a", "-1", "truth"))
FLOATS = st.floats(allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("reader,case,truth\nA,1,0\n", "no column modality, rating"),
        (HEAD, "holds no rating"),
        (HEAD + "A,m,1,2,3\n", "line 2: truth '2'; 1 (positive) or 0 (negative) is needed"),
        (HEAD + "A,m,1,1,high\n", "line 2: rating 'high' is not a number"),
        (HEAD + "A,m,1,1,inf\n", "is not a finite number"),
        (HEAD + "A,m,1,1,2\nB,m,1,0,2\n", "case '1' is positive in one row and negative"),
        (HEAD + "A,m,1,1,2\nA,m,1,1,3\n", "rated case '1' twice"),
        ("", "no column reader"),
    ],
)
def test_bad_tables_get_a_sentence(text, words):
    with pytest.raises(ValueError) as error:  # noqa: PT011 (its words are compared below)
        read_table(text, "t.csv")
    assert words in str(error.value)


def test_optional_columns_and_missing_ratings():
    reading = read_table(
        "\ufeffReader, Modality ,case,truth,rating,seconds,order,repeat,view,group\n"
        "A,,r1,0,1,2.5,1,0,CC,senior\n"
        "A,g,f1,yes,NA,,,,,\n"
        "A,g,f1,1,6,3,2,0,MLO,senior\n"
        "A,g,f1,1,5,3,3,1,MLO,senior\n"
    )
    assert [r.modality for r in reading.ratings] == [None, "g", "g"]
    assert reading.ratings[0].seconds == 2.5
    assert reading.ratings[2].repeat
    assert reading.cases["f1"].view == "MLO"
    assert reading.readers["A"].group == "senior"


rows = st.dictionaries(st.tuples(NAMES, NAMES, NAMES), FLOATS, min_size=1, max_size=8)


def _reading(found) -> tuple[Rating, ...]:
    cases = sorted({case for _, case, _ in found})
    return tuple(
        Rating(reader=r, case=c, modality=m, truth=cases.index(c) % 2 == 0, rating=v)
        for (r, c, m), v in found.items()
    )


@pytest.mark.parametrize("mark", [";", "\t"])
def test_columns_may_stand_apart_by_semicolons_or_tabs(mark):
    text = "reader,modality,case,truth,rating\nr1,a,c1,1.0,2\nr1,a,c2,0.0,1\n"
    assert read_table(text.replace(",", mark)).ratings == read_table(text).ratings


@pytest.mark.parametrize("mark", [";", "\t"])
def test_where_columns_stand_apart_by_another_mark_a_comma_is_a_decimal_one(mark):
    text = f"reader{mark}modality{mark}case{mark}truth{mark}rating\n"
    found = read_table(text + mark.join(("r, one", "a", "c1", "1", "0,5"))).ratings[0]
    assert (found.reader, found.rating) == ("r, one", 0.5)


@given(rows)
def test_imrmc_round_trip(found):
    ratings = _reading(found)
    text = write_imrmc(ratings, CompletedReading(ratings=ratings).modalities, "x")
    assert set(read_imrmc(text).ratings) == set(ratings)


@given(rows)
def test_table_round_trip(found):
    ratings = _reading(found)
    assert read_table(write_table(ratings, {})).ratings == ratings


@given(st.text())
def test_any_text_is_read_or_refused_in_words(text):
    for read in (read_table, read_imrmc):
        try:
            reading = read(text)
        except ValueError as error:
            assert str(error)  # noqa: PT017 (any refusal has words)
        else:
            assert all(math.isfinite(r.rating) for r in reading.ratings)


def test_imrmc_as_the_program_writes_it():
    text = "front\nmatter\nBEGIN DATA:\n-1,n1,0,0\n-1,p1,0,1\nR1, n1, A, 2.5\nR1,p1,A,3\n"
    found = read_imrmc(text)
    assert [(r.case, r.truth, r.rating) for r in found.ratings] == [
        ("n1", False, 2.5),
        ("p1", True, 3.0),
    ]
    with pytest.raises(ValueError, match="line 8: score 'x' is not a number"):
        read_imrmc(text + "R1,n1,B,x\n")
