"""The reading window: a stimulus on black, one line below, pages between, all by keyboard."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QDateTime, QEvent, QLocale, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from app import language
from app.language import tr
from app.reading.design import REASONS
from app.reading.session import Phase
from app.ui.quality.facts import facts
from app.ui.reading.answering import Pad, side_words
from app.ui.reading.canvas import Canvas
from app.ui.reading.conductor import Conductor
from app.ui.reading.keys import trial_key
from app.ui.reading.line import AnswerLine
from app.ui.reading.loader import Loader
from app.ui.reading.pages import CodePage, EndPage, EnvironmentPage, Page
from app.ui.reading.words import GAME_OVER, end_words, instructions, question_of
from app.ui.theme import Theme

DEAF_S = 0.15  #: after the stimulus appears: a key so early was meant for what was there before
WATCH_MS = 1000  #: how often to look whether the machine has slept
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class ReadingWindow(QWidget):
    """Shows what the conductor says; passes keys on."""

    def __init__(self, conductor: Conductor, theme: Theme, code: str = "") -> None:
        """Build the window; with a code it is a game: nothing is asked, and no code given."""
        super().__init__()
        self.game = bool(code)
        self.conductor = conductor
        self.design = conductor.package.protocol["design"]
        self.setObjectName("surround")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setWindowTitle("Mammoscope")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.loader = Loader(conductor, self)
        self.broken = False
        self.pad = Pad(conductor.task)
        self.zoomed = 0
        self.trouble = ""
        self._blank_over = False
        self._build(theme)
        conductor.moved.connect(self._show_phase)
        conductor.trouble.connect(self._show_trouble)
        self._show_phase()
        if self.game:
            conductor.unlock(code)
            self._declare({})

    def _build(self, theme: Theme) -> None:
        """Build pages and timers."""
        self.canvas, self.line = Canvas(theme), AnswerLine(theme)
        self.page, self.end_page = Page(theme), EndPage(theme)
        self.code_page = CodePage(theme, self.conductor.package.reader)
        self.environment = EnvironmentPage(theme)
        trial = QWidget()
        column = QVBoxLayout(trial)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.canvas, 1)
        column.addWidget(self.line)
        self.trial_page = trial
        self.stack = QStackedWidget()
        for page in (trial, self.page, self.code_page, self.environment, self.end_page):
            self.stack.addWidget(page)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.stack)
        self.blank, self.exposure = QTimer(self), QTimer(self)
        for timer in (self.blank, self.exposure):
            timer.setSingleShot(True)
            timer.setTimerType(Qt.TimerType.PreciseTimer)
        self.watch = QTimer(self)
        self.watch.setInterval(WATCH_MS)
        self.watch.timeout.connect(self._look)
        self.watch.start()
        self.blank.timeout.connect(self._end_blank)
        self.exposure.timeout.connect(self.conductor.exposed)
        self.loader.arrived.connect(self._present)
        self.canvas.painted.connect(self._painted)
        self.canvas.placed.connect(self.say_line)
        self.code_page.entered.connect(self._unlock)
        self.environment.declared.connect(self._declare)

    # What is shown.

    def _show_phase(self) -> None:
        self.trouble = ""
        shows: dict[Phase, Callable[[], None]] = {
            Phase.CODE: partial(self._turn_to, self.code_page),
            Phase.LOCKED: self._show_locked,
            Phase.ENVIRONMENT: partial(self._turn_to, self.environment),
            Phase.INSTRUCTIONS: self._show_instructions,
            Phase.BLANK: self._show_blank,
            Phase.SHOWN: self.say_line,
            Phase.HIDDEN: self.canvas.clear,
            Phase.FEEDBACK: self._show_feedback,
            Phase.BREAK: partial(
                self._say, tr("A break"), tr("Rest your eyes for as long as you like.")
            ),
            Phase.PAUSED: partial(
                self._say, tr("Paused"), tr("The same mammogram is shown again.")
            ),
            Phase.SESSION_END: self._show_end,
            Phase.END: self._show_end,
        }
        shows[self.conductor.phase]()

    def _turn_to(self, page: QWidget) -> None:
        self.stack.setCurrentWidget(page)
        field = page.field if isinstance(page, CodePage) else page
        (field if page.focusPolicy() or isinstance(page, CodePage) else self).setFocus()

    def _say(self, title: str, text: str, hint: str = "") -> None:
        self.canvas.clear()
        self.page.say(title, text, hint or tr("Enter: go on      Esc: quit"))
        self._turn_to(self.page)
        self.setFocus()

    def _show_locked(self) -> None:
        due = self.conductor.due
        assert due is not None
        moment = QDateTime.fromSecsSinceEpoch(int(due.timestamp()))
        words = tr(
            "The next session opens on {day}, so that nothing of the last one is remembered.",
            day=QLocale().toString(moment, "d MMMM yyyy, HH:mm"),
        )
        self._say(tr("Too early"), words, tr("Esc: quit"))

    def _show_instructions(self) -> None:
        title, text = instructions(self.design, self.conductor.task)
        self.loader.want(self.conductor.progress.next_trial())
        self._say(title, text, tr("Enter: begin      Esc: quit"))

    def _show_blank(self) -> None:
        """Blank the screen for the same time, whatever comes; the next trial is ready by then."""
        self.canvas.clear()
        self.line.say("", (), "")
        self.setCursor(Qt.CursorShape.BlankCursor)
        self._turn_to(self.trial_page)
        self.setFocus()
        self.pad, self.zoomed = Pad(self.conductor.task), 0
        self._blank_over = False
        self.loader.want(self.conductor.trial)
        self.blank.start(int(self.design["order"]["blank_ms"]))

    def _end_blank(self) -> None:
        self._blank_over = True
        self._present()

    def _present(self) -> None:
        """Show the trial once the blank is over and the pictures are here."""
        trial = self.conductor.trial
        if self.conductor.phase is not Phase.BLANK or not self._blank_over or trial is None:
            return
        if trial.cases in self.loader.damaged:
            self.broken = True
            words = tr("Nothing you answered is lost. Please tell the coordinator.")
            reason = self.loader.damaged[trial.cases]
            self.page.say(tr("This picture is damaged"), words, tr("Esc: quit"), reason)
            self.stack.setCurrentWidget(self.page)
            self.setFocus()
        elif trial.cases in self.loader.ready:
            marking = bool(self.conductor.task["marks"])
            self.canvas.show_cases(self.loader.ready[trial.cases], marking=marking)
            self.setCursor(Qt.CursorShape.ArrowCursor if marking else Qt.CursorShape.BlankCursor)

    def _painted(self) -> None:
        self.conductor.painted()
        if shown := int(self.conductor.task["exposure_ms"]):
            self.exposure.start(shown)
        self.loader.want_next()

    def say_line(self) -> None:
        """Say question, keys and place under the stimulus."""
        if self.conductor.phase not in (Phase.SHOWN, Phase.HIDDEN):
            return
        trial = self.conductor.trial
        assert trial is not None
        done, total = self.conductor.progress.counts(trial.session)
        place = f"{done + 1} / {total}"
        if self.canvas.cross is not None:
            reasons = [(str(n), tr(words), False) for n, words in enumerate(REASONS.values(), 1)]
            self.line.say(tr("Why?"), reasons, place)
            return
        extra = []
        if self.conductor.task["marks"]:
            extra.append(("M", tr("mark"), False))
        if self.conductor.task["confirm"] or self.conductor.task["scale"] == "percent":
            extra.append(("Enter", tr("confirm"), False))
        question = question_of(self.design, self.conductor.task)
        self.line.say(question, [*self.pad.choices(), *extra], place)

    def _show_feedback(self) -> None:
        pair = self.pad.pair
        truth = side_words(pair, bool(self.conductor.feedback))
        words = tr("It was {truth}.", truth=truth)
        if pair:
            words = tr("The generated one was at the {side}.", side=truth)
        self._say(tr("Training"), words, tr("Enter: go on"))

    def _show_end(self) -> None:
        finished = self.conductor.phase is Phase.END
        self.end_page.code.setText("" if self.game else self.conductor.code)
        over = (tr(GAME_OVER[0]), tr(GAME_OVER[1]), tr(GAME_OVER[2]))
        self.end_page.say(*(over if self.game else end_words(finished=finished)))
        self.canvas.clear()
        self._turn_to(self.end_page)
        self.setFocus()

    def _look(self) -> None:
        if not self.trouble and self.conductor.woke():
            self.blank.stop()
            self.exposure.stop()

    def _show_trouble(self, reason: str) -> None:
        """Say that something could not be done; the answer is kept until it can be."""
        self.trouble = reason
        self.page.say(
            tr("Not saved yet"), tr("Your answer is kept."), tr("Enter: try again"), reason
        )
        self.stack.setCurrentWidget(self.page)
        self.setFocus()

    # What is done.

    def _unlock(self, code: str) -> None:
        try:
            self.conductor.unlock(code)
        except ValueError as error:
            self.code_page.say(
                self.code_page.title.text(),
                self.code_page.text.text(),
                self.code_page.hint.text(),
                str(error),
            )
            self.code_page.field.selectAll()

    def _declare(self, chosen: dict[str, str]) -> None:
        screen = self.screen() or QGuiApplication.primaryScreen()
        self.conductor.declare({**chosen, **facts(screen), "language": language.current()})

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take a key for the phase at hand; one that repeats by being held is no key."""
        key = event.key()
        if event.isAutoRepeat() and self.canvas.cross is None:
            return
        if self.trouble:
            if key in ENTER:
                self.conductor.retry()
            return
        phase = self.conductor.phase
        if phase in (Phase.SHOWN, Phase.HIDDEN):
            far = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            if self.conductor.seconds_shown() >= DEAF_S:
                trial_key(self, key, far=far)
        elif key == Qt.Key.Key_Escape and (self.broken or phase is not Phase.BLANK):
            self.close()
        elif key in ENTER:
            if phase is Phase.INSTRUCTIONS:
                self.conductor.begin()
            elif phase in (Phase.BREAK, Phase.PAUSED, Phase.FEEDBACK):
                self.conductor.go_on()
            elif phase in (Phase.SESSION_END, Phase.END):
                self.close()
        elif key == Qt.Key.Key_C and phase in (Phase.SESSION_END, Phase.END):
            QGuiApplication.clipboard().setText(self.conductor.code)

    # Qt.

    def focusNextPrevChild(self, following: bool) -> bool:
        """Keep Tab for the cross-hair."""
        return False

    def changeEvent(self, event: QEvent) -> None:
        """Hide the stimulus when another window takes the keyboard."""
        if event.type() == QEvent.Type.ActivationChange and not self.isActiveWindow():
            self.blank.stop()
            self.exposure.stop()
            if not self.trouble:
                self.conductor.pause("focus_lost")
        super().changeEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """End the store properly."""
        for timer in (self.watch, self.blank, self.exposure):
            timer.stop()
        self.loader.close()
        self.conductor.close()
        super().closeEvent(event)
