"""The runs one has opened or started, and those being trained now; checked ones are compared."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QColor, QIcon, QKeyEvent, QPixmap
from PySide6.QtWidgets import QListWidget, QListWidgetItem

from app import runs
from app.language import thousands, tr
from app.ui.theme import Theme
from app.ui.training.watch import Seen

FOLDER = Qt.ItemDataRole.UserRole
MOST = 3  #: runs compared with the one in view: as many as there are colours


class RunList(QListWidget):
    """One line of name, one of state; the box compares, Delete takes a run off the list."""

    picked = Signal(Path)
    compared = Signal()
    dropped = Signal(Path)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setAccessibleName(tr("Runs"))
        self.setWordWrap(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.currentItemChanged.connect(self._pick)
        self.itemChanged.connect(self._change)

    def show_runs(self, folders: Sequence[Path], current: Path | None) -> None:
        """List folders, keeping which are compared."""
        checked = set(self.checked())
        self.blockSignals(True)
        self.clear()
        for folder in folders:
            item = QListWidgetItem(folder.name)
            item.setData(FOLDER, folder)
            item.setToolTip(str(folder))
            if folder != current:  # a run is not compared with itself
                item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
                on = folder in checked
                item.setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)
            self.addItem(item)
            if folder == current:
                self.setCurrentItem(item)
        self.blockSignals(False)

    def checked(self) -> list[Path]:
        """Return the runs to compare with the one in view."""
        items = [self.item(n) for n in range(self.count())]
        on = [i for i in items if i.data(Qt.ItemDataRole.CheckStateRole) is not None]
        return [i.data(FOLDER) for i in on if i.checkState() is Qt.CheckState.Checked]

    def show_states(self, seen: Mapping[Path, Seen], colours: Mapping[Path, str]) -> None:
        """Write what becomes of each run, and the colour of its curves."""
        self.blockSignals(True)
        for number in range(self.count()):
            item = self.item(number)
            folder = item.data(FOLDER)
            if folder in seen:
                item.setText(f"{folder.name}\n{line_of(seen[folder])}")
            item.setIcon(_swatch(colours.get(folder), self._theme.panel))
        self.blockSignals(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take a run off the list, not off the disk."""
        item = self.currentItem()
        if event.key() == Qt.Key.Key_Delete and item is not None:
            self.dropped.emit(item.data(FOLDER))
        else:
            super().keyPressEvent(event)

    def _pick(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            folder = item.data(FOLDER)
            QTimer.singleShot(0, self, lambda: self.picked.emit(folder))  # it rebuilds the list

    def _change(self, item: QListWidgetItem) -> None:
        """Follow a box; the oldest comparison gives way when there are too many."""
        others = [folder for folder in self.checked() if folder != item.data(FOLDER)]
        if item.checkState() is Qt.CheckState.Checked and len(others) >= MOST:
            self.blockSignals(True)
            for number in range(self.count()):
                if self.item(number).data(FOLDER) == others[0]:
                    self.item(number).setCheckState(Qt.CheckState.Unchecked)
            self.blockSignals(False)
        self.compared.emit()


def line_of(seen: Seen) -> str:
    """Return a run's state in one short line."""
    run = seen.run
    if run.trouble:
        return tr("can't be read")
    training = seen.training
    paused = training is not None and training.paused
    state = runs.state_words(run, alive=training is not None, paused=paused)
    rung = run.rung()
    size = f"{rung.size}, {state}" if rung and run.ticks else state
    return f"{size}\n{tr('{count} images', count=thousands(run.shown))}" if run.ticks else size


def _swatch(colour: str | None, ground: str) -> QIcon:
    picture = QPixmap(10, 10)
    picture.fill(QColor(colour or ground))
    return QIcon(picture)
