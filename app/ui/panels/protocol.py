"""The hanging protocols to choose from by number or click, and the way to the editor."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app import protocols
from app.language import tr
from app.ui.desk import Desk
from app.ui.fields import Verdict


class ProtocolPanel(QWidget):
    """One click hangs by a protocol; the user's own are marked, wrong files are told of."""

    edit_asked = Signal(str)  #: id of a protocol, to be edited
    imported = Signal()  #: a protocol is to be read from a DICOM file
    exported = Signal(str)  #: id of a protocol to be written as a DICOM file

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        column = QVBoxLayout(self)
        title = QLabel(tr("Hanging protocol"))
        title.setObjectName("title")
        column.addWidget(title)
        self.protocols = QListWidget()
        self.protocols.setWordWrap(True)
        self.protocols.setAccessibleName(tr("Hanging protocols"))
        column.addWidget(self.protocols, 1)
        self.trouble, self.verdict = Verdict(), Verdict()
        column.addWidget(self.trouble)
        column.addWidget(self.verdict)
        self.edit = QPushButton(tr("Edit, make new..."))
        self.from_dicom, self.to_dicom = (
            QPushButton(tr("Import...")),
            QPushButton(tr("Export...")),
        )
        self.from_dicom.setToolTip(tr("Read a DICOM Hanging Protocol, or a protocol file (TOML)"))
        self.to_dicom.setToolTip(tr("Write the protocol in use as a DICOM Hanging Protocol"))
        column.addWidget(self.edit)
        row = QHBoxLayout()
        row.addWidget(self.from_dicom)
        row.addWidget(self.to_dicom)
        column.addLayout(row)
        self.edit.clicked.connect(lambda: self.edit_asked.emit(desk.protocol().id))
        self.from_dicom.clicked.connect(lambda: self.imported.emit())
        self.to_dicom.clicked.connect(lambda: self.exported.emit(desk.protocol().id))
        self.protocols.itemClicked.connect(
            lambda item: desk.choose(item.data(Qt.ItemDataRole.UserRole))
        )
        self._listed: list[str] = []
        desk.hung.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """List the protocols there are and mark the one in use."""
        known = self._desk.paging.protocols
        lines = [
            f"{number}   {tr(protocol.title)}" for number, protocol in enumerate(known.values(), 1)
        ]
        if lines != self._listed:
            self._listed = lines
            own, troubles = protocols.own()
            self.protocols.clear()
            for line, protocol in zip(lines, known.values(), strict=True):
                item = QListWidgetItem(f"{line}   ({tr('yours')})" if protocol.id in own else line)
                item.setData(Qt.ItemDataRole.UserRole, protocol.id)
                self.protocols.addItem(item)
            self.trouble.refuse("\n".join(troubles))
        used = self._desk.protocol().id
        for number in range(self.protocols.count()):
            item = self.protocols.item(number)
            item.setSelected(item.data(Qt.ItemDataRole.UserRole) == used)
