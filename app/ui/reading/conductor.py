"""Leads a reader through a reading: phases, records, and nothing moves before it is saved."""

import platform
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.reading.package import EVENTS, Package
from app.reading.record import code_at_end, genesis
from app.reading.session import Course, Phase, Progress, Trial, after
from app.store.machine import sleep_ns
from app.store.store import JUMP_NS, SQLITE, NotSavedError, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a reader said of a trial. `called` is True for generated, or for the right one of two.

    `rating` rises with how surely so; `sure` is 0 to 100; marks hold fractions in millionths.
    """

    called: bool
    rating: int
    sure: int
    changes: int = 0
    zoomed: int = 0
    marks: tuple[Mapping[str, Any], ...] = ()


class Conductor(QObject):
    """Owns the store of one reader; says by `moved` what is to be shown."""

    moved = Signal()  #: the phase changed
    trouble = Signal(str)  #: what could not be saved; `retry` tries again

    def __init__(self, package: Package, version: str, parent: QObject | None = None) -> None:
        """Open the reader's store; ValueError when another instance has it, or it is damaged."""
        super().__init__(parent)
        self.package = package
        self.course = Course.of(package.order, package.protocol["design"])
        start = genesis(package.protocol_hash, package.reader)
        self.store = Store(package.folder / EVENTS, start, package.reader)
        self.progress = Progress.of(self.course, self.store.records)
        self.phase = Phase.CODE
        self.key = b""  #: of the pictures; the truth is not on this machine
        self.trial: Trial | None = None
        self.due: datetime | None = None  #: when the next session opens
        self.feedback: bool | None = None
        self.closed = False
        self._painted_ns = 0
        self._slept_ns = sleep_ns()  #: at the last change of phase
        self._version = version
        self._pending: Callable[[], None] | None = None

    @property
    def task(self) -> Mapping[str, Any]:
        """The task of the session at hand."""
        trial = self.trial or self.progress.next_trial()
        return self.course.tasks[trial.session if trial else -1]

    @property
    def code(self) -> str:
        """The completion code of the last end of a session."""
        return code_at_end(self.store.records)

    # What happens.

    def unlock(self, code: str) -> None:
        """Take the reader's code; ValueError when it is wrong."""
        self.key = self.package.content_key(code)
        again, crashed = bool(self.store.records), self.progress.running
        trial = self.progress.open
        facts: dict[str, Any] = {
            "version": self._version,
            "python": platform.python_version(),
            "sqlite": SQLITE,
            "system": platform.platform(),
        }

        def opened() -> None:
            if again:
                why = "crash" if crashed else "break"
                self._append("resumed", {"after": why, "open_trial": list(trial or ())})
            self.due = self.progress.locked_until(datetime.now(UTC))
            if self.progress.finished:
                self._move("finished")
            else:
                self._move("too early" if self.due else "unlocked")

        self._save([("opened", facts)], opened)

    def declare(self, environment: Mapping[str, Any]) -> None:
        """Record what the reader and the screen say of themselves."""
        self._save([("environment", dict(environment))], lambda: self._move("declared"))

    def begin(self) -> None:
        """Begin, or go on with, a session."""
        self._next("began")

    def painted(self) -> None:
        """Take note that the stimulus is on the screen: from here the time runs."""
        if self.phase is Phase.BLANK:
            self._painted_ns = time.monotonic_ns()
            self._move("painted")

    def exposed(self) -> None:
        """End the exposure; the answer is still to come."""
        if self.phase is Phase.SHOWN:
            self._move("exposed")

    def seconds_shown(self) -> float:
        """Return how long the stimulus has been there."""
        return (time.monotonic_ns() - self._painted_ns) / 1e9

    def answer(self, answer: Answer) -> None:
        """Save an answer, then move on; `trouble` says when it could not be saved."""
        trial = self.trial
        assert trial is not None
        if self.woke():
            return
        showing = self.progress.showings[trial.session, trial.number]
        facts = {
            "session": trial.session,
            "trial": trial.number,
            "phase": trial.phase,
            "cases": list(trial.cases),
            "showing": showing,
            "interrupted": showing > 1,
            "time_us": (time.monotonic_ns() - self._painted_ns) // 1000,
            "called": answer.called,
            "rating": answer.rating,
            "sure": answer.sure,
            "changes": answer.changes,
            "zoomed": answer.zoomed,
            "marks": [dict(mark) for mark in answer.marks],
        }
        self._save([("answer", facts)], lambda: self._after(trial))

    def go_on(self) -> None:
        """Leave a pause, a break or feedback."""
        if self.phase is Phase.BREAK:
            self._save([("break_ended", {})], lambda: self._next("went on"))
        elif self.phase is Phase.PAUSED:
            self._save([("went_on", {})], lambda: self._next("went on"))
        elif self.phase is Phase.FEEDBACK and self.trial is not None:
            self._follow(self.trial)

    def pause(self, why: str) -> None:
        """Hide the stimulus: `focus_lost`, `paused` or `woke`. The trial is shown again, marked."""
        if self.phase in (Phase.BLANK, Phase.SHOWN, Phase.HIDDEN) and not self.closed:
            self._save([(why, {})], lambda: self._move("paused"))

    def woke(self) -> bool:
        """Pause when the machine has slept over a trial, as nobody knows what was seen of it."""
        amid = self.phase in (Phase.BLANK, Phase.SHOWN, Phase.HIDDEN)
        slept = amid and sleep_ns() - self._slept_ns > JUMP_NS
        if slept:
            self.pause("woke")
        return slept

    def retry(self) -> None:
        """Try again to save what could not be saved."""
        if self._pending is not None:
            self._pending()

    def close(self) -> None:
        """End properly: what is saved is complete, and the head vouches for the file."""
        if self.closed:
            return
        self.closed = True
        if self.phase is not Phase.CODE:
            with suppress(NotSavedError):
                self._append("closed", {})
        self.store.close()

    # How it moves.

    def _after(self, trial: Trial) -> None:
        truth = self.package.feedback
        if trial.phase == "training" and truth:
            generated = [truth[case] for case in trial.cases]
            self.feedback = generated[-1]  # of two: whether the right one is generated
            self._move("feedback")
        else:
            self._follow(trial)

    def _follow(self, trial: Trial) -> None:
        """Go where the answer to a trial leads, recorded first."""
        what = self.progress.after_answer(trial)
        ending = ("session_ended", {"session": trial.session})
        endings: dict[str, list[tuple[str, dict[str, Any]]]] = {
            "next": [],
            "break": [("break_began", {})],
            "session ended": [ending],
            "finished": [ending, ("reading_ended", {})],
        }
        if what == "next":
            self._next("next" if self.phase is not Phase.FEEDBACK else "went on")
        else:
            self._save(endings[what], lambda: self._move(what))

    def _next(self, what: str) -> None:
        """Record that the next trial is shown, then blank the screen for it."""
        trial = self.progress.next_trial()
        assert trial is not None
        facts = {"session": trial.session, "trial": trial.number, "cases": list(trial.cases)}

        def shown() -> None:
            self.trial = trial
            self._move(what)

        self._save([("trial_shown", facts)], shown)

    def _save(self, records: list[tuple[str, dict[str, Any]]], then: Callable[[], None]) -> None:
        """Write records, then go on; what fails is kept for `retry`."""
        left = list(records)

        def attempt() -> None:
            self._pending = attempt
            try:
                while left:
                    self._append(*left[0])
                    left.pop(0)
            except NotSavedError as error:
                self.trouble.emit(str(error))
                return
            self._pending = None
            then()

        attempt()

    def _append(self, kind: str, facts: dict[str, Any]) -> None:
        before = len(self.store.records)
        self.store.append(kind, facts)
        for record in self.store.records[before:]:
            self.progress.take(record)

    def _move(self, what: str) -> None:
        self.phase = after(self.phase, what)
        self._slept_ns = sleep_ns()
        self.moved.emit()
