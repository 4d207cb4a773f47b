"""The design page: the form at the left; at the right its power, the audit, and the seal."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.core.release import release
from app.language import tr
from app.reading.audit import Audit
from app.reading.design import Design, parse_design
from app.reading.seal import PACKAGES, Sealed, Stimulus, seal
from app.reading.truth import SHORTEST
from app.readings import plan as plans
from app.ui.jobs import Job, Jobs
from app.ui.readings.fields import Value
from app.ui.readings.form import Form

NAME = "design"
#: Put in the place of what is not written yet, so that a draft can be judged.
MISSING: dict[tuple[str, str], Value] = {
    ("real", "source"): ["(real exams)"],
    ("analysis", "rationale"): "a reason to be written",
    ("", "title"): "(title)",
    ("", "question"): "(question)",
}
Drawn = tuple[Audit, list[Stimulus]]


class Wizard(QWidget):
    """Design, audit and seal a reading without leaving the window."""

    sealed = Signal(Path)  #: folder of the new reading

    def __init__(self, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self.base = Path.home()  #: relative paths of the design start here
        self.form = Form()
        self.words = QPlainTextEdit()
        self.words.setReadOnly(True)
        self.words.setAccessibleName(tr("What the design amounts to"))
        self.trouble = QLabel()
        self.trouble.setObjectName("error")
        self.trouble.setWordWrap(True)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.waivers = QLineEdit()
        self.waivers.setPlaceholderText(tr("channel=reason in words; another=..."))
        self.passphrase, self.again = QLineEdit(), QLineEdit()
        for field in (self.passphrase, self.again):
            field.setEchoMode(QLineEdit.EchoMode.Password)
        self.buttons = {
            name: QPushButton(words)
            for name, words in (
                ("open", tr("Open design...")),
                ("save", tr("Save design...")),
                ("audit", tr("Audit for leaks")),
                ("seal", tr("Seal...")),
                ("stop", tr("Stop")),
            )
        }
        self._build()
        self._connect()
        self.judge()

    def _build(self) -> None:
        right = QVBoxLayout()
        right.setContentsMargins(12, 16, 16, 16)
        right.setSpacing(8)
        right.addWidget(self.words, 1)
        right.addWidget(self.trouble)
        right.addWidget(self.progress)
        for words, field in (
            (tr("Waive a leak, in writing (printed in the report)"), self.waivers),
            (tr("Passphrase of the key"), self.passphrase),
            (tr("The passphrase again"), self.again),
        ):
            right.addWidget(QLabel(words))
            field.setAccessibleName(words)
            right.addWidget(field)
        upper, lower = QHBoxLayout(), QHBoxLayout()
        for name, button in self.buttons.items():
            (upper if name in ("open", "save") else lower).addWidget(button)
        upper.addStretch()
        lower.addStretch()
        self.buttons["seal"].setObjectName("main")
        right.addLayout(upper)
        right.addLayout(lower)
        side = QWidget()
        side.setLayout(right)
        side.setMinimumWidth(460)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self.form, 1)
        whole.addWidget(side, 1)
        self._idle(True)

    def _connect(self) -> None:
        actions: dict[str, Callable[[], object]] = {
            "open": self._open,
            "save": self._save,
            "audit": self.audit,
            "seal": self._ask_seal,
            "stop": lambda: self._jobs.cancel(NAME),
        }
        for name, action in actions.items():
            self.buttons[name].clicked.connect(lambda _=False, run=action: run())
        self.form.changed.connect(self.judge)
        self._jobs.progressed.connect(self._show_progress)
        self._jobs.changed.connect(lambda key, on: self._idle(not on) if key == NAME else None)

    def _idle(self, idle: bool) -> None:
        for name, button in self.buttons.items():
            button.setEnabled(idle != (name == "stop"))
        self.progress.setValue(0)

    def _show_progress(self, key: str, done: int, total: int) -> None:
        if key == NAME:
            self.progress.setMaximum(total)
            self.progress.setValue(done)

    def judge(self) -> Design | None:
        """Say what the design amounts to, or what is wrong with it; return it when it is right."""
        try:
            design = parse_design(self.form.text(), "design")
        except ValueError as error:
            self._say(str(error))
            with suppress(ValueError):  # the calculator works before everything is filled in
                draft = parse_design(self.form.text(MISSING), "design")
                self._tell(plans.summary(draft))
            return None
        self._tell(plans.summary(design))
        self._say("")
        return design

    def _tell(self, paragraphs: list[str]) -> None:
        """Show paragraphs in the font of the window, and keep the place in them."""
        place = self.words.verticalScrollBar().value()
        self.words.setFont(self.font())
        self.words.setPlainText("\n\n".join(paragraphs))
        self.words.verticalScrollBar().setValue(place)

    def _say(self, words: str) -> None:
        self.trouble.setText(words)
        self.trouble.setVisible(bool(words))

    # What the buttons do.

    def _open(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, tr("Open a design"), "", tr("Designs (*.toml)"))
        if path:
            self.load(Path(path))

    def load(self, path: Path) -> None:
        """Take a design file over."""
        try:
            plans.load(path)
            self.form.load(path.read_text(encoding="utf-8"))
        except (ValueError, OSError) as error:
            self._say(str(error))
            return
        self.base = path.parent

    def _save(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self, tr("Save the design"), "design.toml", "*.toml")
        if path:
            Path(path).write_text(self.form.text(), encoding="utf-8")

    def _waived(self) -> dict[str, str]:
        pairs = [part.partition("=") for part in self.waivers.text().split(";") if part.strip()]
        for channel, _, reason in pairs:
            if len(reason.split()) < 3:
                raise ValueError(
                    tr("waiver of '{channel}': give the reason in words", channel=channel.strip())
                )
        return {channel.strip(): reason.strip() for channel, _, reason in pairs}

    def audit(self) -> None:
        """Draw the cases and look for leaks, on a thread."""
        self._draw(lambda design, drawn: None)

    def _ask_seal(self) -> None:
        if len(self.passphrase.text()) < SHORTEST or self.passphrase.text() != self.again.text():
            self._say(
                tr("The passphrase needs {count} letters or more, twice the same.", count=SHORTEST)
            )
            return
        if self.judge() is None:
            return
        out, _ = QFileDialog.getSaveFileName(self, tr("Folder of the reading"))
        key, _ = QFileDialog.getSaveFileName(self, tr("Key file, elsewhere"), "reading.key")
        if out and key:
            self.seal(Path(out), Path(key))

    def seal(self, out: Path, key: Path) -> None:
        """Draw, audit and seal, on a thread."""
        passphrase = self.passphrase.text()

        def write(design: Design, drawn: Drawn) -> Sealed:
            report, stimuli = drawn
            return seal(
                design,
                stimuli,
                report,
                out=out,
                key_file=key,
                passphrase=passphrase,
                version=release(),
            )

        self._draw(write)

    def _draw(self, then: Callable[[Design, Drawn], Sealed | None]) -> None:
        design = self.judge()
        if design is None:
            return
        try:
            waived = self._waived()
        except ValueError as error:
            self._say(str(error))
            return
        base = self.base

        def work(job: Job) -> tuple[Audit, Sealed | None, str]:
            def told(done: int, total: int) -> None:
                if job.cancelled():
                    raise ValueError(tr("Stopped"))
                job.progress(done, total)

            drawn = plans.drawn(design, base, waived, told)
            try:
                return drawn[0], then(design, drawn), ""
            except ValueError as error:  # the audit is shown all the same: it says why
                return drawn[0], None, str(error)

        self._jobs.run(NAME, work, self._done, failed=self._say, lane="synth")

    def _done(self, result: Any) -> None:
        report, made, refusal = result
        lines = plans.audit_lines(report)
        if made is not None:
            self.passphrase.clear()
            self.again.clear()
            lines += ["", tr("sealed; protocol {hash}", hash=made.protocol_hash)]
            lines += [tr("register this hash elsewhere")]
            lines += [
                tr(
                    "{reader}: give {package} and, apart from it, the code {code}",
                    reader=reader,
                    package=f"{made.folder.name}/{PACKAGES}/{reader}",
                    code=code,
                )
                for reader, code in made.codes.items()
            ]
            self.sealed.emit(made.folder)
        font = self.words.font()
        font.setFamily("monospace")
        font.setStyleHint(font.StyleHint.Monospace)
        self.words.setFont(font)
        self.words.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
        self.words.setPlainText("\n".join(lines))
        self.words.setFocus(Qt.FocusReason.OtherFocusReason)
        self._say(refusal)
