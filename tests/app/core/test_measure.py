from math import pi

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.display import Encoding
from app.core.mammogram import Facts, Spacing, SpacingBasis
from app.core.measure import (
    angle,
    area_mm2,
    histogram,
    lengths,
    measure_report,
    profile,
    region_mask,
    statistics,
    values_in,
    window_of,
)

PLAIN = Encoding(bits=16)
BAR = (
    Spacing(mm=(0.5 / 1.5, 0.5 / 1.5), basis=SpacingBasis.MAGNIFICATION, note="x1.5"),
    Spacing(mm=(0.5, 0.5), basis=SpacingBasis.DETECTOR),
    Spacing(mm=(0.25, 0.25), basis=SpacingBasis.CALIBRATED, note="fiducial"),
)


def facts(spacings=BAR, rows=400, columns=300):
    first = spacings[0] if spacings else None
    return Facts(
        file="a",
        rows=rows,
        columns=columns,
        spacing_mm=first.mm if first else None,
        spacing_basis=first.basis if first else SpacingBasis.NONE,
        spacings=spacings,
    )


def test_a_bar_of_200_pixels_on_every_basis():
    found = lengths(facts(), (100, 50), (100, 250))
    assert [(length.basis.value, round(length.mm, 1)) for length in found] == [
        ("corrected for magnification", 66.7),
        ("at detector", 100.0),
        ("calibrated", 50.0),
    ]
    assert found[0].words == "66.7 mm corrected for magnification x1.5"


def test_without_spacing_a_length_is_in_pixels_and_says_so():
    (only,) = lengths(facts(()), (0, 0), (3, 4))
    assert (only.mm, only.pixels, only.words) == (None, 5.0, "5 px no spacing")
    assert measure_report(facts(()), (0, 0), (3, 4))["lengths"] == []


def test_pixels_need_not_be_square():
    oblong = facts((Spacing(mm=(0.2, 0.1), basis=SpacingBasis.DETECTOR),))
    assert lengths(oblong, (0, 0), (30, 0))[0].mm == pytest.approx(3)
    assert lengths(oblong, (0, 0), (0, 30))[0].mm == pytest.approx(6)
    # 20 columns of 0.1 are as far as 10 rows of 0.2: the corner is a right one cut in half.
    assert angle(oblong, (20, 0), (0, 0), (20, 10)) == pytest.approx(45)


@pytest.mark.parametrize(
    ("arm", "other", "degrees"),
    [((1, 0), (0, 1), 90), ((1, 0), (-1, 0), 180), ((1, 0), (1, 1), 45), ((2, 0), (5, 0), 0)],
)
def test_angles(arm, other, degrees):
    assert angle(facts(()), arm, (0, 0), other) == pytest.approx(degrees, abs=1e-6)


def test_an_arm_without_length_has_no_angle():
    assert angle(facts(), (5, 5), (5, 5), (9, 9)) is None


def test_a_rectangle_holds_the_pixels_whose_centres_it_holds():
    pixels = np.arange(400 * 300, dtype=np.uint32).reshape(400, 300).astype(np.uint16)
    found = values_in(pixels, PLAIN, "rectangle", [(10, 20), (13, 22)])
    assert sorted(found) == sorted(pixels[20:22, 10:13].ravel())
    none = values_in(pixels, PLAIN, "rectangle", [(10.6, 20.6), (11.4, 21.4)])
    assert none.size == 0
    assert statistics(facts(), pixels, PLAIN, "rectangle", [(10.6, 20.6), (11.4, 21.4)]) is None


def test_an_ellipse_of_many_pixels_has_the_area_of_an_ellipse():
    mask, part = region_mask("ellipse", [(20, 30), (220, 330)], (400, 300))
    assert mask.sum() == pytest.approx(pi * 100 * 150, rel=2e-3)
    assert (part[0].start, part[0].stop, part[1].start, part[1].stop) == (30, 330, 20, 220)
    assert area_mm2(facts(), "ellipse", [(20, 30), (220, 330)]) == pytest.approx(pi * 100 * 150 / 9)


def test_statistics_by_hand():
    pixels = np.zeros((400, 300), np.uint16)
    pixels[10:12, 10:12] = [[1, 2], [3, 10]]
    encoding = Encoding(bits=12, slope=2.0, intercept=-1.0)
    found = statistics(facts(), pixels, encoding, "rectangle", [(10, 10), (12, 12)])
    values = np.array([1.0, 3.0, 5.0, 19.0])
    assert found.pixels == 4
    assert (found.mean, found.sd) == pytest.approx((values.mean(), values.std()))
    assert (found.least, found.median, found.greatest) == (1, 4, 19)
    assert found.area_mm2 == pytest.approx(4 / 9)


def test_a_region_outside_the_image_holds_nothing():
    for region in ("ellipse", "rectangle"):
        assert values_in(np.zeros((4, 4), np.uint16), PLAIN, region, [(9, 9), (20, 20)]).size == 0


polygons = st.lists(
    st.tuples(st.floats(-5, 35, width=32), st.floats(-5, 45, width=32)), min_size=3, max_size=8
)


@given(polygons)
def test_freehand_regions_against_crossing_counts(points):
    """Judge: for each pixel centre, edges crossed by a ray to the left, counted one by one."""
    mask, part = region_mask("freehand", points, (40, 30))
    whole = np.zeros((40, 30), bool)
    whole[part] = mask
    for row in range(0, 40, 3):
        for column in range(0, 30, 3):
            x, y = column + 0.5, row + 0.5
            inside = False
            for (x0, y0), (x1, y1) in zip(points, points[1:] + points[:1], strict=True):
                if (y0 > y) != (y1 > y):
                    at = x0 + (y - y0) * (x1 - x0) / (y1 - y0)
                    if abs(at - x) < 1e-6:
                        break  # on the line: either way is right
                    inside ^= at < x
            else:
                on_row = any(abs(py - y) < 1e-6 for _, py in points)
                assert on_row or whole[row, column] == inside


def test_a_profile_along_a_ramp_is_the_ramp():
    pixels = np.tile(np.arange(300, dtype=np.uint16) * 10, (400, 1))
    distance, values, unit = profile(facts(), pixels, PLAIN, (50.5, 100), (150.5, 100))
    assert unit == "mm"
    assert distance[-1] == pytest.approx(100 / 3)
    np.testing.assert_allclose(values, np.linspace(500, 1500, values.size))
    assert profile(facts(()), pixels, PLAIN, (0, 0), (0, 9))[2] == "px"


def test_a_profile_leaves_out_what_is_outside():
    pixels = np.full((20, 20), 7, np.uint16)
    distance, values, _ = profile(facts(rows=20, columns=20), pixels, PLAIN, (-10, 5), (30, 5))
    assert set(values) == {7.0}
    assert distance[0] >= 10 / 3 - 1e-9
    assert profile(facts(rows=20, columns=20), pixels, PLAIN, (-9, -9), (-3, -3))[1].size == 0


def test_histogram_counts_everything_once():
    values = np.array([1.0, 1.0, 2.0, 5.0])
    edges, counts = histogram(values)
    assert counts.sum() == 4
    assert edges[0] <= 1
    assert edges[-1] >= 5
    assert histogram(np.array([3.0, 3.0]))[1].sum() == 2
    assert histogram(np.array([]))[1].sum() == 0


def test_a_window_of_a_region_spans_its_values():
    window = window_of(np.linspace(100, 300, 1001))
    assert (window.center, window.width) == pytest.approx((200, 196))
    assert window_of(np.array([])) is None
    assert window_of(np.array([7.0])).width == 2
