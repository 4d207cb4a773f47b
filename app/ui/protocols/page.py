"""The protocol editor: protocols on the left, a step in the middle, a cell on the right."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QPixmap, QShortcut
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QScrollArea,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from app import protocols, resources
from app.core import drafting
from app.core.drafting import Place
from app.core.hanging import HungCell, hang
from app.core.protocol import CellOptions, Protocol, Selector
from app.language import tr
from app.ui.desk import Desk
from app.ui.fields import Verdict
from app.ui.pictures import Pictures
from app.ui.protocols.board import Board
from app.ui.protocols.form import CellForm
from app.ui.protocols.steps import StepForm
from app.ui.strip import small
from app.ui.theme import Theme

LEFT, RIGHT = 236, 330


class ProtocolsPage(QWidget):
    """Edits a copy; what is not valid is said in a sentence and not saved."""

    saved = Signal(str)  #: id of a protocol that was written
    deleted = Signal()
    hang_asked = Signal(str)  #: id of a protocol to hang by

    def __init__(
        self, desk: Desk, pictures: Pictures, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("bar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._desk, self._pictures = desk, pictures
        self.draft = drafting.new_protocol("new", tr("New protocol"))
        self._saved: Protocol | None = None  #: the draft as it lies on the disk
        self._past: list[Protocol] = []
        self._future: list[Protocol] = []
        self.step, self.place = 0, (0, 0)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 14, 16, 14)
        row.setSpacing(16)
        row.addWidget(self._left())
        row.addWidget(self._middle(theme), 1)
        row.addWidget(self._right())
        for keys, run in (("Ctrl+Z", self.undo), ("Ctrl+Y", self.redo), ("Ctrl+S", self.save)):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(run)
        pictures.arrived.connect(lambda _: self._draw() if self.isVisible() else None)
        self.begin(desk.protocol().id)

    # Parts.

    def _left(self) -> QWidget:
        box = QWidget()
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        title = QLabel(tr("Hanging protocols"))
        title.setObjectName("title")
        column.addWidget(title)
        self.list = QListWidget()
        self.list.setWordWrap(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setAccessibleName(tr("Hanging protocols"))
        self.list.itemClicked.connect(lambda i: self.begin(i.data(Qt.ItemDataRole.UserRole)))
        self.list.setMinimumWidth(LEFT)
        column.addWidget(self.list, 1)
        self.buttons: dict[str, QPushButton] = {}
        for pair in (
            (("new", tr("New"), self.new), ("duplicate", tr("Duplicate"), self.duplicate)),
            (("delete", tr("Delete"), self.delete), ("hang", tr("Hang with it"), self._hang)),
        ):
            row = QHBoxLayout()
            for name, words, run in pair:
                row.addWidget(self._button(name, words, run))
            column.addLayout(row)
        return box

    def _button(self, name: str, words: str, run: Callable[[], object]) -> QPushButton:
        button = QPushButton(words)
        button.clicked.connect(lambda _=False: run())
        self.buttons[name] = button
        return button

    def _middle(self, theme: Theme) -> QWidget:
        box = QWidget()
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        top = QHBoxLayout()
        self.title = QLineEdit()
        self.title.setAccessibleName(tr("Title of the protocol"))
        self.title.setPlaceholderText(tr("Title"))
        self.title.textEdited.connect(self._retitle)
        self.number = QSpinBox()
        self.number.setRange(0, 99)
        self.number.setSpecialValueText(tr("last"))
        self.number.setAccessibleName(tr("Place in the list"))
        self.number.valueChanged.connect(
            lambda n: self._take(replace(self.draft, number=n), remember=False)
        )
        self.generate = QComboBox()
        for value, words in (
            ("none", tr("generated: the one in view")),
            ("seeds", tr("generated: next seeds")),
            ("sweep", tr("generated: a direction swept")),
        ):
            self.generate.addItem(words, value)
        self.generate.setAccessibleName(tr("What several generated exams are"))
        self.generate.currentIndexChanged.connect(
            lambda _: self._take(replace(self.draft, generate=self.generate.currentData()))
        )
        top.addWidget(self.title, 1)
        top.addWidget(QLabel(tr("Place in the list")))
        top.addWidget(self.number)
        top.addWidget(self.generate)
        column.addLayout(top)
        self.steps = StepForm()
        self.steps.picked.connect(self._pick_step)
        self.steps.changed.connect(self._take)
        column.addWidget(self.steps)
        self.board = Board(theme)
        self.board.picked.connect(self._pick)
        self.board.swapped.connect(self._swap)
        self.board.emptied.connect(self._empty)
        column.addWidget(self.board, 1)
        self.verdict = Verdict()
        column.addWidget(self.verdict)
        foot = QHBoxLayout()
        hint = QLabel(tr("Arrows walk, Shift+arrows and drags exchange cells, Del empties"))
        hint.setObjectName("dim")
        foot.addWidget(hint, 1)
        foot.addWidget(self._button("save", tr("Save"), self.save))
        column.addLayout(foot)
        return box

    def _right(self) -> QWidget:
        self.cell = CellForm()
        self.cell.changed.connect(self._assign)
        self.cell.spanned.connect(self._span)
        scroll = QScrollArea()
        scroll.setAccessibleName(tr("What the cell shows"))
        scroll.setWidget(self.cell)
        scroll.setWidgetResizable(True)
        scroll.setFixedWidth(RIGHT)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        return scroll

    # Which protocol.

    def begin(self, identity: str) -> None:
        """Edit a protocol; one of Mammoscope is edited as a copy once it is changed."""
        self._start(protocols.protocol(identity), on_disk=True)

    def new(self) -> None:
        """Begin a protocol of one's own."""
        title = tr("New protocol")
        self._start(drafting.new_protocol(protocols.free_id(title), title), on_disk=False)
        self.title.setFocus()
        self.title.selectAll()

    def duplicate(self) -> None:
        """Go on with a copy of what is shown."""
        self._start(protocols.copy_of(self.draft), on_disk=False)

    def delete(self) -> None:
        """Delete the protocol in view, if it is one's own."""
        try:
            protocols.delete(self.draft.id)
        except ValueError as error:
            self.verdict.refuse(str(error))
            return
        self.deleted.emit()
        self.begin(self._desk.protocol().id)

    def _start(self, protocol: Protocol, *, on_disk: bool) -> None:
        self.draft = protocol
        self._saved = protocol if on_disk else None
        self._past, self._future = [], []
        self.step, self.place = 0, (0, 0)
        self._show()

    @property
    def shipped(self) -> bool:
        """Whether what is shown comes with Mammoscope and can't be written over."""
        return self.draft.id in resources.protocols()

    # Changes.

    def _take(self, draft: Protocol, *, remember: bool = True) -> None:
        """Take a changed draft; a protocol of Mammoscope becomes a copy by that."""
        if draft == self.draft:
            return
        if self.shipped:
            copy = protocols.copy_of(draft)
            same_title = draft.title == self.draft.title
            draft = copy if same_title else replace(copy, title=draft.title)
            self._saved = None
        if remember:
            self._past.append(self.draft)
            self._future.clear()
        self.draft = draft
        self.step = min(self.step, len(draft.steps) - 1)
        self._show()

    def undo(self) -> None:
        """Take the last change back."""
        self._travel(self._past, self._future)

    def redo(self) -> None:
        """Make it again."""
        self._travel(self._future, self._past)

    def _travel(self, source: list[Protocol], target: list[Protocol]) -> None:
        if source:
            target.append(self.draft)
            self.draft = source.pop()
            self.step = min(self.step, len(self.draft.steps) - 1)
            self._show()

    def _retitle(self, title: str) -> None:
        self._take(replace(self.draft, title=title))

    def _pick_step(self, number: int) -> None:
        self.step, self.place = number, (0, 0)
        self._show()

    def _pick(self, place: Place) -> None:
        self.place = place
        self._show()

    def _swap(self, one: Place, other: Place) -> None:
        draft = drafting.swapped(self.draft, self.step, one, other)
        self.place = other
        self._take(draft)

    def _empty(self, place: Place) -> None:
        if len(self.draft.steps[self.step].cells) < 2:
            self.verdict.refuse(tr("A step needs at least one cell"))
            return
        self._take(drafting.emptied(self.draft, self.step, place))

    def _assign(self, selector: Selector, options: CellOptions) -> None:
        self._take(drafting.assigned(self.draft, self.step, self.place, selector, options))

    def _span(self, rows: int, columns: int) -> None:
        step = self.draft.steps[self.step]
        if (cell := drafting.cell_at(step, self.place)) is not None:
            step = drafting.spanned(step, cell, rows, columns)
            self._take(drafting.with_step(self.draft, self.step, step))

    def save(self) -> None:
        """Write the protocol into the user's folder, under an id made of its title."""
        if not self._judge():
            return
        draft, old = self.draft, self._saved
        if old is None or old.title != draft.title:
            keep = "" if old is None else old.id
            draft = replace(draft, id=protocols.free_id(draft.title, keep))
        try:
            path = protocols.save(draft)
            if old is not None and old.id != draft.id and old.id not in resources.protocols():
                protocols.delete(old.id)  # renamed
        except ValueError as error:
            self.verdict.refuse(str(error))
            return
        self.draft = self._saved = draft
        self.saved.emit(draft.id)
        self._show()
        self.verdict.tell(tr("Saved: {file}", file=path.name))

    def _hang(self) -> None:
        if self._saved != self.draft:
            self.save()
        if self._saved == self.draft:
            self.hang_asked.emit(self.draft.id)

    # Showing.

    def _judge(self) -> bool:
        """Say what is wrong with the draft, if anything; return whether it can be saved."""
        try:
            protocols.check(self.draft)
        except ValueError as error:
            self.verdict.refuse(str(error))
            return False
        self.verdict.tell(self._words())
        return True

    def _words(self) -> str:
        if self.shipped:
            return tr("Comes with Mammoscope: the first change makes a copy of your own")
        return "" if self._saved == self.draft else tr("Not saved yet")

    def _show(self) -> None:
        draft = self.draft
        self.list.clear()
        own = protocols.own()[0]
        for identity, one in protocols.every().items():
            mark = tr("(yours)") if identity in own else ""
            item = QListWidgetItem(f"{tr(one.title)} {mark}".strip())
            item.setData(Qt.ItemDataRole.UserRole, identity)
            self.list.addItem(item)
            item.setSelected(identity == draft.id)
        if self.title.text() != draft.title:
            self.title.setText(draft.title)
        for box, put in (
            (self.number, partial(self.number.setValue, draft.number)),
            (
                self.generate,
                partial(self.generate.setCurrentIndex, self.generate.findData(draft.generate)),
            ),
        ):
            box.blockSignals(True)
            put()
            box.blockSignals(False)
        self.generate.setVisible(any(s.source == "synthetic" for s in draft.selectors.values()))
        self.buttons["delete"].setEnabled(draft.id in own)
        self.buttons["save"].setEnabled(self._saved != draft)
        self.steps.show_steps(draft, self.step)
        self._draw()
        self._judge()

    def _draw(self) -> None:
        """Draw the step with what the open exam puts into it."""
        step = self.draft.steps[self.step]
        self.place = (min(self.place[0], step.rows - 1), min(self.place[1], step.columns - 1))
        cell = drafting.cell_at(step, self.place)
        self.cell.show_cell(self.draft.selectors[cell.name] if cell else None, cell)
        hung = self._preview()
        pictures: dict[str, QPixmap] = {}
        for name, one in hung.items():
            picture = self._pictures.get(one.image.file) if one.image is not None else None
            if picture is not None:
                pictures[name] = small(picture, 320)
        self.board.show_step(self.draft, step, self.place, hung, pictures)

    def _preview(self) -> dict[str, HungCell]:
        """Return what the exam in view would hang in the step, by cell name."""
        exams = self._desk.paging.now()
        if not exams:
            return {}
        step = replace(self.draft.steps[self.step], when_missing="leave_empty")
        found = hang(exams, replace(self.draft, steps=(step,)))
        return {h.cell.name: h for h in found.steps[0].cells} if found.steps else {}
