import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from app.settings import Store
from app.ui import keys, theme
from app.ui.actions import Action
from app.ui.palette import score
from app.ui.window import MainWindow

KEYS = {"a": ["X"], "b": ["Y"], "c": []}
TABLE = [Action(id=i, text=i, run=print, keys=k) for i, k in KEYS.items()]


def of(actions) -> dict[str, list[str]]:
    return {a.id: list(a.keys) for a in actions}


def test_a_change_of_the_user_replaces_the_usual_key() -> None:
    found, troubles = keys.effective(TABLE, {"a": ["ctrl+k", "F5"], "c": ["X"]})
    assert of(found) == {"a": ["Ctrl+K", "F5"], "b": ["Y"], "c": ["X"]}
    assert troubles == []


def test_two_actions_may_swap_their_keys() -> None:
    found, troubles = keys.effective(TABLE, {"a": ["Y"], "b": ["X"]})
    assert of(found) == {"a": ["Y"], "b": ["X"], "c": []}
    assert troubles == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"a": ["Y"]}, "keys: Y is given to both a and b"),
        ({"z": ["Y"]}, "keys: there is no action 'z'"),
        ({"a": ["Ctrl+Nonsense"]}, "keys: a: 'Ctrl+Nonsense' is no key"),
    ],
)
def test_a_change_that_cannot_be_is_left_out_and_said(changes, words) -> None:
    found, troubles = keys.effective(TABLE, {**changes, "c": ["Z"]})
    assert of(found) == {"a": ["X"], "b": ["Y"], "c": ["Z"]}
    assert troubles == [words]


@pytest.mark.parametrize(
    ("asked", "better", "worse"),
    [
        ("inv", "Window: Invert", "View: Fit in view"),
        ("next ex", "Hang: Next exam", "Hang: Next step"),
        ("exam next", "Hang: Next exam", "Hang: Next step"),
        ("oe", "File: Open the exams", "View: Pan"),
    ],
)
def test_what_fits_better_comes_first(asked, better, worse) -> None:
    assert score(asked, better) is not None
    assert (score(asked, worse) or 0) < score(asked, better)


def test_the_palette_does_what_is_found(window, qtbot) -> None:
    window.dialogs.show_palette()
    assert window.dialogs.palette.isVisible()
    QTest.keyClicks(window.dialogs.palette.search, "preferen")
    assert window.dialogs.palette.list.currentItem().text().startswith("File: Preferences")
    qtbot.keyClick(window.dialogs.palette.search, Qt.Key.Key_Return)
    assert not window.dialogs.palette.isVisible()
    assert window.pages.current == "settings"


def test_letters_typed_into_the_palette_reach_no_tool(window, qtbot, exam_folder) -> None:
    window.opening.open([str(exam_folder("a"))])
    qtbot.waitUntil(lambda: bool(window.desk.opened) and window.settled(), timeout=10_000)
    tool = window.hands.tool
    qtbot.keyClick(window.grid, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    assert window.dialogs.palette.isVisible()
    QTest.keyClicks(window.dialogs.palette.search, "z t 4")
    qtbot.keyClick(window.dialogs.palette.search, Qt.Key.Key_F11)
    assert window.hands.tool == tool
    assert window.menuBar().isVisible()
    assert window.dialogs.palette.none.isVisible()
    qtbot.keyClick(window.dialogs.palette.search, Qt.Key.Key_Return)
    assert window.dialogs.palette.isVisible()
    qtbot.keyClick(window.dialogs.palette.search, Qt.Key.Key_Escape)
    assert not window.dialogs.palette.isVisible()
    assert window.grid.hasFocus()


def test_what_a_page_hides_is_not_offered(window) -> None:
    def offered() -> set[str]:
        found = window.dialogs.palette.list
        items = [found.item(n) for n in range(found.count())]
        return {item.data(Qt.ItemDataRole.UserRole) for item in items}

    window.dialogs.show_palette()
    assert {"invert", "training", "keys"} <= offered()
    window.dialogs.palette.close_sheet()
    window.show_panel("settings")
    window.dialogs.show_palette()
    assert "invert" not in offered()
    assert "training" in offered()
    window.dialogs.palette.close_sheet()
    window.pages.close()
    assert window.actions_by_id["invert"].isEnabled()


def test_the_sheet_of_keys_is_searched_and_shows_the_keys_in_use(window, qtbot) -> None:
    window.memory.store.put({**window.memory.store.now.model_dump(), "keys": {"invert": ["F7"]}})
    window.dialogs.show_keys()

    def shown() -> set[str]:
        return {w.text() for w in window.dialogs.keys._body.findChildren(QLabel) if w.isVisible()}

    assert {"F7", "Negative", "W"} <= shown()
    QTest.keyClicks(window.dialogs.keys.search, "negat")
    assert shown() == {"F7", "Negative"}
    QTest.keyClicks(window.dialogs.keys.search, "zzz")
    assert shown() == set()
    assert window.dialogs.keys.none.isVisible()
    qtbot.keyClick(window.dialogs.keys.search, Qt.Key.Key_Escape)
    assert not window.dialogs.keys.isVisible()


@pytest.fixture
def prefs(window):
    window.show_panel("settings")
    return window.pages.page("settings")


def pick(prefs, identity: str) -> None:
    tree = prefs.keys.tree
    items = [tree.topLevelItem(n) for n in range(tree.topLevelItemCount())]
    tree.setCurrentItem(next(i for i in items if i.data(0, Qt.ItemDataRole.UserRole) == identity))


def test_a_free_key_is_given_at_once_and_kept(window, prefs, qtbot) -> None:
    pick(prefs, "invert")
    prefs.keys.key.setKeySequence(QKeySequence("F7"))
    prefs.keys.take.click()
    assert [k.toString() for k in window.actions_by_id["invert"].shortcuts()] == ["F7"]
    assert Store().now.keys == {"invert": ["F7"]}
    prefs.keys.usual.click()
    assert [k.toString() for k in window.actions_by_id["invert"].shortcuts()] == ["N"]
    assert Store().now.keys == {}


def test_a_taken_key_names_its_owner_and_can_be_taken_over(window, prefs) -> None:
    pick(prefs, "invert")
    prefs.keys.key.setKeySequence(QKeySequence("R"))
    assert prefs.keys.verdict.refused
    assert "Random exam" in prefs.keys.verdict.text()
    assert prefs.keys.take.text() == "Take it over"
    prefs.keys.take.click()
    assert [k.toString() for k in window.actions_by_id["invert"].shortcuts()] == ["R"]
    assert window.actions_by_id["random"].shortcuts() == []
    pick(prefs, "random")
    prefs.keys.usual.click()
    assert prefs.keys.verdict.text() == "R is given to invert now; give that another key"


def test_a_key_can_be_taken_away_and_found_by_search(window, prefs) -> None:
    pick(prefs, "invert")
    prefs.keys.clear.click()
    assert window.actions_by_id["invert"].shortcuts() == []
    prefs.keys.search.setText("ctrl+q")
    assert prefs.keys.tree.topLevelItemCount() == 1
    prefs.reset.click()
    assert [k.toString() for k in window.actions_by_id["invert"].shortcuts()] == ["N"]


def test_every_setting_has_a_field_and_is_in_force_at_once(window, prefs, themed) -> None:
    assert {f"{t}.{n}" for t, n in prefs.fields} == {
        f"{table}.{name}"
        for table, values in Store().now.model_dump().items()
        if table != "keys"
        for name in values
    }
    usual = themed.font().pixelSize()
    try:
        prefs.fields["look", "font_percent"].setValue(150)
        assert themed.font().pixelSize() == round(1.5 * usual)
        assert Store().now.look.font_percent == 150
    finally:
        prefs.reset.click()
    assert themed.font().pixelSize() == usual


def test_a_damaged_file_is_said_and_not_written_over(themed, qtbot, monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("MAMMOSCOPE_SETTINGS", str(tmp_path))
    (tmp_path / "settings.toml").write_text("[look]\nfont = 3\n")
    window = MainWindow(theme.load())
    qtbot.addWidget(window)
    window.show()
    window.show_panel("settings")
    prefs = window.pages.page("settings")
    assert "unknown key 'look.font'" in prefs.verdict.text()
    prefs.fields["start", "remember"].click()
    assert prefs.verdict.text().startswith("Not kept for the next time: settings.toml: unknown key")
    assert window.memory.store.now.start.remember is False
    window.close()
    assert (tmp_path / "settings.toml").read_text() == "[look]\nfont = 3\n"


def test_pages_fit_the_window_with_the_largest_font(window) -> None:
    store = window.memory.store
    try:
        store.change("look", font_percent=200)
        for page in ("settings", "training"):
            window.show_panel(page)
            assert window.pages.page(page).minimumSizeHint().width() <= 1200
        window.dialogs.show_keys()
        assert window.dialogs.keys.width() <= window.width()
    finally:
        store.change("look", font_percent=100)


def test_one_sheet_is_up_at_a_time(window) -> None:
    window.actions_by_id["keys"].trigger()
    assert window.dialogs.keys.isVisible()
    window.actions_by_id["about"].trigger()
    assert window.dialogs.text.isVisible()
    assert not window.dialogs.keys.isVisible()
