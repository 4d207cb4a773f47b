import gc
import sys
import threading

import pytest
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QPainter, QShortcut
from PySide6.QtWidgets import QPushButton, QWidget

from app.ui import faults
from app.ui.faults import Faults
from app.ui.jobs import Jobs

NAME = "DOE^JANE"


@pytest.fixture
def caught(themed, tmp_path, monkeypatch):
    monkeypatch.setenv(faults.FOLDER_VARIABLE, str(tmp_path / "logs"))
    found = Faults()
    found.install()
    yield found
    found.remove()


@pytest.fixture
def log(tmp_path):
    return lambda: (tmp_path / "logs" / "faults.log").read_text()


def fail(*_) -> None:
    raise RuntimeError(f"no image of {NAME}")


class Emitter(QObject):
    fired = Signal()


class Painted(QWidget):
    def paintEvent(self, event) -> None:
        painter = QPainter(self)
        painter.end()
        fail()


class Shown(QWidget):
    def showEvent(self, event) -> None:
        fail()


def by_slot(qtbot) -> None:
    emitter = Emitter()
    emitter.fired.connect(fail)
    emitter.fired.emit()


def by_button(qtbot) -> None:
    button = QPushButton()
    qtbot.addWidget(button)
    button.clicked.connect(fail)
    button.click()


def by_shortcut(qtbot) -> None:
    widget = QWidget()
    qtbot.addWidget(widget)
    QShortcut("F5", widget).activated.connect(fail)
    widget.findChild(QShortcut).activated.emit()


def by_virtual(qtbot) -> None:
    widget = Shown()
    qtbot.addWidget(widget)
    QTimer.singleShot(0, widget.show)  # called from Python, it would reach the caller


def by_painting(qtbot) -> None:
    widget = Painted()
    qtbot.addWidget(widget)
    widget.show()
    qtbot.wait(50)
    widget.hide()


def by_timer(qtbot) -> None:
    QTimer.singleShot(0, fail)


def by_thread(qtbot) -> None:
    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()


def by_job(qtbot) -> None:
    jobs = Jobs()
    jobs.broke.connect(lambda error: sys.excepthook(type(error), error, error.__traceback__))
    with qtbot.waitSignal(jobs.failed):
        jobs.run("some", fail, print)
    jobs.close()


def by_deletion(qtbot) -> None:
    class Gone:
        def __del__(self) -> None:
            fail()

    Gone()
    gc.collect()


WAYS = [
    by_slot,
    by_button,
    by_shortcut,
    by_virtual,
    by_painting,
    by_timer,
    by_thread,
    by_job,
    by_deletion,
]


@pytest.mark.parametrize("way", WAYS, ids=lambda w: w.__name__)
def test_every_way_to_fail_ends_in_one_sentence_and_one_line(caught, log, qtbot, way) -> None:
    said = []
    caught.happened.connect(said.append)
    with qtbot.captureExceptions():
        # pytest-qt puts its own hook in place; ours is what is under test
        sys.excepthook = caught._take
        way(qtbot)
        qtbot.waitUntil(lambda: said != [], timeout=3000)
    assert said == [faults.SENTENCE]
    assert "RuntimeError at" in log()
    assert NAME not in log()


def test_the_line_tells_our_own_places_and_nothing_else(caught, log) -> None:
    from app import runs

    try:
        runs.duration(NAME)
    except TypeError as error:
        caught.take(type(error), error.__traceback__)
    (line,) = [words for words in log().splitlines() if "TypeError" in words]
    assert "TypeError at app/runs.py:" in line
    assert line.endswith(" duration")
    assert NAME not in line


def test_a_fault_that_repeats_is_written_once(caught, log) -> None:
    for _ in range(100):
        try:
            fail()
        except RuntimeError as error:
            caught.take(type(error), error.__traceback__)
    assert caught.count == 100
    assert log().count("RuntimeError") == 1


def test_without_a_place_for_the_log_the_sentence_must_do(themed, tmp_path, monkeypatch, qtbot):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(faults.FOLDER_VARIABLE, str(tmp_path / "file" / "logs"))
    found = Faults()
    found.install()
    try:
        with qtbot.waitSignal(found.happened):
            found.take(RuntimeError, None)
    finally:
        found.remove()
