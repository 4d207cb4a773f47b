"""Small grey pictures in lists and drawings."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon, QImage, QPixmap
from PySide6.QtWidgets import QListView, QListWidget, QListWidgetItem, QWidget

from app.core.recipe import Recipe

RECIPE = Qt.ItemDataRole.UserRole
PICTURE = Qt.ItemDataRole.UserRole + 1


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
    text = f"seed {recipe.point.seed}"
    if recipe.end is not None:
        return f"{text} to {recipe.end.seed}"
    changed = any(recipe.point.edits) or recipe.point.latent or recipe.typicality
    return f"{text}, moved" if changed else text


class Exams(QListWidget):
    """Exams as pictures, moved through by arrow keys; each item holds its recipe."""

    def __init__(self, size: QSize, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setObjectName("exams")
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setIconSize(size)
        self.setSpacing(4)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

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
