"""The hanging protocols to choose from, and what the one in use leaves out."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from app import resources
from app.ui.desk import Desk


class ProtocolPanel(QWidget):
    """One click hangs by a protocol; images without a place are listed with the reason."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        column = QVBoxLayout(self)
        title = QLabel("Hanging protocol")
        title.setObjectName("title")
        column.addWidget(title)
        self.protocols = QListWidget()
        self.protocols.setWordWrap(True)
        self.protocols.setAccessibleName("Hanging protocols")
        for protocol in resources.protocols().values():
            item = QListWidgetItem(protocol.title)
            item.setData(Qt.ItemDataRole.UserRole, protocol.id)
            self.protocols.addItem(item)
        column.addWidget(self.protocols, 2)
        self.left_title = QLabel("Not hung")
        self.left_title.setObjectName("title")
        self.left = QListWidget()
        self.left.setWordWrap(True)
        column.addWidget(self.left_title)
        column.addWidget(self.left, 1)
        self.protocols.itemClicked.connect(
            lambda item: desk.choose(item.data(Qt.ItemDataRole.UserRole))
        )
        desk.hung.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Mark the protocol in use and list what it leaves out."""
        used = self._desk.protocol().id
        for number in range(self.protocols.count()):
            item = self.protocols.item(number)
            item.setSelected(item.data(Qt.ItemDataRole.UserRole) == used)
        unhung = self._desk.hanging.unhung if self._desk.hanging else ()
        self.left.clear()
        for one in unhung:
            name = one.image.file.replace("\\", "/").rsplit("/", 1)[-1]
            self.left.addItem(f"{one.image.label}  {name}: {one.reason}")
        for widget in (self.left_title, self.left):
            widget.setVisible(bool(unhung))
