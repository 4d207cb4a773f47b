"""The user guide inside the window: pages to choose, to search, with pictures."""

from typing import Any

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import (
    QDesktopServices,
    QImage,
    QKeyEvent,
    QResizeEvent,
    QTextBlockFormat,
    QTextCursor,
    QTextDocument,
)
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from app import resources
from app.language import tr
from app.ui.guide.text import finds, pages, with_actions
from app.ui.memory import Memory
from app.ui.theme import Theme

NAME = Qt.ItemDataRole.UserRole
LIST, TEXT = 250, 860  #: widths at 100 %


class Reader(QTextBrowser):
    """Shows one page; pictures are no wider than the text."""

    def __init__(self) -> None:
        super().__init__()
        self.setOpenLinks(False)
        self.setObjectName("guide")
        self.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.setSearchPaths([str(resources.folder("guide"))])
        self._text = ""

    def show_text(self, text: str) -> None:
        """Show a page from its beginning."""
        self._text = text
        self._set()

    def _set(self) -> None:
        """Lay the text out with room between lines and paragraphs, which Markdown has none of."""
        self.setMarkdown(self._text)
        cursor = QTextCursor(self.document())
        block = self.document().begin()
        while block.isValid():
            form = block.blockFormat()
            form.setBottomMargin(4 if block.textList() else 10)
            form.setTopMargin(10 if form.headingLevel() else 0)
            picture = "\N{OBJECT REPLACEMENT CHARACTER}" in block.text()
            if not picture:
                form.setLineHeight(128, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
            cursor.setPosition(block.position())
            cursor.setBlockFormat(form)
            block = block.next()

    def loadResource(self, kind: int, name: QUrl | str) -> Any:
        """Return a picture of the guide, made as wide as the text where it is wider."""
        if kind != QTextDocument.ResourceType.ImageResource.value:
            return super().loadResource(kind, name)
        place = name if isinstance(name, str) else name.path()
        image = QImage(str(resources.folder("guide") / place))
        room, ratio = self.viewport().width() - 24, self.devicePixelRatioF()
        if image.width() > room * ratio > 0:
            smooth = Qt.TransformationMode.SmoothTransformation
            image = image.scaledToWidth(round(room * ratio), smooth)
        image.setDevicePixelRatio(ratio)
        return image

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the pictures to the new width."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width() and self._text:
            place = self.verticalScrollBar().value()
            self._set()
            self.verticalScrollBar().setValue(place)


class GuidePage(QWidget):
    """Contents and search on the left, the page on the right."""

    def __init__(self, memory: Memory, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("bar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._memory = memory
        self._pages = pages()
        scale = theme.base / 12
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Find in the guide"))
        self.search.setAccessibleName(tr("Find in the guide"))
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Pages of the guide"))
        self.none = QLabel(tr("No page has these words"))
        self.none.setObjectName("dim")
        self.reader = Reader()
        self.reader.setAccessibleName(tr("Page of the guide"))
        self.reader.setMaximumWidth(round(TEXT * scale))
        left = QVBoxLayout()
        for widget in (self.search, self.none, self.list):
            widget.setFixedWidth(round(LIST * scale))
            left.addWidget(widget)
        row = QHBoxLayout(self)
        row.setContentsMargins(20, 20, 20, 12)
        row.setSpacing(24)
        row.addLayout(left)
        row.addWidget(self.reader, 1)
        row.addStretch()
        self.setFocusProxy(self.search)
        self.search.textChanged.connect(self._filter)
        self.search.returnPressed.connect(self._find_next)
        self.list.currentItemChanged.connect(lambda *_: self._show())
        self.reader.anchorClicked.connect(self._follow)
        memory.store.on_change(lambda _: self._show())
        self._filter("")

    def _filter(self, asked: str) -> None:
        """List the pages that hold what is typed."""
        at = self.current()
        self.list.blockSignals(True)
        self.list.clear()
        for page in self._pages.values():
            if finds(page, asked):
                item = QListWidgetItem(page.title)
                item.setData(NAME, page.name)
                self.list.addItem(item)
                if page.name == at:
                    self.list.setCurrentItem(item)
        if self.list.currentRow() < 0:
            self.list.setCurrentRow(0)
        self.list.blockSignals(False)
        self.none.setVisible(self.list.count() == 0)
        self._show()

    def current(self) -> str:
        """Return the name of the page in view."""
        item = self.list.currentItem()
        return str(item.data(NAME)) if item else ""

    def open(self, name: str) -> None:
        """Show a page."""
        self.search.clear()
        for row in range(self.list.count()):
            if self.list.item(row).data(NAME) == name:
                self.list.setCurrentRow(row)

    def _show(self) -> None:
        if name := self.current():
            self.reader.show_text(with_actions(self._pages[name].text, self._memory.table))
            self._find_next()

    def _find_next(self) -> None:
        """Mark the next place of the first word asked for."""
        if (words := self.search.text().split()) and not self.reader.find(words[0]):
            self.reader.moveCursor(self.reader.textCursor().MoveOperation.Start)
            self.reader.find(words[0])

    def _follow(self, link: QUrl) -> None:
        if link.isRelative() and link.path() in self._pages:
            self.open(link.path())
        else:
            QDesktopServices.openUrl(link)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move through the pages and the text without leaving the line one types in."""
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            by = 1 if event.key() == Qt.Key.Key_Down else -1
            row = self.list.currentRow() + by
            self.list.setCurrentRow(min(max(row, 0), self.list.count() - 1))
        elif event.key() in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            bar = self.reader.verticalScrollBar()
            by = 1 if event.key() == Qt.Key.Key_PageDown else -1
            bar.setValue(bar.value() + by * bar.pageStep() * 9 // 10)
        else:
            super().keyPressEvent(event)
