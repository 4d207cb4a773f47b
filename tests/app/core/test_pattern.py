"""Patterns are exact to the pixel on every size of screen."""

import numpy as np
import pytest

from app.core import pattern
from app.core.gsdf import GREYS

SIZES = [(1280, 1024), (1600, 1000), (2048, 2560), (3840, 2160), (640, 480)]


@pytest.mark.parametrize("size", SIZES)
def test_every_part_lies_inside_and_alone(size) -> None:
    made = pattern.quality(*size)
    rows, columns = made.pixels.shape
    assert (columns, rows) == size
    taken = np.zeros((rows, columns), int)
    for name, box in made.boxes.items():
        assert box.left >= 0
        assert box.top >= 0
        assert box.of(made.pixels).shape == (box.height, box.width), name
        if not name.startswith(("5 %", "95 %")):  # these two lie on the fields under them
            box.of(taken)[...] += 1
    assert taken.max() == 1


@pytest.mark.parametrize("size", SIZES)
def test_values_are_what_they_are_called(size) -> None:
    made = pattern.quality(*size)
    for grey in GREYS:
        inside = made.boxes[f"grey {grey}"].of(made.pixels)
        rows, columns = inside.shape
        assert inside[rows // 2, columns // 2] == grey
        assert inside[0, 0] == min(grey + 4, 255)
        assert inside[0, -1] == max(grey - 4, 0)
    assert set(made.boxes["5 % on black"].of(made.pixels).flat) == {13}
    assert set(made.boxes["95 % on white"].of(made.pixels).flat) == {242}
    edge = [made.pixels[0], made.pixels[-1], made.pixels[:, 0], made.pixels[:, -1]]
    assert all((one == 255).all() for one in edge)


def test_the_finest_lines_change_at_every_pixel() -> None:
    made = pattern.quality(1600, 1000)
    upright = made.boxes["upright 1 upper left"].of(made.pixels).astype(int)
    assert (np.abs(np.diff(upright, axis=1)) == 255).all()
    assert (np.diff(upright, axis=0) == 0).all()
    level = made.boxes["level 1 lower right"].of(made.pixels).astype(int)
    assert (np.abs(np.diff(level, axis=0)) == 255).all()


def test_ramps_hold_every_grey_and_mirror_each_other() -> None:
    made = pattern.quality(1280, 1024)
    up = made.boxes["ramp up"].of(made.pixels)
    assert set(up[:, 0]) == set(range(256))
    assert (np.diff(up[:, 0].astype(int)) <= 0).all()
    assert (up[::-1] == made.boxes["ramp down"].of(made.pixels)).all()


def test_the_patch_for_the_meter_is_a_tenth_of_the_screen() -> None:
    made = pattern.patch(2048, 2560, 45)
    assert (made.pixels == 45).mean() == pytest.approx(0.1, rel=0.01)
    assert set(made.pixels.flat) == {45, 153}


def test_a_screen_without_room_is_told() -> None:
    with pytest.raises(ValueError, match="320 x 200 pixels"):
        pattern.quality(320, 200)
