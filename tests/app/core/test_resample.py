import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.display import Encoding
from app.core.geometry import Transform
from app.core.interpolation import magnified
from app.core.resample import Placement, build_pyramid, level_for, through, visible

PLAIN = Encoding(bits=16)
rng = np.random.default_rng(7)


def noise(rows: int, columns: int) -> np.ndarray:
    return rng.integers(0, 65536, (rows, columns)).astype(np.uint16)


def test_levels_are_means_of_two_by_two() -> None:
    pixels = noise(256, 192)
    level = build_pyramid(pixels, PLAIN).levels[1]
    by_hand = pixels.astype(np.float64).reshape(128, 2, 96, 2).mean(axis=(1, 3))
    assert np.abs(level - by_hand).max() <= 0.5


def test_an_odd_last_row_and_column_stand_for_themselves() -> None:
    pixels = noise(129, 71)
    level = build_pyramid(pixels, PLAIN).levels[1]
    assert level.shape == (65, 36)
    assert level[-1, -1] == pixels[-1, -1]
    assert abs(float(level[-1, 0]) - pixels[-1, :2].astype(float).mean()) <= 0.5


@pytest.mark.parametrize("transform", Transform)
@pytest.mark.parametrize("fine", [False, True])
def test_at_one_to_one_every_transform_shows_the_turned_pixels(
    transform: Transform, fine: bool
) -> None:
    pixels = noise(90, 130)
    turned = transform.apply(pixels)
    place = Placement(left=-20, top=13, zoom_x=1, zoom_y=1, width=70, height=60)
    sample = visible(build_pyramid(pixels, PLAIN), transform, place, fine=fine)
    assert sample is not None
    assert (sample.left, sample.top) == (0, 13)
    np.testing.assert_array_equal(sample.pixels, turned[: 60 - 13, 20 : 20 + 70])


@pytest.mark.parametrize("fine", [False, True])
def test_padding_brighter_than_tissue_draws_no_rim(fine: bool) -> None:
    """In an inverse image padding 0 would be white, and a mean with it brighter than any tissue."""
    pixels = np.full((400, 400), 40000, np.uint16)
    pixels[:, 173:] = 0
    pyramid = build_pyramid(pixels, Encoding(bits=16, inverse=True, air=(0, 0)))
    for level in pyramid.levels:
        assert set(np.unique(level)) <= {0, 40000}
    for zoom in (0.11, 0.3, 0.77, 2.6):
        place = Placement(left=3.3, top=1.7, zoom_x=zoom, zoom_y=zoom, width=500, height=300)
        sample = visible(pyramid, Transform.IDENTITY, place, fine=fine)
        assert sample is not None
        assert set(np.unique(sample.pixels)) == {0, 40000}


def test_black_padding_softens_the_edge() -> None:
    pixels = np.full((400, 400), 40000, np.uint16)
    pixels[:, 173:] = 0
    pyramid = build_pyramid(pixels, Encoding(bits=16, air=(0, 0)))
    assert pyramid.levels[1][0, 86] == 20000


@settings(max_examples=60, deadline=None)
@given(
    zoom=st.floats(0.02, 8),
    left=st.floats(-700, 300),
    top=st.floats(-700, 300),
    transform=st.sampled_from(list(Transform)),
    fine=st.booleans(),
)
def test_any_view_stays_inside_image_and_tile(
    zoom: float, left: float, top: float, transform: Transform, fine: bool
) -> None:
    pyramid = build_pyramid(np.full((301, 203), 1234, np.uint16), PLAIN)
    place = Placement(left=left, top=top, zoom_x=zoom, zoom_y=zoom, width=160, height=120)
    sample = visible(pyramid, transform, place, fine=fine)
    rows, columns = transform.shape(301, 203)
    seen = left < 159 and top < 119 and left + columns * zoom > 1 and top + rows * zoom > 1
    if sample is None:
        assert not seen
        return
    assert (sample.pixels == 1234).all()
    assert 0 <= sample.left <= 160 - sample.pixels.shape[1]
    assert 0 <= sample.top <= 120 - sample.pixels.shape[0]


def test_minified_fine_pixels_are_averages_of_what_they_cover() -> None:
    """A lone bright pixel, a microcalcification, must not vanish between samples."""
    pixels = np.zeros((1024, 1024), np.uint16)
    pixels[501, 333] = 65535
    place = Placement(left=0, top=0, zoom_x=0.125, zoom_y=0.125, width=128, height=128)
    pyramid = build_pyramid(pixels, PLAIN)
    for fine in (False, True):
        sample = visible(pyramid, Transform.IDENTITY, place, fine=fine)
        assert sample is not None
        assert sample.pixels[501 // 8, 333 // 8] == pytest.approx(65535 / 64, abs=2)


def test_a_ramp_stays_a_ramp_when_magnified() -> None:
    pixels = np.tile(np.arange(0, 3000, 30, dtype=np.uint16), (50, 1))
    place = Placement(left=0, top=0, zoom_x=3.7, zoom_y=3.7, width=370, height=100)
    sample = visible(build_pyramid(pixels, PLAIN), Transform.IDENTITY, place, fine=True)
    assert sample is not None
    wanted = 30 * np.clip((np.arange(370) + 0.5) / 3.7 - 0.5, 0, 99)
    inner = slice(6, -6)  # where no tap of the filter lies outside the image
    assert np.abs(sample.pixels[50] - wanted)[inner].max() <= 0.51
    assert (np.diff(sample.pixels[50].astype(int)) >= 0).all()


def test_magnifying_is_by_the_filter_of_mitchell_and_netravali() -> None:
    """The published filter is 8/9 at 0, 1/18 at 1, 0 at 2."""
    pixels = np.zeros((9, 9), np.uint16)
    pixels[4, 4] = 18_000
    place = Placement(left=0, top=0, zoom_x=3, zoom_y=2, width=27, height=18)
    sample = visible(build_pyramid(pixels, PLAIN), Transform.IDENTITY, place, fine=True)
    assert sample is not None
    quarter = 7 / 6 / 64 - 2 / 16 + 8 / 9
    row = sample.pixels[8].astype(int)  # a quarter above the centre
    assert row[13] == round(18_000 * quarter * 8 / 9)
    assert row[10] == row[16] == round(18_000 * quarter / 18)
    assert row[7] == row[19] == 0
    flat = np.full((9, 9), 777, np.uint16)
    sample = visible(build_pyramid(flat, PLAIN), Transform.IDENTITY, place, fine=True)
    assert sample is not None
    assert (sample.pixels == 777).all()


def test_an_image_so_many_times_as_large_keeps_ramps_and_ends() -> None:
    ramp = np.tile(np.arange(0, 3000, 30, dtype=np.uint16), (7, 1))
    large = magnified(ramp, 3)
    assert large.shape == (21, 300)
    wanted = 30 * ((np.arange(300) + 0.5) / 3 - 0.5)
    assert np.abs(large - wanted)[:, 6:-6].max() <= 0.51
    assert large[:, 0].max() <= 10
    assert large[:, -1].min() >= 2960


def test_the_level_follows_the_zoom() -> None:
    pyramid = build_pyramid(np.zeros((4096, 3328), np.uint16), PLAIN)
    assert [level_for(pyramid, z, fine=True) for z in (4, 1, 0.6, 0.5, 0.26, 0.001)] == [
        *(0, 0, 0, 1, 1),
        len(pyramid.levels) - 1,
    ]


def test_nothing_of_an_image_beside_the_tile_is_sampled() -> None:
    place = Placement(left=200, top=0, zoom_x=1, zoom_y=1, width=100, height=100)
    assert (
        visible(build_pyramid(noise(50, 50), PLAIN), Transform.IDENTITY, place, fine=True) is None
    )


@pytest.mark.parametrize("kind", [np.uint8, np.uint32])
@pytest.mark.parametrize("shape", [(3, 5), (701, 503)])
def test_a_table_is_looked_up_as_plain_indexing_does(kind, shape) -> None:
    table = rng.integers(0, 255, 65536).astype(kind)
    pixels = noise(*shape)
    np.testing.assert_array_equal(through(table, pixels), table[pixels])
    out = np.empty(shape, kind)
    assert through(table, pixels, out=out) is out
    np.testing.assert_array_equal(out, table[pixels])
    np.testing.assert_array_equal(through(table, pixels.astype(np.intp)), table[pixels])
