import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu

from app import session
from app.settings import Store
from app.ui import theme
from app.ui.window import MainWindow


@pytest.fixture
def make(themed, qtbot):
    def window() -> MainWindow:
        made = MainWindow(theme.load())
        qtbot.addWidget(made)
        made.resize(1200, 800)
        made.show()
        qtbot.waitExposed(made)
        return made

    return window


def settle(window, qtbot) -> None:
    qtbot.waitUntil(lambda: bool(window.desk.opened) and window.settled(), timeout=10_000)


def test_the_next_window_opens_what_was_open_where_it_stood(make, qtbot, exam_folder) -> None:
    first = make()
    first.opening.open([str(exam_folder("a")), str(exam_folder("b"))])
    settle(first, qtbot)
    first.show_panel("exams")
    first.desk.go_group(1)
    first.desk.go_step(1)
    shown = [p.facts.file for p in first.grid.panes]
    first.close()
    second = make()
    second.memory.restore()
    settle(second, qtbot)
    assert [p.facts.file for p in second.grid.panes] == shown
    assert second.frame.side.currentWidget() is second.panels["exams"]
    second.close()


def test_nothing_is_opened_when_it_is_switched_off_or_gone(make, qtbot, exam_folder) -> None:
    first = make()
    folder = exam_folder("a")
    first.opening.open([str(folder)])
    settle(first, qtbot)
    first.memory.store.change("start", restore=False)
    first.close()
    second = make()
    second.memory.restore()
    assert not second.jobs.busy("scan")
    second.memory.store.change("start", restore=True)
    second.memory.session = session.load()
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()
    second.memory.restore()
    assert not second.jobs.busy("scan")
    second.close()


def test_recent_items_are_listed_by_name_and_can_be_forgotten(make, qtbot, exam_folder) -> None:
    window = make()
    a, b = exam_folder("a"), exam_folder("b")
    for folder in (a, b):
        window.opening.open([str(folder)])
        settle(window, qtbot)
    menu = QMenu()
    qtbot.addWidget(menu)
    window.memory.list_recent(menu)
    assert [entry.text() for entry in menu.actions() if entry.text()] == ["b", "a", "Forget these"]
    menu.actions()[1].trigger()
    settle(window, qtbot)
    assert {p.facts.file for p in window.grid.panes} <= {str(f) for f in a.iterdir()}
    window.memory.forget()
    window.memory.list_recent(menu)
    assert [entry.text() for entry in menu.actions()] == ["Nothing yet"]
    window.close()
    assert session.load().recent == {}


def test_nothing_is_remembered_when_that_is_switched_off(make, qtbot, exam_folder) -> None:
    window = make()
    window.memory.store.change("start", remember=False, restore=False)
    window.opening.open([str(exam_folder("a"))])
    settle(window, qtbot)
    window.close()
    assert session.load().recent == {}
    assert "exams" not in session.file().read_text()


def test_the_width_of_the_side_panel_is_remembered(make) -> None:
    first = make()
    first.show_panel("exams")
    first.frame.split.setSizes([800, 350])
    width = first.frame.side.width()
    assert width > 300
    first.close()
    assert Store().now.look.panel_width == width
    second = make()
    second.show_panel("protocol")
    assert abs(second.frame.side.width() - width) <= 2
    second.close()


def test_runs_are_listed_again(make, qtbot, tmp_path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "config.json").write_text("{}")
    first = make()
    first.show_panel("training")
    first.pages.page("training").show_run(tmp_path / "run")
    first.close()
    second = make()
    second.show_panel("training")
    assert str(tmp_path / "run") in [
        second.pages.page("training").list.item(n).toolTip()
        for n in range(second.pages.page("training").list.count())
    ]
    second.close()


def test_a_window_drawn_to_a_file_leaves_no_trace(make) -> None:
    window = make()
    window.memory.keeps = False
    window.close()
    assert not session.file().exists()


def test_the_overlay_of_the_settings_is_on_from_the_start(make, qtbot, exam_folder) -> None:
    Store().change("look", overlay="full")
    window = make()
    window.opening.open([str(exam_folder("a"))])
    settle(window, qtbot)
    assert {pane.level for pane in window.grid.panes} == {"full"}
    window.close()


def test_a_faults_sentence_is_shown_and_the_window_lives(window, qtbot) -> None:
    from app.ui.faults import SENTENCE, Faults

    faults = Faults(window)
    faults.happened.connect(window.readout.words.setText)
    faults.take(RuntimeError, None)
    qtbot.waitUntil(lambda: window.readout.words.text() == SENTENCE)


def test_going_from_page_to_images_and_back(window, qtbot, exam_folder) -> None:
    window.opening.open([str(exam_folder("a"))])
    settle(window, qtbot)
    window.show_panel("settings")
    assert window.stack.currentWidget() is window.pages.page("settings")
    window.rail.buttons["settings"].click()
    assert window.stack.currentWidget() is window.grid
    assert window.actions_by_id["invert"].isEnabled()
    window.show_panel("settings")
    page = window.pages.page("settings")
    qtbot.keyClick(page.keys.search, Qt.Key.Key_Escape)
    assert window.stack.currentWidget() is window.grid
    assert not window.rail.buttons["settings"].isChecked()
    window.show_panel("settings")
    window.show_panel("exams")
    assert window.stack.currentWidget() is window.grid
    assert window.rail.buttons["exams"].isChecked()
    window.train()
    form = window.pages.page("training").form
    assert form.prepare.body.isVisible()
    assert form.prepare.source.edit.hasFocus()
    window.opening.open([str(exam_folder("b"))])
    settle(window, qtbot)
    assert window.stack.currentWidget() is window.grid
    assert window.pages.current == ""


def test_the_side_panel_is_wider_where_the_font_is_larger(make) -> None:
    window = make()
    window.show_panel("exams")
    width = window.frame.side.width()
    window.memory.store.change("look", font_percent=150)
    assert abs(window.frame.side.width() - 1.5 * width) <= 2
    window.close()
    assert Store().now.look.panel_width == pytest.approx(width, abs=2)
    again = make()
    again.show_panel("protocol")
    assert abs(again.frame.side.width() - 1.5 * width) <= 2
