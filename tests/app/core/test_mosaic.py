"""Patches show, pixel for pixel, what all the work over the whole tile would show."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core import mosaic as mosaics
from app.core.display import Curve, Encoding, VoiTable, Window, display_table
from app.core.geometry import Transform
from app.core.mosaic import Mosaic
from app.core.resample import Placement, build_pyramid, occupied, visible

TILE = (640, 420)
AIR = Encoding(bits=12, air=(0, 0))
PADDED = Encoding(bits=12, inverse=True, air=(0, 0))  # air at the bright end never mixes
VOIS = (
    Window(center=1800, width=900),
    Window(center=1800, width=900, curve=Curve.SIGMOID),
    VoiTable(data=np.arange(4096, dtype=np.uint16)[::-1].copy(), first=0, bits=12),
)


def breast(rows: int = 1024, columns: int = 700) -> np.ndarray:
    """A half ellipse at the left edge, a letter and lone specks in its air."""
    rng = np.random.default_rng(3)
    y, x = np.ogrid[:rows, :columns]
    inside = ((y - rows / 2) / (rows * 0.35)) ** 2 + (x / (columns * 0.55)) ** 2 < 1
    pixels = np.where(inside, rng.integers(200, 4096, (rows, columns)), 0)
    pixels[60:100, columns - 90 : columns - 40] = 3000
    pixels[rows - 3, columns - 2] = pixels[rows - 200, 410] = 4095
    return pixels.astype(np.uint16)


PIXELS = breast()
FOGGED = np.arange(64).reshape(8, 8) % 5 == 0


def wanted(pyramid, transform, place, table, invert, fine=False):
    """The whole tile at once, air and all, in opaque grey as screens hold it."""
    whole = np.zeros((TILE[1], TILE[0]), np.uint8)
    sample = visible(replace(pyramid, blocks=None), transform, place, fine=fine)
    if sample is not None:
        rows, columns = sample.pixels.shape
        shown = table[sample.pixels]
        if invert and sample.fogged is not None:
            shown[sample.fogged] = 0
        whole[sample.top : sample.top + rows, sample.left : sample.left + columns] = shown
    red_green_blue_alpha = [whole, whole, whole, np.full_like(whole, 255)]
    return np.stack(red_green_blue_alpha, axis=-1).view("<u4")[..., 0]


def place(left, top, zoom):
    return Placement(left=left, top=top, zoom_x=zoom, zoom_y=zoom, width=TILE[0], height=TILE[1])


@settings(max_examples=25, deadline=None)
@given(
    transform=st.sampled_from(list(Transform)),
    encoding=st.sampled_from((AIR, PADDED)),
    voi=st.sampled_from(VOIS),
    invert=st.booleans(),
    fogged=st.sampled_from((None, FOGGED)),
    zoom=st.one_of(st.floats(0.05, 5), st.just(1.0)),
    left=st.floats(-1500, 600),
    top=st.floats(-1500, 400),
    moves=st.lists(st.tuples(st.integers(-300, 300), st.integers(-300, 300)), max_size=3),
)
def test_a_mosaic_is_the_whole_work(
    transform, encoding, voi, invert, fogged, zoom, left, top, moves
) -> None:
    pyramid = build_pyramid(PIXELS, encoding, fogged)
    table, mosaic = display_table(encoding, voi, invert=invert), Mosaic()
    for right, down in ((0, 0), *moves):
        left, top = round(left * 8) / 8 + right, round(top * 8) / 8 + down
        at = place(left, top, zoom)
        mosaic.aim(pyramid, transform, at, table, invert=invert)
        np.testing.assert_array_equal(
            mosaic.picture(*TILE), wanted(pyramid, transform, at, table, invert)
        )
    table = display_table(encoding, Window(center=900, width=3000), invert=not invert)
    mosaic.tint(table, invert=not invert)
    np.testing.assert_array_equal(
        mosaic.picture(*TILE), wanted(pyramid, transform, at, table, not invert)
    )
    if (work := mosaic.refinement()) is not None:
        mosaic.refine(work())
    assert mosaic.fine
    np.testing.assert_array_equal(
        mosaic.picture(*TILE), wanted(pyramid, transform, at, table, not invert, fine=True)
    )


def test_a_pan_picks_only_what_comes_into_view(monkeypatch) -> None:
    pyramid, table, mosaic = (
        build_pyramid(PIXELS, AIR),
        display_table(AIR, VOIS[0], invert=False),
        Mosaic(),
    )
    mosaic.aim(pyramid, Transform.IDENTITY, place(0, -100.25, 1.3), table, invert=False)
    before = dict(mosaic.patches)
    mosaic.aim(pyramid, Transform.IDENTITY, place(0, -112.25, 1.3), table, invert=False)
    assert before
    same = [cell for cell, patch in before.items() if mosaic.patches.get(cell) is patch]
    assert len(same) >= len(before) / 2


def test_a_pan_by_parts_of_a_pixel_is_put_right_at_rest() -> None:
    pyramid, table, mosaic = (
        build_pyramid(PIXELS, AIR),
        display_table(AIR, VOIS[0], invert=False),
        Mosaic(),
    )
    for left in (-3.0, -3.3, -7.4):
        at = place(left, -100.0, 0.8)
        mosaic.aim(pyramid, Transform.IDENTITY, at, table, invert=False)
    nearly = place(-7.0, -100.0, 0.8)
    np.testing.assert_array_equal(
        mosaic.picture(*TILE), wanted(pyramid, Transform.IDENTITY, nearly, table, False)
    )
    assert not mosaic.fine
    mosaic.refine(mosaic.refinement()())
    np.testing.assert_array_equal(
        mosaic.picture(*TILE), wanted(pyramid, Transform.IDENTITY, at, table, False, fine=True)
    )


def test_what_was_interpolated_for_another_view_is_dropped() -> None:
    pyramid, table, mosaic = (
        build_pyramid(PIXELS, AIR),
        display_table(AIR, VOIS[0], invert=False),
        Mosaic(),
    )
    mosaic.aim(pyramid, Transform.IDENTITY, place(0, 0, 0.7), table, invert=False)
    late = mosaic.refinement()()
    mosaic.aim(pyramid, Transform.IDENTITY, place(-40, 0, 0.7), table, invert=False)
    mosaic.refine(late)
    assert not mosaic.fine


def test_air_is_not_worked_on() -> None:
    digital = PIXELS.copy()
    digital[:140], digital[-140:], digital[:, 390:] = 0, 0, 0  # neither letter nor specks
    pyramid, table, mosaic = (
        build_pyramid(digital, AIR),
        display_table(AIR, VOIS[0], invert=True),
        Mosaic(),
    )
    mosaic.aim(pyramid, Transform.IDENTITY, place(0, 0, 0.6), table, invert=True)
    worked = sum(patch.pixels.size for patch in set(mosaic.patches.values()))
    assert worked < 0.7 * 420 * 420  # device pixels of the image in the tile


@pytest.mark.parametrize("air", [(0, 0), (40, 60), (4095, 4095)])
def test_blocks_hold_more_than_air_where_any_pixel_does(air) -> None:
    pixels = np.full((200, 130), air[0], np.uint16)
    pixels[70, 129] = air[1] + 1 if air[1] < 4095 else 4094
    pixels[3, 3] = max(air[0] - 1, 0)
    found = occupied(pixels, air)
    assert found.shape == (4, 3)
    assert found[1, 2]
    assert found[0, 0] == (air[0] > 0)
    assert found.sum() == 1 + (air[0] > 0)


def test_one_core_and_two_show_the_same(monkeypatch) -> None:
    pyramid, table = build_pyramid(PIXELS, AIR), display_table(AIR, VOIS[0], invert=False)
    seen = []
    for cores, split in ((1, 1), (2, 1)):
        monkeypatch.setattr(mosaics, "CORES", cores)
        monkeypatch.setattr(mosaics, "SPLIT", split)
        mosaic = Mosaic()
        mosaic.aim(pyramid, Transform.IDENTITY, place(0, 0, 0.9), table, invert=False)
        seen.append(mosaic.picture(*TILE))
    np.testing.assert_array_equal(*seen)


@pytest.mark.parametrize("split", [1, 10**9])
def test_what_nobody_looked_at_in_between_does_not_show(monkeypatch, split) -> None:
    monkeypatch.setattr(mosaics, "CORES", 2)
    monkeypatch.setattr(mosaics, "SPLIT", split)
    pyramid, mosaic = build_pyramid(PIXELS, AIR), Mosaic()
    tables = [display_table(AIR, voi, invert=False) for voi in VOIS]
    for n in range(20):
        at = place(-3.0 * n, -100.0 - 11 * n, 1.3 + 0.1 * (n // 5))
        mosaic.aim(pyramid, Transform.IDENTITY, at, tables[n % 3], invert=False)
        mosaic.tint(tables[(n + 1) % 3], invert=False)
    last = wanted(pyramid, Transform.IDENTITY, at, tables[20 % 3], False)
    np.testing.assert_array_equal(mosaic.picture(*TILE), last)
