"""The one Qt application, themed; shared by the main window and the reading window."""

import sys

from PySide6.QtCore import QCoreApplication, QMessageLogContext, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

from app import settings
from app.ui import locale, theme


def _message(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    """Pass on what Qt says, less one line that means nothing without a display."""
    if "propagateSizeHints" not in text:
        print(text, file=sys.stderr)


def application() -> QApplication:
    """Return the one Qt application, themed before any window is made."""
    running = QCoreApplication.instance()
    app = running if isinstance(running, QApplication) else QApplication(sys.argv[:1])
    qInstallMessageHandler(_message)
    app.setApplicationName("Mammoscope")
    theme.apply(app, theme.load())
    locale.speak(app, settings.load()[0].look.language)
    return app
