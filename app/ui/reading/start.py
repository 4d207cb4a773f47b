"""The entry of the reading mode: a process of its own, in which nothing else can be reached."""

from PySide6.QtCore import QSize

from app.core.release import release
from app.reading.package import Package
from app.ui import theme
from app.ui.reading.conductor import Conductor
from app.ui.reading.window import ReadingWindow
from app.ui.shell import application

SIZE = QSize(1280, 900)


def run(package: Package, *, windowed: bool, code: str = "") -> int:
    """Show the reading window until it is closed; return the exit status.

    With a code it is the two-minute test: nothing is asked first.
    """
    app = application()
    window = ReadingWindow(Conductor(package, release()), theme.load(), code)
    if windowed:
        window.resize(SIZE)
        window.show()
    else:
        window.setGeometry(window.screen().geometry())  # where no window manager makes it so
        window.showFullScreen()
    return app.exec()
