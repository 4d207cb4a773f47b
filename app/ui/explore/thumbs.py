"""Small grey pictures in lists and drawings."""

from collections.abc import Container
from typing import cast

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QImage, QKeyEvent, QPixmap
from PySide6.QtWidgets import QListView, QListWidget, QListWidgetItem, QWidget

from app.core.recipe import Recipe
from app.language import tr

RECIPE = Qt.ItemDataRole.UserRole
PICTURE = Qt.ItemDataRole.UserRole + 1


MOVES = frozenset(
    {Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Home}
)


def own_key(event: QEvent, keys: Container[Qt.Key] = MOVES) -> bool:
    """Keep a key from the window's shortcuts, for the widget that has the focus."""
    if event.type() != QEvent.Type.ShortcutOverride:
        return False
    pressed = cast("QKeyEvent", event)
    plain = not pressed.modifiers() & (
        Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
    )
    if not plain or Qt.Key(pressed.key()) not in keys:
        return False
    event.accept()
    return True


def image_of(grey: NDArray[np.uint8]) -> QImage:
    """Return an image, (rows, columns) of grey, that owns its memory."""
    grey = np.ascontiguousarray(grey)
    rows, columns = grey.shape
    return QImage(grey.data, columns, rows, columns, QImage.Format.Format_Grayscale8).copy()


def icon_of(image: QImage, size: QSize) -> QIcon:
    """Return a picture as an icon of a size, smaller or larger, that a selection does not tint."""
    mode, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    picture = QPixmap.fromImage(image.scaled(size, mode, smooth))
    icon = QIcon(picture)
    icon.addPixmap(picture, QIcon.Mode.Selected)
    return icon


def words(recipe: Recipe) -> str:
    """Return an exam in a word or two."""
    seed = recipe.point.seed
    if recipe.end is not None:
        return tr("seed {seed} to {end}", seed=seed, end=recipe.end.seed)
    changed = any(recipe.point.edits) or recipe.point.latent or recipe.typicality
    return tr("seed {seed}, moved", seed=seed) if changed else tr("seed {seed}", seed=seed)


def direction_words(name: str) -> str:
    """Return the name of a direction in the user's language, its number apart from its word."""
    word, _, number = name.rpartition(" ")
    return f"{tr(word)} {number}" if number.isdecimal() else tr(name)


class Exams(QListWidget):
    """Exams as pictures, moved through by arrow keys; each item holds its recipe."""

    removed = Signal()  #: Delete was pressed

    def __init__(self, size: QSize, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setObjectName("exams")
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setIconSize(size)
        self.setSpacing(4)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def event(self, event: QEvent) -> bool:
        """Keep keys that move and remove from the window's shortcuts."""
        return own_key(event, MOVES | {Qt.Key.Key_Delete}) or super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Tell of Delete, and move by the rest."""
        if event.key() == Qt.Key.Key_Delete:
            self.removed.emit()
        else:
            super().keyPressEvent(event)

    def add(self, recipe: Recipe, text: str) -> QListWidgetItem:
        """Add an exam whose picture comes later."""
        item = QListWidgetItem(text)
        item.setData(RECIPE, recipe)
        item.setTextAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom)
        blank = QImage(4, 5, QImage.Format.Format_Grayscale8)
        blank.fill(0)
        item.setIcon(icon_of(blank, self.iconSize()))
        self.addItem(item)
        return item

    def show_picture(self, found: tuple[int, Recipe, NDArray[np.uint8]]) -> None:
        """Show the picture of the exam in a row, if it is still that exam's row."""
        row, recipe, grey = found
        item = self.item(row)
        if item is not None and item.data(RECIPE) == recipe:
            image = image_of(grey)
            item.setData(PICTURE, image)
            item.setIcon(icon_of(image, self.iconSize()))

    def resize_pictures(self, size: QSize) -> None:
        """Show all pictures in another size."""
        self.setIconSize(size)
        for row in range(self.count()):
            if (image := self.item(row).data(PICTURE)) is not None:
                self.item(row).setIcon(icon_of(image, size))
