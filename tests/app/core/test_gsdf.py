"""The display function against dcmtk's, PS3.14's own table, and screens made wrong on purpose."""

import shutil
import subprocess

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import gsdf


@pytest.mark.parametrize(  # PS3.14 table B-1
    ("jnd", "candela"),
    [(1, 0.0500), (2, 0.0547), (3, 0.0594), (1022, 3967.5470), (1023, 3993.4040)],
)
def test_the_standard_s_own_table(jnd, candela) -> None:
    assert gsdf.luminance(jnd) == pytest.approx(candela, rel=2e-3)


@given(st.floats(1, 1023))
def test_there_and_back(jnd) -> None:
    assert gsdf.jnd_index(gsdf.luminance(jnd)) == pytest.approx(jnd, abs=0.5)


@pytest.mark.parametrize(
    ("low", "high", "ambient"), [(1.05, 420, 0), (0.4, 250, 0.5), (2, 1000, 0)]
)
def test_the_curve_between_two_luminances_is_dcmtk_s(low, high, ambient, tmp_path) -> None:
    judge = shutil.which("dcmdspfn")
    if judge is None:
        pytest.skip("dcmtk is absent")
    out = tmp_path / "gsdf.txt"
    command = [judge, "+Il", str(low), str(high), "+Ca", str(ambient), "+Og", str(out)]
    subprocess.run(command, check=True, capture_output=True)
    rows = [line.split() for line in out.read_text().splitlines() if line[:1].isdigit()]
    theirs = np.array([float(row[1]) for row in rows])
    assert len(theirs) == 256
    ours = gsdf.target(low + ambient, high + ambient, range(256))
    assert ours == pytest.approx(theirs, rel=1e-3)


def test_a_screen_on_the_function_has_no_deviation() -> None:
    found = gsdf.conformance(gsdf.GREYS, list(gsdf.target(1.2, 450)))
    assert found.worst < 1e-3
    assert found.verdict == "diagnostic"
    assert found.steps == pytest.approx(gsdf.jnd_index(450) - gsdf.jnd_index(1.2), abs=0.1)


def test_ambient_light_is_added_before_judging() -> None:
    meter = gsdf.target(1.2, 450) - 0.2
    assert gsdf.conformance(gsdf.GREYS, list(meter), ambient=0.2).worst < 1e-3
    assert gsdf.conformance(gsdf.GREYS, list(meter)).worst > 0.02


def test_a_step_of_known_error_is_found_where_it_is() -> None:
    """One level too bright: by hand, contrast before it grows and after it shrinks."""
    right = gsdf.target(1.0, 400)
    wrong = right.copy()
    wrong[9] *= 1.05
    found = gsdf.conformance(gsdf.GREYS, list(wrong))
    before = (wrong[9] - wrong[8]) / (wrong[9] + wrong[8])
    wanted = (right[9] - right[8]) / (right[9] + right[8])
    assert found.contrast[8] == pytest.approx(before / wanted - 1, rel=1e-3)
    assert int(np.argmax(np.abs(found.contrast))) in (8, 9)


def test_an_office_screen_is_not_diagnostic() -> None:
    office = 0.3 + 250 * (np.asarray(gsdf.GREYS) / 255) ** 2.2
    assert gsdf.conformance(gsdf.GREYS, list(office)).verdict == "neither"
    dim = gsdf.conformance(gsdf.GREYS, list(gsdf.target(0.5, 300)))
    assert dim.verdict == "other"  # on the curve, but not bright enough


@pytest.mark.parametrize(
    ("greys", "measured", "words"),
    [
        ((0, 255), (1, 400), "at least black"),
        ((0, 128, 255), (1, 0.5, 400), "grey 128 is not brighter than grey 0"),
        ((0, 128, 255), (0.01, 20, 400), "grey 0: 0.01"),
        ((0, 128, 250), (1, 20, 400), "at least black"),
    ],
)
def test_what_cannot_be_is_refused_in_words(greys, measured, words) -> None:
    with pytest.raises(ValueError, match=words):
        gsdf.conformance(greys, measured)
