"""The actions of the main window: what there is to do, and the keys for it (IHE BIR the base)."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING

from app.ui.actions import Action
from app.ui.capture.export import capture_actions
from app.ui.hanging import hanging_actions
from app.ui.monitors import monitor_actions
from app.ui.presets import presets
from app.ui.tools.keyboard import keyboard_actions
from app.ui.tools.keys import tool_actions

if TYPE_CHECKING:
    from app.ui.window import MainWindow


Run = Callable[[], object]


def actions_of(window: "MainWindow") -> list[Action]:
    """Return the table of actions of a window."""
    tools = [*keyboard_actions(window.kit.keyboard), *tool_actions(window)]
    seen = [*_moves(window), *_looks(window), *monitor_actions(window.monitors), *tools]
    files = [*_files(window), *capture_actions(window.capture)]
    return [*files, *seen, *_generator(window), *_train(window), *_help(window)]


def _table(menu: str, rows: Iterable[tuple[str, str, Run, str]]) -> list[Action]:
    """Return the actions of one menu; a row is id, words, function and key, if any."""
    return [Action(id=i, text=t, run=r, keys=[k] if k else [], menu=menu) for i, t, r, k in rows]


def _files(w: "MainWindow") -> list[Action]:
    rows: list[tuple[str, str, Run, str]] = [
        ("open-files", "Open files...", w.opening.ask_files, "Ctrl+O"),
        ("open-folder", "Open folder...", w.opening.ask_folder, "Ctrl+Shift+O"),
        ("archive", "Archives", partial(w.show_panel, "archive"), "Ctrl+Shift+A"),
        ("find-exam", "Find an exam...", w.find_exam, "Ctrl+F"),
        ("export-generated", "Export generated exams...", w.dialogs.export_generated, "Ctrl+Alt+E"),
        ("export-copies", "Export de-identified copies...", w.dialogs.export_copies, ""),
        ("demo", "Open the demo exams", w.opening.open_demo, ""),
        ("settings", "Preferences", partial(w.show_panel, "settings"), "Ctrl+,"),
        ("display", "Display quality", partial(w.show_panel, "display"), ""),
        ("quit", "Quit", w.close, "Ctrl+Q"),
    ]
    return _table("File", rows)


def _moves(w: "MainWindow") -> list[Action]:
    desk = w.desk
    go, exam = desk.go_step, desk.go_group
    rows: list[tuple[str, str, Run, str]] = [
        ("next-step", "Next step", lambda: go(desk.step + 1), "PgDown"),
        ("previous-step", "Previous step", lambda: go(desk.step - 1), "PgUp"),
        ("next-exam", "Next exam", lambda: exam(desk.paging.group + 1), "Down"),
        ("previous-exam", "Previous exam", lambda: exam(desk.paging.group - 1), "Up"),
        ("mode", "Real, generated, both", w.next_mode, "G"),
    ]
    return [*_table("Hang", rows), *hanging_actions(w.hangings)]


def _looks(w: "MainWindow") -> list[Action]:
    grid, hands = w.grid, w.hands
    rows: list[tuple[str, str, Run, str]] = [
        ("fit", "Fit breast", partial(grid.set_fit, "fit_breast"), "F"),
        ("pixels", "1:1 pixels", partial(grid.set_fit, "pixels"), "X"),
        ("size", "Same size, true size, fit", w.kit.next_size, "S"),
        ("link", "Link panes on, off", lambda: hands.set_linked(not hands.linked), "L"),
        ("mirror", "Mirror left and right", lambda: hands.set_mirror(not hands.mirror), "Shift+L"),
        ("overlay", "Overlay: none, labels, full", w.looks.next_level, "Space"),
        ("undo", "Undo", w.kit.undo.undo, "Ctrl+Z"),
        ("redo", "Redo", w.kit.undo.redo, "Ctrl+Y"),
        ("reset", "Reset views, then leave mode", w.escape, "Esc"),
        ("image-only", "Image only", w.toggle_image_only, "F11"),
        ("region", "Keyboard to images or side panel", w.switch_region, "F6"),
    ]
    windows: list[tuple[str, str, Run, str]] = [
        ("next-file-window", "Next window of the file", w.looks.next_voi, "O"),
        ("file-window", "File default", partial(w.looks.set_voi, None), "0"),
        *(
            (f"preset-{n}", p.name.capitalize(), partial(w.looks.set_preset, p), str(n))
            for n, p in enumerate(presets(), 1)
        ),
        ("invert", "Negative", w.looks.toggle_invert, "N"),
    ]
    return _table("View", rows) + _table("Window", windows)


def _generator(w: "MainWindow") -> list[Action]:
    rows: list[tuple[str, str, Run, str]] = [
        ("random", "Random exam", w.random_exam, "R"),
        ("project", "From a real image...", w.dialogs.project_real, ""),
        ("nearest", "Nearest training images...", w.dialogs.show_nearest, ""),
    ]
    return [*_table("Generator", rows), *w.explorer.actions()]


def _train(w: "MainWindow") -> list[Action]:
    rows: list[tuple[str, str, Run, str]] = [
        ("training", "Training", partial(w.show_panel, "training"), "Ctrl+T"),
        ("train-folder", "Train on my folder...", w.train, ""),
    ]
    return _table("Train", rows)


def _help(w: "MainWindow") -> list[Action]:
    rows: list[tuple[str, str, Run, str]] = [
        ("palette", "Find an action...", w.dialogs.show_palette, "Ctrl+K"),
        ("keys", "Keys", w.dialogs.show_keys, "F1"),
        ("guide", "User guide", partial(w.show_panel, "guide"), "Ctrl+F1"),
        ("first-steps", "First steps through the window", w.dialogs.show_tour, ""),
        ("logs", "Open log folder", w.dialogs.show_logs, ""),
        ("about", "About Mammoscope", w.dialogs.show_about, ""),
    ]
    return _table("Help", rows)
