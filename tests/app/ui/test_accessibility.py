"""Everything that takes the keyboard or a click has a name, and Tab reaches it."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QComboBox, QLabel, QTabBar, QWidget

PAGES = ("settings", "display", "training", "readings", "protocols", "archive", "batch", "guide")
SIDES = ("", "exams", "protocol", "latent", "measurements")


def name_of(widget: QWidget) -> str:
    """What a screen reader would say a widget is."""
    if widget.accessibleName():
        return widget.accessibleName()
    if isinstance(widget, QAbstractButton) and any(letter.isalnum() for letter in widget.text()):
        return widget.text()
    if isinstance(widget, QLabel):  # text that can be selected, if there is any now
        return widget.text() or "nothing"
    labels = widget.window().findChildren(QLabel)
    return next((label.text() for label in labels if label.buddy() is widget), "")


def asked(widget: QWidget) -> bool:
    """Whether a widget, in view, is one that is pressed, filled in or gone to."""
    inner = widget.objectName().startswith("qt_")
    part = isinstance(widget.parent(), QAbstractSpinBox | QComboBox | QTabBar)
    proxied = widget.focusProxy() is not None
    takes = widget.focusPolicy() != Qt.FocusPolicy.NoFocus or isinstance(widget, QAbstractButton)
    return widget.isVisible() and takes and not inner and not part and not proxied


def nameless(top: QWidget) -> list[tuple[str, str]]:
    """The widgets without a name, each with what it stands in."""
    found = [w for w in [top, *top.findChildren(QWidget)] if asked(w) and not name_of(w)]
    return [(type(w).__name__, type(w.parent()).__name__) for w in found]


@pytest.mark.parametrize("panel", [*SIDES, *PAGES])
def test_everything_of_a_page_or_panel_has_a_name(window, fake, panel) -> None:
    window.show_panel(panel)
    assert nameless(window) == []


def test_everything_of_forms_sheets_and_dialogs_has_a_name(window, fake) -> None:
    window.train()
    assert nameless(window) == []
    window.show_panel("readings")
    window.pages.page("readings").design()
    assert nameless(window) == []
    window.show_panel("archive")
    window.pages.page("archive").new.click()
    assert nameless(window) == []
    window.show_panel("")
    for show in (window.dialogs.show_keys, window.dialogs.show_palette, window.capture.ask):
        show()
        assert nameless(window) == []
    window.dialogs.export_copies()
    dialogs = window.dialogs
    for show in (dialogs.export_generated, dialogs.project_real, dialogs.show_nearest):
        show()
    for dialog in dialogs.made.values():
        assert nameless(dialog) == []


@pytest.mark.parametrize("panel", ["settings", "training", "readings", "archive", "protocols"])
def test_tab_goes_round_a_page_and_leaves_nothing_out(window, panel) -> None:
    if panel == "training":
        window.train()
    else:
        window.show_panel(panel)
    page = window.pages.page(panel)
    if panel == "readings":
        page.design()
    reached = set()
    widget = page
    for _ in range(2000):
        widget = widget.nextInFocusChain()
        if widget is page:
            break
        if page.isAncestorOf(widget) and widget.isVisible() and widget.isEnabled():
            reached.add(widget)
    waiting = {
        w
        for w in page.findChildren(QWidget)
        if asked(w) and w.isEnabled() and w.focusPolicy() & Qt.FocusPolicy.TabFocus
    }
    assert waiting
    assert {name_of(w) for w in waiting - reached} == set()


def test_the_active_image_is_told(window, qtbot, exam_folder) -> None:
    window.opening.open([str(exam_folder("a"))])
    qtbot.waitUntil(lambda: bool(window.desk.opened) and window.settled(), timeout=60_000)
    assert window.grid.accessibleName() == "Images"
    window.grid.activate(window.grid.panes[1])
    assert window.grid.accessibleDescription() == window.grid.panes[1].facts.label
