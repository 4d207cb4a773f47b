"""A package of drawn discs, opened in the reading window."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from app.reading.package import open_package
from app.reading.session import Phase
from app.ui import theme
from app.ui.reading import window as module
from app.ui.reading.conductor import Conductor
from app.ui.reading.window import ReadingWindow


class Desk:
    """The window with hands on its keyboard."""

    def __init__(self, qtbot, package: Path, code: str) -> None:
        self.qtbot, self.package, self.code = qtbot, package, code
        self.conductor = Conductor(open_package(package), "test")
        self.window = ReadingWindow(self.conductor, theme.load())
        self.window.resize(640, 480)
        self.window.show()

    @property
    def phase(self) -> Phase:
        return self.conductor.phase

    def key(self, *keys) -> None:
        for key in keys:
            self.qtbot.keyClick(self.window, key)

    def unlock(self) -> None:
        self.qtbot.keyClicks(self.window.code_page.field, self.code)
        self.qtbot.keyClick(self.window.code_page.field, Qt.Key.Key_Return)

    def begin(self) -> None:
        self.unlock()
        self.qtbot.keyClick(self.window.environment, Qt.Key.Key_Return)
        self.key(Qt.Key.Key_Return)

    def until(self, phase: Phase) -> None:
        self.qtbot.waitUntil(lambda: self.phase is phase, timeout=5000)

    def answer(self, key=Qt.Key.Key_4) -> None:
        """Answer the trial that comes; leave feedback and breaks behind."""
        self.until(Phase.SHOWN)
        self.key(key, Qt.Key.Key_Return)
        while self.phase in (Phase.FEEDBACK, Phase.BREAK):
            self.key(Qt.Key.Key_Return)

    def kinds(self) -> list[str]:
        return [record.type for record in self.conductor.store.records]


@pytest.fixture
def desk(qtbot, reading, monkeypatch) -> Iterator[Callable[..., Desk]]:
    """Open the window of a reader; keys are heard at once."""
    monkeypatch.setattr(module, "DEAF_S", 0.0)
    made: list[Desk] = []

    def sit(package: Path | None = None, code: str = "") -> Desk:
        found = Desk(qtbot, package or reading.package("ann"), code or reading.codes["ann"])
        made.append(found)
        return found

    yield sit
    for each in made:
        each.window.close()
        each.window.deleteLater()
