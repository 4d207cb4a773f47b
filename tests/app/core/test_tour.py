import numpy as np
import pytest

from app.core.fitting import fitted, true_size
from app.core.geometry import Transform
from app.core.mammogram import Facts
from app.core.tour import stop, stops_needed
from app.core.viewstate import PaneView, magnification, placement, plate_for


def plate(side, breast=(100, 0, 3900, 2500), spacing=(0.07, 0.07)):
    facts = Facts(file="a", rows=4096, columns=3328, side=side, view="CC", spacing_mm=spacing)
    return plate_for(facts, Transform.IDENTITY, breast)


@pytest.mark.parametrize("side", ["R", "L"])
@pytest.mark.parametrize("tile", [(800, 500), (1280, 1024), (4000, 4200), (2499, 3799)])
def test_the_stops_show_every_pixel_of_the_breast_at_one_to_one(side, tile):
    box = (100, 828, 3900, 3328) if side == "R" else (100, 0, 3900, 2500)
    shown = plate(side, box)
    counts = stops_needed(shown, tile)
    seen = np.zeros((shown.rows, shown.columns), bool)
    for number in range(counts[0] * counts[1]):
        view = stop(PaneView(scale=1.0), shown, tile, counts, number)
        assert magnification(view, shown) == 1.0
        place = placement(view, shown, tile)
        top, left = max(0, -round(place.top)), max(0, -round(place.left))
        assert top == -round(place.top) or counts[0] == 1
        bottom, right = tile[1] - round(place.top), tile[0] - round(place.left)
        seen[top:bottom, left:right] = True
    inner = np.s_[box[0] + 1 : box[2] - 1, box[1] + 1 : box[3] - 1]
    assert seen[inner].all()


def test_the_first_stop_is_at_the_chest_wall_and_neighbours_follow_each_other():
    shown, tile = plate("L"), (800, 500)
    counts = stops_needed(shown, tile)
    views = [
        stop(PaneView(scale=1.0), shown, tile, counts, n) for n in range(counts[0] * counts[1])
    ]
    assert views[0].depth == 0
    assert views[counts[1]].depth == views[counts[1] - 1].depth  # the next row begins where
    assert views[counts[1]].along > views[0].along  # the last one ended


def test_left_and_right_walk_in_mirror():
    tile, counts = (800, 500), (4, 3)
    right = plate("R", (100, 828, 3900, 3328))
    left = plate("L")
    for number in range(12):
        one = stop(PaneView(scale=1.0), right, tile, counts, number)
        two = stop(PaneView(scale=1.0), left, tile, counts, number)
        assert (one.depth, one.along) == pytest.approx((two.depth, two.along))


def test_true_size_is_a_millimetre_on_the_glass():
    view = true_size(PaneView(scale=0.5), plate("L"), (800, 500), 0.1944)
    assert view.scale == pytest.approx(0.1944)
    shown = placement(view, plate("L"), (800, 500))
    assert 100 / 0.07 * shown.zoom_x * 0.1944 == pytest.approx(100)


def test_without_spacing_or_screen_size_there_is_no_true_size():
    nominal, tile = plate("L", spacing=None), (800, 500)
    usual = fitted(PaneView(scale=0.5), nominal, tile)
    assert true_size(PaneView(scale=0.5), nominal, tile, 0.2) == usual
    known = plate("L")
    usual = fitted(PaneView(scale=0.5), known, tile)
    assert true_size(PaneView(scale=0.5), known, tile, None) == usual
