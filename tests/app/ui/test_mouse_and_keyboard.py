"""Buttons and wheel do what they were given; keys do all that the mouse does."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.ui import mouse
from app.ui.actions import Action
from app.ui.preferences import Preferences
from app.ui.tools.keyboard import Keyboard

CONTROL = Qt.KeyboardModifier.ControlModifier
TABLE = [Action(id="fit", text="Fit breast", run=print)]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"Left kick": "zoom"}, "there is no 'Left kick'"),
        ({"Wheel": "tickle"}, "Wheel: 'tickle' is nothing"),
        ({"Left drag": "zoom"}, "no drag is left for the active tool"),
    ],
)
def test_what_the_mouse_can_not_do_is_left_out_and_said(changes, words) -> None:
    found, troubles = mouse.effective(changes, TABLE)
    assert found == mouse.USUAL
    assert words in troubles[0]


def test_gestures_take_tools_and_actions() -> None:
    changes = {"Left drag": "zoom", "Right drag": "active tool", "Back button": "fit"}
    found, troubles = mouse.effective(changes, TABLE)
    assert troubles == []
    assert found["Back button"] == "fit"
    assert ("Back button", "Fit breast") in mouse.told(found, TABLE)
    assert mouse.shared("Left drag", {**found, "Middle drag": "zoom"}) == "Middle drag"
    assert mouse.shared("Left drag", found) == ""


def test_buttons_and_wheel_follow_what_they_were_given(bench, qtbot) -> None:
    pane = bench.pane("RCC")
    hands, middle = bench.hands, pane.rect().center()

    def drag(button, modifiers=Qt.KeyboardModifier.NoModifier) -> None:
        QTest.mousePress(pane, button, modifiers, middle)
        QTest.mouseMove(pane, middle + QPoint(0, 30))
        QTest.mouseRelease(pane, button, modifiers, middle + QPoint(0, 30))

    before = pane.view
    drag(Qt.MouseButton.MiddleButton)
    assert pane.view.along != before.along
    assert pane.view.scale == before.scale
    before = pane.view
    drag(Qt.MouseButton.MiddleButton, CONTROL)  # usually nothing
    assert pane.view == before
    hands.deeds["Middle drag"] = "zoom"
    drag(Qt.MouseButton.MiddleButton)
    assert pane.view.scale != before.scale
    with qtbot.waitSignal(hands.asked) as asked:
        QTest.mouseClick(pane, Qt.MouseButton.BackButton, pos=middle)
    assert asked.args == ["previous-step"]
    with qtbot.waitSignal(hands.asked) as asked:
        QTest.mouseDClick(pane, Qt.MouseButton.LeftButton, pos=middle)
    assert asked.args == ["image-only"]


def test_half_notches_of_the_wheel_make_whole_steps(bench, qtbot, monkeypatch) -> None:
    pane, turned = bench.pane("RCC"), []
    bench.hands.asked.connect(turned.append)
    bench.hands.deeds["Wheel"] = "steps"
    scale = pane.view.scale
    for angle in (-60, -60, -120, 120):
        place = QPointF(50, 50)
        event = QWheelEvent(
            place, pane.mapToGlobal(place), QPoint(), QPoint(0, angle), Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(pane, event)
    assert turned == ["next-step", "next-step", "previous-step"]
    assert pane.view.scale == scale


def test_the_editor_of_the_mouse_refuses_what_would_leave_no_tool(window, qtbot) -> None:
    page = Preferences(window.memory)
    qtbot.addWidget(page)
    left = page.mouse.choices["Left drag"]
    left.setCurrentIndex(left.findData("zoom"))
    left.activated.emit(left.currentIndex())
    assert page.mouse.verdict.refused
    assert left.currentData() == "active tool"
    assert window.hands.deeds == mouse.USUAL
    for gesture, deed in (("Ctrl + left drag", "active tool"), ("Left drag", "zoom")):
        choice = page.mouse.choices[gesture]
        choice.setCurrentIndex(choice.findData(deed))
        choice.activated.emit(choice.currentIndex())
    assert page.mouse.verdict.text() == "Right drag does the same"
    assert window.hands.deeds["Left drag"] == "zoom"
    assert window.memory.store.now.mouse == {
        "Left drag": "zoom", "Ctrl + left drag": "active tool"
    }  # fmt: skip
    assert ("Left drag", "zoom") in window.memory.all_keys()
    page.mouse.usual.click()
    assert window.hands.deeds == mouse.USUAL


# Without a mouse.


@pytest.fixture
def keyboard(bench) -> Keyboard:
    bench.grid.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    bench.grid.activate(bench.pane("RCC"))
    bench.grid.activateWindow()
    bench.grid.setFocus()
    return Keyboard(bench.hands)


def test_keys_zoom_pan_and_window_all_that_is_linked(bench, keyboard) -> None:
    pane, partner = bench.pane("RCC"), bench.pane("LCC")
    before = pane.view
    keyboard.zoom(2)
    assert pane.view.scale == pytest.approx(before.scale / 1.15**2)
    assert partner.view.scale == pytest.approx(pane.view.scale)
    keyboard.pan(0, 1)
    assert pane.view.along > before.along
    width = pane.voi.width
    keyboard.drag_window(1, 0)
    assert pane.voi.width > width
    assert partner.voi.width == pytest.approx(pane.voi.width)
    bench.grid.undo()
    assert pane.voi.width == width


def test_tab_goes_through_the_images(bench, keyboard) -> None:
    names = []
    for _ in range(4):
        keyboard.next_pane()
        names.append(bench.grid.active.hung.cell.name)
    assert names == ["LCC", "RMLO", "LMLO", "RCC"]
    keyboard.next_pane(-1)
    assert bench.grid.active.hung.cell.name == "LMLO"


def test_a_distance_is_measured_by_arrows_and_enter(bench, keyboard, qtbot) -> None:
    pane = bench.pane("RCC")
    pane.over.append(keyboard._paint)
    bench.hands.set_tool("distance")
    keyboard.begin()
    blank = pane.grab().toImage()

    def press(key, times: int = 1) -> None:
        for _ in range(times):
            qtbot.keyClick(bench.grid, key)

    press(Qt.Key.Key_Return)
    press(Qt.Key.Key_Right, 5)
    press(Qt.Key.Key_Down, 2)
    press(Qt.Key.Key_Return)
    drawn = bench.notebook.of(pane).annotations
    assert [one.kind for one in drawn] == ["distance"]
    (x0, y0), (x1, y1) = drawn[0].points
    places = abs(x1 - x0), abs(y1 - y0)
    per_pixel = pane.view.scale / 0.5  # 0.5 mm a pixel in the file
    assert places == pytest.approx((50 * per_pixel, 20 * per_pixel), rel=0.02)
    assert pane.grab().toImage() != blank
    assert keyboard.end()
    assert not keyboard.end()
    press(Qt.Key.Key_Right)  # nobody listens any more
    assert len(bench.notebook.of(pane).annotations) == 1


def test_an_angle_takes_three_places(bench, keyboard, qtbot) -> None:
    bench.hands.set_tool("angle")
    keyboard.begin()
    keys = Qt.Key
    for key in [keys.Key_Return, *[keys.Key_Up] * 4, keys.Key_Return, *[keys.Key_Right] * 4]:
        qtbot.keyClick(bench.grid, key)
    qtbot.keyClick(bench.grid, keys.Key_Return)
    qtbot.keyClick(bench.grid, keys.Key_Return)
    (one,) = bench.notebook.of(bench.pane("RCC")).annotations
    assert one.kind == "angle"
    assert len(one.points) == 3


def test_escape_drops_what_is_half_drawn_and_the_cross(bench, keyboard, qtbot) -> None:
    bench.hands.set_tool("distance")
    keyboard.begin()
    qtbot.keyClick(bench.grid, Qt.Key.Key_Enter)
    qtbot.keyClick(bench.grid, Qt.Key.Key_Left)
    assert keyboard.end()
    assert bench.notebook.of(bench.pane("RCC")).annotations == ()
    assert bench.hands.tools["distance"].draft is None


def test_f6_takes_the_keyboard_to_the_panel_and_back(window, qtbot, exam_folder) -> None:
    window.opening.open([str(exam_folder("a"))])
    qtbot.waitUntil(lambda: bool(window.desk.opened) and window.settled(), timeout=30_000)
    window.show_panel("exams")
    window.grid.setFocus()
    window.switch_region()
    assert window.frame.side.isAncestorOf(window.focusWidget())
    window.switch_region()
    assert window.focusWidget() is window.grid
