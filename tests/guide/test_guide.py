"""The guide names only what exists, is found by its words, and shows the keys in use."""

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QImage, QTextDocument
from PySide6.QtTest import QTest

from app import resources
from app.ui import theme
from app.ui.guide.page import GuidePage
from app.ui.guide.text import pages, with_actions
from app.ui.keymap import actions_of
from app.ui.window import MainWindow

GUIDE = resources.folder("guide")
PAGES = pages()


@pytest.fixture
def window(qapp, qtbot, monkeypatch, tmp_path):
    monkeypatch.setenv("MAMMOSCOPE_DATA", str(tmp_path / "data"))
    window = MainWindow(theme.load())
    qtbot.addWidget(window)
    window.resize(1200, 800)
    window.show()
    qtbot.waitExposed(window)
    yield window
    window.close()


@pytest.mark.parametrize("name", PAGES)
def test_pictures_and_links_lead_somewhere(name) -> None:
    page = PAGES[name]
    for picture in page.pictures():
        assert not QImage(str(GUIDE / picture)).isNull(), picture
    for link in page.links():
        assert link in PAGES, link


def test_every_picture_is_shown_and_every_page_is_linked_by_its_list() -> None:
    shown = {picture for page in PAGES.values() for picture in page.pictures()}
    assert {path.name for path in GUIDE.glob("*.png")} == shown
    capabilities = ("opening", "hanging", "windowing", "annotations", "generated", "training",
                    "readings", "archives", "display", "keyboard")  # fmt: skip
    for word in capabilities:
        assert any(word in name for name in PAGES), word


def test_every_action_named_exists(window) -> None:
    known = {action.id for action in actions_of(window)}
    for page in PAGES.values():
        assert set(page.actions()) <= known, page.name


def test_actions_are_shown_with_the_keys_in_use(window) -> None:
    window.memory.store.put({**window.memory.store.now.model_dump(), "keys": {"invert": ["F7"]}})
    words = with_actions("[[invert]] and [[demo]]", window.memory.table)
    assert words == "**Window \u203a Negative** (`F7`) and **File \u203a Open the demo exams**"


def test_the_guide_opens_in_help_and_is_searched(window, qtbot) -> None:
    window.actions_by_id["guide"].trigger()
    page = window.pages.page("guide")
    assert window.pages.current == "guide"
    assert isinstance(page, GuidePage)
    assert page.list.count() == len(PAGES)
    assert "Drop files" in page.reader.toPlainText()
    QTest.keyClicks(page.search, "luminance meter")
    assert page.current() == "09-display-quality.md"
    assert page.reader.textCursor().selectedText().casefold() == "luminance"
    page.search.clear()
    QTest.keyClicks(page.search, "zzzz")
    assert page.list.count() == 0
    assert page.none.isVisible()
    page.search.clear()
    page.open("01-opening.md")
    page.reader.anchorClicked.emit(QUrl("02-hanging.md"))
    assert page.current() == "02-hanging.md"
    kind = QTextDocument.ResourceType.ImageResource.value
    image = page.reader.loadResource(kind, QUrl("screenshot.png"))
    assert 0 < image.width() <= page.reader.viewport().width()


def test_the_tour_points_at_real_things_is_left_and_comes_again(window, qtbot) -> None:
    assert not window.memory.session.toured
    window.actions_by_id["first-steps"].trigger()
    tour = window.dialogs.tour
    seen = []
    while tour.isVisible():
        seen.append(tour.title.text())
        assert window.rect().contains(tour.card.geometry())
        target = tour.target()
        assert window.rect().contains(target.center())
        assert not target.contains(tour.card.geometry())
        qtbot.keyClick(tour, Qt.Key.Key_Return)
    assert len(seen) == len(set(seen)) == 5
    assert window.memory.session.toured
    window.dialogs.show_tour()
    assert tour.number == 0
    tour.next.click()
    tour.back.click()
    assert tour.number == 0
    qtbot.keyClick(tour, Qt.Key.Key_Escape)
    assert not tour.isVisible()
