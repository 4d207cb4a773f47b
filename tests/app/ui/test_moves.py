"""Undo and redo lead back to where the reader was, and to how the images lay there."""

from dataclasses import replace

from app.ui.moves import Moves
from app.ui.tools.undo import KEPT


def opened(window, qtbot, folder):
    window.opening.open([str(folder)])
    qtbot.waitUntil(lambda: bool(window.desk.opened) and window.settled(), timeout=120_000)


def test_undo_leads_back_through_steps_protocols_and_what_was_done_in_them(
    window, qtbot, exam_folder
):
    opened(window, qtbot, exam_folder("p1"))
    desk, grid, undo = window.desk, window.grid, window.kit.undo
    hung = grid.views()
    grid.change(grid.panes, lambda p: replace(p.view, invert=True), at_once=True)
    desk.go_step(1)
    grid.change(grid.panes, lambda p: replace(p.view, scale=p.view.scale / 2), at_once=True)
    near = grid.views()
    window.looks.next_level()
    window.hands.set_linked(False)
    desk.choose("single")
    assert (desk.protocol().id, desk.step) == ("single", 0)

    undo.undo()
    assert (desk.protocol().id, desk.step) == ("screening-4up", 1)
    assert grid.views() == near
    undo.undo()
    assert window.hands.linked
    undo.undo()
    assert grid.level in (None, "labels")
    undo.undo()
    assert grid.views() != near
    undo.undo()
    assert desk.step == 0
    assert all(view.invert for view in grid.views())
    undo.undo()
    assert grid.views() == hung
    undo.undo()  # nothing is left
    assert grid.views() == hung

    for _ in range(6):
        undo.redo()
    assert desk.protocol().id == "single"
    assert not window.hands.linked
    assert grid.level == "full"
    undo.undo()
    assert grid.views() == near


def test_what_is_opened_anew_has_nothing_to_undo(window, qtbot, exam_folder):
    opened(window, qtbot, exam_folder("p1"))
    window.desk.go_step(1)
    opened(window, qtbot, exam_folder("p2"))
    step, views = window.desk.step, window.grid.views()
    window.kit.undo.undo()
    assert (window.desk.step, window.grid.views()) == (step, views)


def test_pixels_one_to_one_after_an_undone_window_show_the_breast(window, qtbot, exam_folder):
    opened(window, qtbot, exam_folder("p1"))
    grid = window.grid
    grid.set_fit("pixels")
    wanted = grid.views()
    grid.set_fit("same")
    grid.change(grid.panes, lambda p: replace(p.view, invert=True), at_once=True)
    window.kit.undo.undo()
    grid.set_fit("pixels")
    assert grid.views() == wanted


def test_a_long_day_can_be_taken_back_only_so_far(window, qtbot, exam_folder):
    opened(window, qtbot, exam_folder("p1"))
    undo, hands = window.kit.undo, window.hands
    for _ in range(KEPT + 21):
        hands.set_linked(not hands.linked)
    (moves,) = window.findChildren(Moves)
    assert len(undo._past) == len(moves._past) == KEPT
    for _ in range(KEPT + 5):
        undo.undo()
    assert not hands.linked  # as after the first 21
    for _ in range(KEPT + 5):
        undo.redo()
    assert not hands.linked  # as after all of them
