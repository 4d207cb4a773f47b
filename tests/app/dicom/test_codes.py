"""Words that name side and view."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.sr._snomed_dict import mapping

from app.dicom.codes import (
    MODIFIER_CODES,
    VIEW_CODES,
    VIEWS,
    side_and_view,
    stem_without_view,
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("LEFT_CC", ("L", "CC")),
        ("R MLO", ("R", "MLO")),
        ("img-RCC.2", ("R", "CC")),
        ("Mass-Test_P_00173_LEFT_MLO", ("L", "MLO")),
        ("P102_R_DM_CC", ("R", "CC")),
        ("LMLOID", ("L", "MLO")),
        ("full mammogram images", (None, None)),
        ("L and R CC", (None, "CC")),
        ("CC MLO", (None, None)),
        ("ACCESSION", (None, None)),
        ("", (None, None)),
    ],
)
def test_words(text, found):
    assert side_and_view(text) == found


@given(
    st.sampled_from(["L", "R"]),
    st.sampled_from(VIEWS),
    st.sampled_from(["", "_", " ", "-"]),
    st.from_regex(r"([0-9]{0,6}[_ ])?", fullmatch=True),
)
def test_side_and_view_are_found_wherever_they_stand(side, view, between, before):
    # "LM" is itself a view: alone, joined letters are read as one word.
    assert side_and_view(f"{before}{side}{between}{view}") in {(side, view), (None, side + view)}


@given(st.text())
def test_no_text_is_too_strange(text):
    side, view = side_and_view(text)
    assert side in (None, "L", "R")
    assert view is None or view in VIEWS
    stem_without_view(text)


def test_images_of_one_person_share_a_stem():
    stems = {
        stem_without_view(text)
        for text in ("Mass-Test_P_00173_LEFT_CC", "Mass-Training_P_00173_RIGHT_MLO")
    }
    assert stems == {"P 00173"}
    assert stem_without_view("Mass-Test_P_00820_LEFT_CC") == "P 00820"


def test_old_and_new_codes_agree_with_the_published_map():
    new_to_old = mapping["SCT"]
    for codes in (VIEW_CODES, MODIFIER_CODES):
        for code, meaning in codes.items():
            if code.isdigit():
                assert codes[new_to_old[code]] == meaning
        assert len(codes) == 2 * len(set(codes.values()))
