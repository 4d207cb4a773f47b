import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt

from app import notes as files
from app.core.annotation import Notes
from app.core.display import Curve
from app.ui import theme
from app.ui.tools.kit import Kit
from app.ui.tools.places import places_of


@pytest.fixture
def kit(bench, qtbot) -> Kit:
    kit = Kit(bench.hands, bench.notebook, bench.jobs, bench.desk, theme.load())
    bench.grid.show_step(bench.grid.step)  # hung anew: now the kit is there
    qtbot.waitUntil(bench.grid.settled, timeout=5000)
    return kit


def drag(qtbot, pane, *places, button=Qt.MouseButton.LeftButton):
    """Press at the first place, go through the others, release at the last."""
    points = [QPointF(*place).toPoint() for place in places]
    qtbot.mousePress(pane, button, pos=points[0])
    for point in points[1:]:
        qtbot.mouseMove(pane, point)
    qtbot.mouseRelease(pane, button, pos=points[-1])


def draw(bench, qtbot, kind, *places, cell="LCC"):
    bench.hands.set_tool(kind)
    pane = bench.pane(cell)
    drag(qtbot, pane, *places)
    return bench.notebook.of(pane).annotations


def test_a_ruler_measures_in_millimetres_whatever_the_zoom(bench, kit, qtbot):
    pane = bench.pane("LCC")
    (one,) = draw(bench, qtbot, "distance", (60, 60), (160, 60))
    (x0, y0), (x1, y1) = one.points
    assert np.hypot(x1 - x0, y1 - y0) * 0.5 == pytest.approx(
        100 * pane.ratio * pane.view.scale, rel=1e-6
    )
    before = [places_of(pane).shown(p) for p in one.points]
    bench.hands.zoom(pane, QPointF(100, 100), 2.0)
    after = [places_of(pane).shown(p) for p in one.points]
    assert after[1].x() - after[0].x() == pytest.approx(2 * (before[1].x() - before[0].x()))


@pytest.mark.parametrize("kind", ["distance", "ellipse", "rectangle", "profile"])
def test_two_place_tools_draw_and_can_be_undone(bench, kit, qtbot, kind):
    pane = bench.pane("LMLO")
    (one,) = draw(bench, qtbot, kind, (50, 50), (90, 70), (120, 110), cell="LMLO")
    assert one.kind == kind
    places = places_of(pane)
    assert places.shown(one.points[0]).toPoint() == QPointF(50, 50).toPoint()
    assert places.shown(one.points[1]).toPoint() == QPointF(120, 110).toPoint()
    kit.undo.undo()
    assert bench.notebook.of(pane) == Notes()
    kit.undo.redo()
    assert bench.notebook.of(pane).annotations == (one,)


def test_an_angle_takes_a_drag_and_a_click(bench, kit, qtbot):
    pane = bench.pane("LCC")
    assert draw(bench, qtbot, "angle", (50, 50), (50, 120)) == ()
    qtbot.mouseMove(pane, QPointF(100, 100).toPoint())
    drag(qtbot, pane, (120, 120))
    (one,) = bench.notebook.of(pane).annotations
    from app.core.measure import angle

    assert angle(pane.facts, *one.points) == pytest.approx(90, abs=0.1)


def test_escape_drops_half_an_angle(bench, kit, qtbot):
    draw(bench, qtbot, "angle", (50, 50), (50, 120))
    assert kit.escape()
    assert not kit.escape()
    assert draw(bench, qtbot, "distance", (50, 50), (90, 50))[0].kind == "distance"


def test_freehand_follows_the_pointer(bench, kit, qtbot):
    (one,) = draw(bench, qtbot, "freehand", (50, 50), (100, 50), (100, 100), (50, 100))
    assert len(one.points) == 4


def test_a_hand_that_hardly_moves_draws_nothing(bench, kit, qtbot):
    for kind in ("distance", "ellipse", "rectangle", "freehand", "profile", "angle"):
        assert draw(bench, qtbot, kind, (50, 50), (51, 50)) == () or kind == "angle"
        kit.escape()
    assert draw(bench, qtbot, "distance", (50, 50)) == ()


def test_a_handle_is_dragged_and_a_line_is_pushed(bench, kit, qtbot):
    pane = bench.pane("LCC")
    draw(bench, qtbot, "distance", (50, 50), (150, 50))
    drag(qtbot, pane, (150, 50), (150, 90))
    drag(qtbot, pane, (100, 70), (110, 75))
    (one,) = bench.notebook.of(pane).annotations
    shown = [places_of(pane).shown(p) for p in one.points]
    assert [(round(p.x()), round(p.y())) for p in shown] == [(60, 55), (160, 95)]
    for _ in range(3):
        kit.undo.undo()
    assert bench.notebook.of(pane) == Notes()


def test_places_outside_the_image_are_moved_to_its_edge(bench, kit, qtbot):
    pane = bench.pane("LCC")
    bench.hands.zoom(pane, QPointF(0, 200), 0.4)
    (one,) = draw(bench, qtbot, "distance", (30, 160), (pane.width() - 2, 2))
    assert 0 <= one.points[1][0] <= pane.facts.columns
    assert 0 <= one.points[1][1] <= pane.facts.rows


def test_undo_goes_through_views_and_notes_in_the_order_they_were_made(bench, kit, qtbot):
    pane = bench.pane("LCC")
    start = bench.grid.views()
    bench.hands.pan(pane, QPointF(10, 0))
    bench.grid.settle()
    moved = bench.grid.views()
    draw(bench, qtbot, "distance", (50, 50), (90, 50))
    bench.hands.zoom(pane, QPointF(50, 50), 2)
    kit.undo.undo()
    assert bench.grid.views() == moved
    assert len(bench.notebook.of(pane).annotations) == 1
    kit.undo.undo()
    assert bench.notebook.of(pane) == Notes()
    assert bench.grid.views() == moved
    kit.undo.undo()
    assert bench.grid.views() == start
    kit.undo.undo()
    for _ in range(5):
        kit.undo.redo()
    assert len(bench.notebook.of(pane).annotations) == 1
    assert bench.grid.views() != moved


def test_going_to_another_step_keeps_undo_of_notes(bench, kit, qtbot):
    draw(bench, qtbot, "distance", (50, 50), (90, 50))
    bench.hands.pan(bench.pane("LCC"), QPointF(10, 0))
    bench.grid.settle()
    pane = bench.pane("LCC")
    picture, key = pane.picture, bench.notebook.key_of(pane)
    bench.grid.show_step(bench.grid.step)
    assert bench.pane("LCC").picture is picture
    kit.undo.undo()
    assert bench.notebook.notes(key) == Notes()


def test_key_images_delete_and_rename(bench, kit, qtbot):
    pane = bench.pane("LCC")
    bench.grid.activate(pane)
    kit.toggle_key()
    assert bench.notebook.of(pane).key
    draw(bench, qtbot, "ellipse", (50, 50), (90, 80))
    bench.notebook.rename(bench.notebook.selection, "  mass ")
    assert bench.notebook.of(pane).annotations[0].label == "mass"
    kit.delete()
    assert bench.notebook.of(pane) == Notes(key=True)
    kit.undo.undo()
    assert bench.notebook.of(pane).annotations[0].label == "mass"


def test_notes_are_kept_by_content_and_found_again(bench, kit, qtbot):
    pane = bench.pane("LCC")
    draw(bench, qtbot, "distance", (50, 50), (90, 50))
    key = bench.notebook.key_of(pane)
    assert key == files.content_key(pane.picture.mammogram.pixels)
    qtbot.waitUntil(lambda: files.load_notes(key) == bench.notebook.notes(key), timeout=3000)
    kit.undo.undo()
    qtbot.waitUntil(lambda: files.load_notes(key) == Notes(), timeout=3000)
    assert not list(files.data_folder().rglob("*.json"))


def test_what_was_not_saved_yet_is_saved_at_the_end(bench, kit, qtbot):
    pane = bench.pane("LCC")
    draw(bench, qtbot, "distance", (50, 50), (90, 50))
    bench.notebook.flush()
    key = bench.notebook.key_of(pane)
    assert files.load_notes(key) == bench.notebook.notes(key)


def test_a_window_from_a_region(bench, kit, qtbot):
    said = []
    kit.said.connect(said.append)
    pane = bench.pane("LCC")
    bench.grid.activate(pane)
    kit.window_on_region()
    assert "region" in said[0]
    (one,) = draw(bench, qtbot, "rectangle", (40, 140), (90, 180))
    kit.window_on_region()
    box = [sorted(axis) for axis in zip(*one.points, strict=True)]
    columns = slice(int(np.ceil(box[0][0] - 0.5)), int(np.ceil(box[0][1] - 0.5)))
    rows = slice(int(np.ceil(box[1][0] - 0.5)), int(np.ceil(box[1][1] - 0.5)))
    low, high = np.percentile(pane.picture.mammogram.pixels[rows, columns], [1, 99])
    assert pane.voi.center == pytest.approx((low + high) / 2)
    assert pane.voi.width == pytest.approx(high - low)


def test_sigmoid_goes_on_and_off(bench, kit):
    bench.grid.activate(bench.pane("LCC"))
    kit.toggle_sigmoid()
    assert {pane.voi.curve for pane in bench.grid.panes} == {Curve.SIGMOID}
    kit.toggle_sigmoid()
    assert {pane.voi.curve for pane in bench.grid.panes} == {Curve.LINEAR}


def test_annotations_are_drawn_and_can_be_hidden(bench, kit, qtbot, grey_of):
    pane = bench.pane("LCC")
    bench.grid.activate(pane)
    clean = grey_of(pane)
    draw(bench, qtbot, "rectangle", (40, 40), (90, 90))
    kit.escape()
    assert (grey_of(pane)[40, 45:85] != clean[40, 45:85]).any()
    kit.toggle_shown()
    np.testing.assert_array_equal(grey_of(pane), clean)


def test_damaged_notes_are_left_alone_and_told(bench, kit, qtbot):
    key = bench.notebook.key_of(bench.pane("LCC"))
    path = files._file(key)
    path.parent.mkdir(parents=True)
    path.write_text("{")
    with pytest.raises(ValueError, match="annotations"):
        files.load_notes(key)
    assert path.read_text() == "{"
