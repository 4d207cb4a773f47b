from dataclasses import replace

import pytest
from PySide6.QtCore import QPointF

from app.core import fitting
from app.core import viewstate as vs
from app.core.viewstate import placement


def test_tiles_fill_the_grid_with_one_pixel_between(bench) -> None:
    boxes = {p.hung.cell.name: p.geometry() for p in bench.grid.panes}
    assert boxes["RCC"].topLeft().x() == 0
    assert boxes["LCC"].left() - boxes["RCC"].right() == 2
    assert boxes["RMLO"].top() - boxes["RCC"].bottom() == 2
    assert boxes["LMLO"].right() == bench.grid.width() - 1
    assert boxes["LMLO"].bottom() == bench.grid.height() - 1


def test_a_linked_pan_mirrors_left_and_right(bench) -> None:
    before = {p.hung.cell.name: placement(p.view, p.plate, p.tile()) for p in bench.grid.panes}
    bench.hands.pan(bench.pane("RCC"), QPointF(-30, 12))
    after = {p.hung.cell.name: placement(p.view, p.plate, p.tile()) for p in bench.grid.panes}
    moved = {n: (after[n].left - before[n].left, after[n].top - before[n].top) for n in before}
    assert moved["RCC"] == pytest.approx((-30, 12))
    assert moved["RMLO"] == pytest.approx((-30, 12))
    assert moved["LCC"] == pytest.approx((30, 12))
    assert moved["LMLO"] == pytest.approx((30, 12))


def test_without_mirror_all_go_the_same_way(bench) -> None:
    bench.hands.set_mirror(False)
    before = placement(bench.pane("LCC").view, bench.pane("LCC").plate, bench.pane("LCC").tile())
    bench.hands.pan(bench.pane("RCC"), QPointF(-30, 0))
    after = placement(bench.pane("LCC").view, bench.pane("LCC").plate, bench.pane("LCC").tile())
    assert after.left - before.left == pytest.approx(-30)


@pytest.mark.parametrize("how", ["link off", "shift"])
def test_one_pane_alone(bench, how) -> None:
    others = [p for p in bench.grid.panes if p.hung.cell.name != "RCC"]
    before = [p.view for p in others]
    bench.hands.set_linked(how != "link off")
    bench.hands.zoom(bench.pane("RCC"), QPointF(50, 50), 2.0, alone=how == "shift")
    assert [p.view for p in others] == before


def test_a_linked_zoom_keeps_the_same_place_of_each_breast(bench) -> None:
    right, left = bench.pane("RCC"), bench.pane("LCC")
    place = QPointF(right.width() - 80, 100)
    spot = (left.tile()[0] - (right.tile()[0] - place.x()), place.y())
    mirror = (right.tile()[0] - place.x(), place.y())
    before = vs.depth_and_along(left.view, left.plate, left.tile(), mirror)
    bench.hands.zoom(right, place, 3.0)
    assert vs.depth_and_along(left.view, left.plate, left.tile(), mirror) == pytest.approx(before)
    assert spot != mirror


def test_a_window_drag_starts_from_each_panes_own_window(bench) -> None:
    bench.hands.drag_window(bench.pane("RCC"), QPointF(20, 0))
    widths = {p.voi.width for p in bench.grid.panes}
    assert len(widths) == 1
    assert widths.pop() > 4096


def test_painting_one_pane_begins_the_others(bench) -> None:
    shown = [pane.mosaic.picture(*pane.tile()).copy() for pane in bench.grid.panes]
    bench.hands.drag_window(bench.pane("RCC"), QPointF(60, 30))
    first, *others = bench.grid.panes
    asked = []
    for pane in others:
        tint = pane.mosaic.tint
        pane.mosaic.tint = lambda *a, tint=tint, **k: (asked.append(a), tint(*a, **k))
    first.repaint()
    assert len(asked) == len(others)
    for pane, before in zip(bench.grid.panes, shown, strict=True):
        assert (pane.mosaic.picture(*pane.tile()) != before).any()


def test_a_drag_is_one_step_of_undo(bench, qtbot) -> None:
    start = bench.grid.views()
    for _ in range(5):
        bench.hands.pan(bench.pane("RCC"), QPointF(3, 1))
    bench.grid.settle()
    moved = bench.grid.views()
    assert moved != start
    bench.grid.undo()
    assert bench.grid.views() == start
    bench.grid.redo()
    assert bench.grid.views() == moved
    bench.grid.undo()
    bench.grid.undo()
    assert bench.grid.views() == start


def test_the_view_is_smoothed_when_the_hand_rests(bench, qtbot) -> None:
    bench.hands.zoom(bench.pane("RCC"), QPointF(10, 10), 1.7)
    for pane in bench.grid.panes:
        pane.grab()
    assert not any(p.fine for p in bench.grid.panes)
    qtbot.waitUntil(bench.grid.settled, timeout=5000)
    assert all(p.fine for p in bench.grid.panes)


def test_a_resize_fits_again_what_was_fitted(bench, qtbot) -> None:
    before = bench.pane("RCC").view.scale
    bench.grid.resize(1601, 1321)
    qtbot.waitUntil(bench.grid.settled, timeout=5000)
    assert bench.pane("RCC").view.scale == pytest.approx(before / 2, rel=0.02)


def test_a_resize_leaves_alone_what_a_hand_moved(bench, qtbot) -> None:
    bench.hands.zoom(bench.pane("RCC"), QPointF(10, 10), 1.7)
    before = bench.grid.views()
    bench.grid.resize(1001, 701)
    qtbot.waitUntil(bench.grid.settled, timeout=5000)
    assert bench.grid.views() == before


def test_one_to_one_and_fits(bench) -> None:
    for fit in ("pixels", "fit_breast", "fit_image", "same"):
        bench.grid.set_fit(fit)
        zooms = {round(vs.magnification(p.view, p.plate), 6) for p in bench.grid.panes}
        assert (zooms == {1.0}) == (fit == "pixels")


def test_panes_filled_later_are_fitted_too(bench, themed) -> None:
    """The generated exam comes second into its step: its panes must not keep their empty view."""
    full = bench.grid.step
    bare = replace(
        full, cells=tuple(replace(c, image=None) if "MLO" in c.cell.name else c for c in full.cells)
    )
    for fit in ("same", ""):
        bench.grid.show_step(full)
        expected = bench.grid.views()
        bench.grid.show_step(bare)
        bench.grid.fit = fit
        bench.grid.show_step(full, keep_views=True)
        fitted = [fitting.fitted(p.view, p.plate, p.tile()) for p in bench.grid.panes]
        wanted = expected if fit else fitted
        for view, other in zip(bench.grid.views()[2:], wanted[2:], strict=True):
            assert (view.scale, view.depth) == pytest.approx((other.scale, other.depth))
