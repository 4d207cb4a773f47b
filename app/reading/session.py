"""What a reader does, as a table of phases; and where a reading stands, read from its records.

Nothing is remembered but the records: after a crash the same records give the same place.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from app.reading.record import Record


class Phase(StrEnum):
    """What is on the screen."""

    CODE = "code"  #: the reader's code is asked for
    LOCKED = "locked"  #: too early after the last session
    ENVIRONMENT = "environment"
    INSTRUCTIONS = "instructions"
    BLANK = "blank"
    SHOWN = "shown"  #: the stimulus; answers are taken
    HIDDEN = "hidden"  #: the exposure is over; answers are taken
    FEEDBACK = "feedback"
    BREAK = "break"
    PAUSED = "paused"  #: focus lost or paused by the reader; the trial is shown again
    SESSION_END = "session end"
    END = "end"


#: phase, what happens -> phase. What is not here can't happen.
TRANSITIONS: Mapping[tuple[Phase, str], Phase] = {
    (Phase.CODE, "too early"): Phase.LOCKED,
    (Phase.CODE, "finished"): Phase.END,
    (Phase.CODE, "unlocked"): Phase.ENVIRONMENT,
    (Phase.ENVIRONMENT, "declared"): Phase.INSTRUCTIONS,
    (Phase.INSTRUCTIONS, "began"): Phase.BLANK,
    (Phase.BLANK, "painted"): Phase.SHOWN,
    (Phase.BLANK, "paused"): Phase.PAUSED,
    (Phase.SHOWN, "exposed"): Phase.HIDDEN,
    (Phase.SHOWN, "paused"): Phase.PAUSED,
    (Phase.HIDDEN, "paused"): Phase.PAUSED,
    (Phase.PAUSED, "went on"): Phase.BLANK,
    (Phase.BREAK, "went on"): Phase.BLANK,
    (Phase.FEEDBACK, "went on"): Phase.BLANK,
    (Phase.FEEDBACK, "break"): Phase.BREAK,
    (Phase.FEEDBACK, "session ended"): Phase.SESSION_END,
    (Phase.FEEDBACK, "finished"): Phase.END,
    **{
        (p, what): to
        for p in (Phase.SHOWN, Phase.HIDDEN)
        for what, to in (
            ("next", Phase.BLANK),
            ("feedback", Phase.FEEDBACK),
            ("break", Phase.BREAK),
            ("session ended", Phase.SESSION_END),
            ("finished", Phase.END),
        )
    },
}


def after(phase: Phase, what: str) -> Phase:
    """Return the phase that follows; AssertionError when it can't happen there."""
    assert (phase, what) in TRANSITIONS, f"{what!r} in phase {phase}"
    return TRANSITIONS[phase, what]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One trial of a reader's order."""

    session: int  #: from 0, in this reader's order
    number: int  #: from 0, within the session
    phase: str  #: training or test
    cases: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """A reader's whole order, and the tasks of its sessions."""

    sessions: tuple[tuple[Trial, ...], ...]
    tasks: tuple[Mapping[str, Any], ...]  #: of each session
    break_every: int
    washout: timedelta

    @classmethod
    def of(cls, order: Mapping[str, Any], design: Mapping[str, Any]) -> "Course":
        """Return the course from the tables of `order.json` and the protocol's design."""
        sessions = tuple(
            tuple(
                Trial(session=s, number=n, phase=t["phase"], cases=tuple(t["cases"]))
                for n, t in enumerate(session["trials"])
            )
            for s, session in enumerate(order["sessions"])
        )
        return cls(
            sessions=sessions,
            tasks=tuple(design["tasks"][session["task"]] for session in order["sessions"]),
            break_every=design["order"]["break_every"],
            washout=timedelta(days=design["order"]["washout_days"]),
        )


LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True)
class Progress:
    """Where a reader stands; `take` moves it on by one record."""

    course: Course
    answered: set[tuple[int, int]] = field(default_factory=set)
    open: tuple[int, int] | None = None  #: trial shown and not answered
    showings: dict[tuple[int, int], int] = field(default_factory=dict)
    ended: dict[int, datetime] = field(default_factory=dict)  #: sessions
    running: bool = False  #: opened and not closed: true at the start after a crash
    latest: datetime = LONG_AGO

    @classmethod
    def of(cls, course: Course, records: Sequence[Record]) -> "Progress":
        """Return where the records lead."""
        progress = cls(course)
        for record in records:
            progress.take(record)
        return progress

    def take(self, record: Record) -> None:
        """Move on by one record."""
        value = record.value
        kind, facts = value["type"], value["payload"]
        moment = datetime.fromisoformat(value["utc"])
        self.latest = max(self.latest, moment)
        if kind == "opened":
            self.running = True
        elif kind == "closed":
            self.running = False
        elif kind == "session_ended":
            self.ended[facts["session"]] = moment
        elif kind in ("trial_shown", "answer"):
            where = (facts["session"], facts["trial"])
            if kind == "answer":
                self.answered.add(where)
                self.open = None
            else:
                self.open = where
                self.showings[where] = self.showings.get(where, 0) + 1

    @property
    def finished(self) -> bool:
        """Whether every trial is answered."""
        return self.next_trial() is None

    def next_trial(self) -> Trial | None:
        """Return the first trial without an answer."""
        for session in self.course.sessions:
            for trial in session:
                if (trial.session, trial.number) not in self.answered:
                    return trial
        return None

    def locked_until(self, now: datetime) -> datetime | None:
        """Return when the next session may begin, None when now.

        A clock set forward is believed, a clock set back is not: the latest time seen counts.
        """
        trial = self.next_trial()
        if trial is None or trial.session == 0 or trial.number > 0:
            return None
        before = self.ended.get(trial.session - 1)
        if before is None:
            return None
        due = before + self.course.washout
        return due if now < due else None

    def after_answer(self, trial: Trial) -> str:
        """Return what follows the answer to a trial: next, break, session ended or finished."""
        following = self.next_trial()
        if following is None:
            return "finished"
        if following.session != trial.session:
            return "session ended"
        done = trial.number + 1
        new_part = following.phase != trial.phase  # training is over
        return "break" if new_part or done % self.course.break_every == 0 else "next"

    def counts(self, session: int) -> tuple[int, int]:
        """Return answered trials and all trials of a session."""
        done = sum(1 for s, _ in self.answered if s == session)
        return done, len(self.course.sessions[session])
