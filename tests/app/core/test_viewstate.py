from dataclasses import replace

import pytest

from app.core import viewstate as vs
from app.core.fitting import Seat, actual_pixels, fitted, fitted_image, same_size
from app.core.geometry import Transform
from app.core.mammogram import Facts
from app.core.viewstate import History, PaneView, Plate

TILE = (800, 1000)


def plate(side: str = "R", spacing: tuple[float, float] | None = (0.1, 0.1), **more) -> Plate:
    facts = Facts(file="a", rows=2400, columns=1800, side=side, view="CC", spacing_mm=spacing)
    return vs.plate_for(facts, more.pop("transform", Transform.IDENTITY), more.pop("breast", None))


@pytest.mark.parametrize(("side", "edge"), [("R", 800), ("L", 0)])
def test_the_chest_wall_is_flush_with_the_edge_of_the_tile(side: str, edge: int) -> None:
    one = plate(side)
    for view in (
        fitted(PaneView(scale=1), one, TILE),
        fitted_image(PaneView(scale=1), one, TILE),
        actual_pixels(PaneView(scale=0.3), one, (5000, 5000)),
    ):
        place = vs.placement(replace(view, depth=0.0), one, TILE)
        wall = place.left + (1800 * place.zoom_x if side == "R" else 0)
        assert wall == pytest.approx(edge, abs=1e-6)


@pytest.mark.parametrize("side", ["R", "L"])
def test_fitting_leaves_out_what_lies_between_wall_edge_and_breast(side: str) -> None:
    box = (300, 0, 2000, 1700) if side == "R" else (300, 100, 2000, 1800)
    one = plate(side, breast=box)
    view = fitted(PaneView(scale=1), one, TILE)
    assert view.depth == pytest.approx(10.0)
    left, top = vs.image_point(view, one, TILE, (0, 0))
    right, bottom = vs.image_point(view, one, TILE, TILE)
    assert (right if side == "R" else left) == pytest.approx(1700 if side == "R" else 100)
    assert top < 300
    assert bottom > 2000
    assert (top + bottom) / 2 == pytest.approx(1150)


def test_one_state_mirrors_left_and_right() -> None:
    view = PaneView(scale=0.2, depth=12, along=-7)
    right, left = plate("R"), plate("L")
    for x, y in ((0, 0), (130, 400), (799, 999)):
        at_right = vs.depth_and_along(view, right, TILE, (x, y))
        at_left = vs.depth_and_along(view, left, TILE, (TILE[0] - x, y))
        assert at_right == pytest.approx(at_left)
        pixel_r = vs.image_point(view, right, TILE, (x, y))
        pixel_l = vs.image_point(view, left, TILE, (TILE[0] - x, y))
        assert pixel_r == pytest.approx((1800 - pixel_l[0], pixel_l[1]))


@pytest.mark.parametrize("side", ["R", "L"])
def test_what_is_under_the_pointer_stays_there_in_a_zoom(side: str) -> None:
    one, view = plate(side), PaneView(scale=0.3, depth=4, along=5)
    point = (123.0, 765.0)
    before = vs.image_point(view, one, TILE, point)
    after = vs.zoomed(view, vs.from_wall(one, TILE, point), 2.5)
    assert after.scale == pytest.approx(0.12)
    assert vs.image_point(after, one, TILE, point) == pytest.approx(before)


def test_zooming_out_opens_no_gap_at_the_chest_wall() -> None:
    out = vs.zoomed(PaneView(scale=0.1, depth=2.0), (400, 0), 0.25)
    assert out.depth == 0.0
    pulled = PaneView(scale=0.1, depth=-9.0)  # a hand had opened one: it stays as it is
    assert vs.zoomed(pulled, (400, 0), 0.25).depth == -9.0


@pytest.mark.parametrize(("side", "sign"), [("R", -1), ("L", 1)])
def test_the_picture_follows_the_hand_in_a_pan(side: str, sign: int) -> None:
    one, view = plate(side), PaneView(scale=0.3)
    before = vs.placement(view, one, TILE)
    after = vs.placement(vs.panned(view, sign * 40, 25), one, TILE)  # 40 to the right
    assert (after.left - before.left, after.top - before.top) == pytest.approx((40, 25))


def test_one_to_one_lies_on_whole_device_pixels() -> None:
    one = plate(spacing=(0.07, 0.07))
    view = actual_pixels(PaneView(scale=0.31, depth=3.333, along=1.234), one, (801, 1001))
    place = vs.placement(view, one, (801, 1001))
    assert (place.zoom_x, place.zoom_y) == pytest.approx((1, 1))
    assert place.left == int(place.left)
    assert place.top == int(place.top)


def test_same_size_shows_one_object_equally_large_on_two_detectors() -> None:
    fine, coarse = plate("R", (0.07, 0.07)), plate("L", (0.1, 0.1))
    views = same_size([Seat(view=PaneView(scale=1), plate=p, tile=TILE) for p in (fine, coarse)])
    assert views[0].scale == views[1].scale
    assert vs.magnification(views[0], fine) / vs.magnification(views[1], coarse) == pytest.approx(
        0.7
    )
    for one, view in zip((fine, coarse), views, strict=True):
        assert one.height_mm / view.scale <= TILE[1]
        assert one.width_mm / view.scale <= TILE[0]


def test_exams_without_spacing_are_sized_each_on_its_own() -> None:
    big, small = plate("R", None), plate("L", None, breast=(1000, 0, 1400, 300))
    views = same_size(
        [
            Seat(view=PaneView(scale=1), plate=p, tile=TILE, exam=exam)
            for p, exam in ((big, "a"), (small, "a"), (small, "b"))
        ]
    )
    assert views[0].scale == views[1].scale
    assert views[2].scale < views[1].scale / 2


def test_an_image_without_spacing_gets_a_nominal_height() -> None:
    one = plate(spacing=None)
    assert one.nominal
    assert one.height_mm == pytest.approx(vs.NOMINAL_HEIGHT_MM)
    assert one.row_mm == one.column_mm


def test_a_quarter_turn_turns_box_and_spacing_too() -> None:
    one = plate(spacing=(0.1, 0.2), transform=Transform.ROTATE_90_CW, breast=(100, 50, 600, 250))
    assert (one.rows, one.columns) == (1800, 2400)
    assert (one.row_mm, one.column_mm) == (0.2, 0.1)
    assert one.breast == (50, 1800, 250, 2300)


def test_undo_goes_back_and_redo_forth_and_a_new_change_ends_redo() -> None:
    a, b, c = ((PaneView(scale=s),) for s in (1.0, 2.0, 3.0))
    history = History(now=a).changed(b)
    assert history.changed(b) is history
    back = history.undone()
    assert back.now == a
    assert back.undone() is back
    assert back.redone() == history
    assert back.changed(c).redone().now == c
