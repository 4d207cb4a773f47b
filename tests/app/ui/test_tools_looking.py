"""Loupe, tour, sizes and enhancement."""

import json
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt

from app.core.viewstate import depth_and_along, magnification
from app.ui import theme
from app.ui.tools import screens
from app.ui.tools.calibration import CalibrationPage
from app.ui.tools.kit import Kit


@pytest.fixture
def kit(bench, qtbot) -> Kit:
    kit = Kit(bench.hands, bench.notebook, bench.jobs, bench.desk, theme.load())
    bench.grid.show_step(bench.grid.step)
    qtbot.waitUntil(bench.grid.settled, timeout=5000)
    return kit


def test_the_tour_walks_at_one_to_one_and_comes_back(bench, kit):
    pane = bench.pane("RCC")
    bench.grid.activate(pane)
    before = bench.grid.views()
    kit.tour.step()
    assert {magnification(p.view, p.plate) for p in bench.grid.panes} == {1.0}
    stops = kit.tour.length
    assert stops >= 1
    assert ("tour 1 / 1" if stops == 1 else f"tour 1 / {stops}", "dim") in kit.marks(pane)
    for _ in range(stops):
        kit.tour.step()
    assert bench.grid.views() == before
    assert kit.marks(pane) == []
    kit.tour.step(-1)
    assert kit.tour.number == stops - 1
    assert kit.escape()
    assert bench.grid.views() == before


def test_enhancement_is_marked_undone_and_forgotten_on_reset(bench, kit, qtbot, grey_of):
    pane = bench.pane("LCC")
    bench.grid.activate(pane)
    plain = grey_of(pane)
    kit.next_enhancement()
    assert {p.view.enhancement for p in bench.grid.panes} == {"CLAHE"}
    qtbot.waitUntil(lambda: all(p.enhanced for p in bench.grid.panes), timeout=5000)
    assert kit.marks(pane) == [("CLAHE", "caution")]
    kit.next_enhancement()
    assert pane.view.enhancement == "sharpened"
    qtbot.waitUntil(lambda: not any(map(kit.enhancer.waits, bench.grid.panes)), timeout=5000)
    qtbot.waitUntil(bench.grid.settled, timeout=5000)
    assert (grey_of(pane)[60:250, 30:150] != plain[60:250, 30:150]).mean() > 0.2
    kit.undo.undo()
    kit.undo.undo()
    assert pane.view.enhancement == ""
    assert pane.enhanced is None
    qtbot.waitUntil(bench.grid.settled, timeout=5000)
    clean = grey_of(pane)
    np.testing.assert_array_equal(clean[60:250, 30:150], plain[60:250, 30:150])
    kit.next_enhancement()
    bench.grid.show_step(bench.grid.step)
    assert bench.pane("LCC").view.enhancement == "CLAHE"
    bench.grid.reset()
    assert bench.pane("LCC").view.enhancement == ""


def test_sizes_go_round_and_true_size_uses_the_screen(bench, kit, qtbot):
    said = []
    kit.said.connect(said.append)
    screens.calibrate(bench.grid.screen(), 0.3)
    seen = []
    for _ in range(4):
        kit.next_size()
        seen.append(bench.grid.fit)
    assert seen == ["true", "fit_breast", "fit_image", "same"]
    assert said[0] == "Size: true size"
    bench.grid.set_fit("true")
    assert [pane.view.scale for pane in bench.grid.panes] == pytest.approx([0.3] * 4)
    assert kit.marks(bench.grid.panes[0]) == [("true size", "dim")]


@pytest.mark.parametrize("fit", ["true", "pixels"])
def test_sizes_without_fit_stand_at_the_chest_wall_unless_a_hand_moved(bench, kit, fit):
    screens.calibrate(bench.grid.screen(), 0.1)
    bench.grid.set_fit(fit)
    assert [pane.view.depth for pane in bench.grid.panes] == pytest.approx([0.0] * 4)
    bench.grid.set_fit("same")
    pane = bench.pane("LCC")
    middle = (pane.tile()[0] / 2, pane.tile()[1] / 2)
    bench.hands.pan(pane, QPointF(-60, 20))
    there = depth_and_along(pane.view, pane.plate, pane.tile(), middle)
    bench.grid.set_fit(fit)
    after = depth_and_along(pane.view, pane.plate, pane.tile(), middle)
    assert after == pytest.approx(there, abs=0.6)


def test_a_screen_nobody_measured_is_told(bench, kit, monkeypatch):
    assert screens.calibrated_mm(bench.grid.screen()) is None
    bench.grid.set_fit("true")
    (mark,) = kit.marks(bench.grid.panes[0])
    assert "not calibrated" in mark[0]
    pane = bench.grid.panes[0]
    pane.plate = replace(pane.plate, nominal=True)
    assert kit.marks(pane) == [("no true size: no spacing", "caution")]


def test_the_calibration_page_keeps_what_was_matched(themed, qtbot):
    from PySide6.QtWidgets import QWidget

    window = QWidget()
    qtbot.addWidget(window)
    window.resize(900, 600)
    window.show()
    page = CalibrationPage(theme.load(), window)
    done = []
    page.calibrated.connect(lambda: done.append(True))
    page.popup()
    while page.card_px < 428:
        qtbot.keyClick(page, Qt.Key.Key_Right)
    while page.card_px > 428.5:
        qtbot.keyClick(page, Qt.Key.Key_Left)
    expected = 85.6 / page.card_px
    qtbot.keyClick(page, Qt.Key.Key_Escape)
    assert not done
    assert screens.calibrated_mm(window.screen()) is None
    page.popup()
    page.card_px = 85.6 / expected
    qtbot.keyClick(page, Qt.Key.Key_Return)
    assert done
    assert screens.calibrated_mm(window.screen()) == pytest.approx(expected)
    with pytest.raises(ValueError, match="pixel pitch"):
        screens.calibrate(window.screen(), 9.0)


def test_damaged_screen_sizes_count_as_none(bench, tmp_path):
    screens._file().parent.mkdir(parents=True)
    wrong = json.dumps({screens.identity(bench.grid.screen()): -1})
    for text in ("{", "[]", wrong):
        screens._file().write_text(text)
        screens._kept.cache_clear()
        assert screens.calibrated_mm(bench.grid.screen()) is None


def test_the_loupe_magnifies_what_is_under_it(bench, kit, qtbot, grey_of):
    pane = bench.pane("LCC")
    pane.cautions = ("view: inferred",)
    clean = grey_of(pane)
    qtbot.mouseMove(pane, QPoint(150, 160))
    kit.loupe.toggle()
    kit.loupe._follow(pane, QPointF(150, 160))
    shown = grey_of(pane)
    assert (shown[160, 20:280] != clean[160, 20:280]).any()
    assert (shown[:15] == clean[:15]).all()
    # The middle of the loupe shows the pixel under the pointer.
    from app.ui.tools.places import places_of

    x, y = places_of(pane).stored(QPointF(150.5, 160.5))
    pixel = pane.picture.mammogram.pixels[int(y), int(x)]
    near = pane.picture.mammogram.pixels[int(y) - 1 : int(y) + 2, int(x) - 1 : int(x) + 2]
    low, high = pane.grey_of(int(near.min())), pane.grey_of(int(near.max()))
    assert low <= shown[160, 150, 0] <= high, pixel
    assert kit.escape()
    np.testing.assert_array_equal(grey_of(pane), clean)


def test_alt_holds_the_loupe_and_drags_its_own_window(bench, kit, qtbot):
    pane = bench.pane("LCC")
    bench.grid.activateWindow()
    qtbot.waitUntil(bench.grid.isActiveWindow, timeout=2000)
    kit.loupe._follow(pane, QPointF(150, 160))
    qtbot.keyPress(bench.grid, Qt.Key.Key_Alt)
    assert kit.loupe.on
    kit.loupe._follow(pane, QPointF(150, 160))
    before = pane.voi
    qtbot.mousePress(pane, Qt.MouseButton.LeftButton, pos=QPoint(150, 160))
    qtbot.mouseMove(pane, QPoint(190, 160))
    qtbot.mouseRelease(pane, Qt.MouseButton.LeftButton, pos=QPoint(190, 160))
    assert pane.voi == before
    assert kit.loupe.voi.width > before.width
    qtbot.keyRelease(bench.grid, Qt.Key.Key_Alt)
    assert not kit.loupe.on
