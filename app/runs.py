"""A run folder as the training panel sees it: schedule, ticks, sheets, alarms and what is left.

A run may come from a newer version or be written at this very moment: unknown keys are ignored,
missing ones are gaps, and a line that is not whole yet is read the next time.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from app.language import tr
from app.schedule import Rung, rungs_of

SHEET = re.compile(r"fakes-(\d+)\.png")
CONSOLE = "console.log"  #: what a training started by the app says, in its run folder
Points = tuple[tuple[int, ...], tuple[float, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """Numbers of some thousand images, after `shown` images in all."""

    shown: int
    time: float  #: seconds since 1970
    values: Mapping[str, float]

    def get(self, name: str) -> float | None:
        """Return a number, None where the run did not tell it."""
        return self.values.get(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """What a person should look at, in a sentence."""

    shown: int
    time: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A picture the run drew of itself; `shown` is None for the sheet of reals."""

    shown: int | None
    file: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What is known of a run at one moment."""

    folder: Path
    config: Mapping[str, Any] = field(default_factory=dict)
    ticks: tuple[Tick, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    ends: tuple[int, ...] = ()  #: images shown when a rung was left early, by rung trained
    started: Mapping[str, Any] = field(default_factory=dict)  #: the last `started` event
    last: str = ""  #: kind of the last event
    time: float = 0.0  #: of the last event, seconds since 1970
    saved: int | None = None  #: images shown at the newest checkpoint told of
    trouble: str = ""  #: why the settings can't be read

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.folder.name

    @property
    def shown(self) -> int:
        """Images shown by the last tick, or at the newest checkpoint."""
        return max(self.ticks[-1].shown if self.ticks else 0, self.saved or 0)

    @property
    def rungs(self) -> tuple[Rung, ...]:
        """The schedule, with rungs that were left early where they ended; empty if not known."""
        return () if self.trouble or not self.config else rungs_of(self.config, self.ends)

    @property
    def total(self) -> int:
        """Images of the whole schedule; 0 if not known."""
        return self.rungs[-1].end if self.rungs else 0

    @property
    def finished(self) -> bool:
        """Whether the last training came to the end it was given."""
        return self.last == "finished"

    def rung(self) -> Rung | None:
        """Return the rung in training."""
        here = [r for r in self.rungs if self.shown < r.end]
        return here[0] if here else (self.rungs[-1] if self.rungs else None)

    def series(self, name: str) -> Points:
        """Return images shown and values of a number, ticks without it left out."""
        known = [(t.shown, v) for t in self.ticks if (v := t.get(name)) is not None]
        return tuple(s for s, _ in known), tuple(v for _, v in known)

    def names(self) -> list[str]:
        """Return the numbers any tick has, in the order they first appeared."""
        return list(dict.fromkeys(name for tick in self.ticks for name in tick.values))


def opened(folder: Path) -> Run:
    """Return a run with its settings, no events yet; ValueError when the folder holds no run."""
    path = folder / "config.json"
    if not path.is_file() and not (folder / "events.jsonl").is_file():
        raise ValueError(
            f"{folder.name}: no run here; a run's folder holds config.json and events.jsonl"
        )
    return with_config(Run(folder=folder))


def with_config(run: Run) -> Run:
    """Return a run with its settings as they are now on disk."""
    path = run.folder / "config.json"
    if not path.is_file():  # the trainer writes it a moment after it has started
        return run
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(raw, dict):
            raise ValueError(f"a table is needed, found {type(raw).__name__}")
        rungs_of(raw)
    except (ValueError, OSError, RecursionError) as error:
        return replace(run, trouble=f"{run.name}/config.json can't be read: {error}")
    return replace(run, config=raw, trouble="")


class Follower:
    """Reads a run's events as they are appended, from where it last stopped."""

    def __init__(self, folder: Path) -> None:
        self.run = opened(folder)
        self._offset = 0

    def read(self) -> bool:
        """Take in what is new; returns whether anything was. OSError when it can't be read."""
        path = self.run.folder / "events.jsonl"
        if not path.is_file():
            return False
        size = path.stat().st_size
        if size < self._offset:  # another run took the folder
            self.run, self._offset = Run(folder=self.run.folder), 0
        if size == self._offset:
            return False
        with path.open("rb") as file:
            file.seek(self._offset)
            data = file.read()
        whole = data.rfind(b"\n") + 1
        self._offset += whole
        before = self.run
        for event in _events(data[:whole]):
            self.run = after(self.run, event)
        if self.run.started is not before.started or not self.run.config:
            self.run = with_config(self.run)  # `--resume --set ...` may have changed it
        return whole > 0


def _events(data: bytes) -> Iterator[dict[str, Any]]:
    """Yield events; lines that are none (a torn write after a power cut) are passed over."""
    for line in data.splitlines():
        try:
            event = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(event, dict) and isinstance(event.get("event"), str):
            yield event


def after(run: Run, event: Mapping[str, Any]) -> Run:
    """Return a run after one event; kinds that are not known only move the clock."""
    kind = str(event["event"])
    time = _number(event.get("time")) or run.time
    shown = _count(event.get("shown"))
    run = replace(run, last=kind, time=time)
    if kind == "tick" and shown is not None:
        values = {k: n for k, v in event.items() if (n := _number(v)) is not None}
        ticks = (*_until(run.ticks, shown - 1), Tick(shown=shown, time=time, values=values))
        return replace(run, ticks=ticks)
    if kind == "alarm" and (text := _text(event)):
        alarm = Alarm(shown=shown if shown is not None else run.shown, time=time, text=text)
        return replace(run, alarms=(*run.alarms, alarm))
    if kind == "started":
        return replace(run, started=dict(event))
    if kind == "saved":
        return replace(run, saved=shown)
    if kind == "settled" and shown is not None:
        return replace(run, ends=_left(run, event, shown))
    if kind in ("resumed", "rolled_back") and shown is not None:
        run = replace(run, ticks=_until(run.ticks, shown), saved=shown)
        run = replace(run, ends=tuple(end for end in run.ends if end <= shown))
        if kind == "rolled_back":
            text = f"Went back to {shown:,} images: {event.get('reason') or 'training broke'}."
            alarm = Alarm(shown=shown, time=time, text=text)
            return replace(run, alarms=(*run.alarms, alarm))
    return run


def _until(ticks: Sequence[Tick], shown: int) -> tuple[Tick, ...]:
    """Return ticks up to so many images: what was trained twice counts the last time."""
    if not ticks or ticks[-1].shown <= shown:
        return tuple(ticks)
    return tuple(tick for tick in ticks if tick.shown <= shown)


def _left(run: Run, event: Mapping[str, Any], shown: int) -> tuple[int, ...]:
    """Return the ends of rungs when one is left early; those before it ended as planned."""
    number, rungs = _count(event.get("rung")), run.rungs
    place = next((i for i, r in enumerate(rungs) if r.number == number), len(run.ends))
    planned = [r.end for r in rungs]
    return (*run.ends[:place], *planned[len(run.ends) : place], shown)


def _text(event: Mapping[str, Any]) -> str:
    for key in ("text", "message", "sentence"):
        if isinstance(event.get(key), str):
            return str(event[key])
    return ""


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) else None


def _count(value: object) -> int | None:
    number = _number(value)
    return None if number is None or number < 0 else int(number)


def sheets(folder: Path) -> tuple[list[Sheet], Sheet | None]:
    """Return the sheets of fakes by images shown, and the sheet of reals if there is one."""
    place = folder / "sheets"
    found = [
        Sheet(shown=int(match[1]), file=path)
        for path in (place.glob("fakes-*.png") if place.is_dir() else ())
        if (match := SHEET.fullmatch(path.name)) is not None
    ]
    reals = place / "reals.png"
    found.sort(key=lambda sheet: sheet.shown or 0)
    return found, Sheet(shown=None, file=reals) if reals.is_file() else None


def at(found: Sequence[Sheet], shown: int) -> int:
    """Return the index of the sheet drawn last by so many images, the first if none was."""
    return max((i for i, sheet in enumerate(found) if (sheet.shown or 0) <= shown), default=0)


def seconds_left(run: Run) -> dict[int, float]:
    """Return seconds to come by rung, from the one in training on; empty when nothing tells.

    The trainer's own reckoning where a tick has it; else the last rate. For rungs to come the rate
    falls as it fell from rung to rung so far, by three where that is not known yet.
    """
    here = run.rung()
    if not run.ticks or here is None:
        return {}
    tick = run.ticks[-1]
    rate = tick.get("rate")
    told = tick.get("seconds_left_rung"), tick.get("seconds_left")
    if not rate or rate <= 0:
        return {}
    left = {here.number: max(0, here.end - run.shown) / rate if told[0] is None else told[0]}
    per_image, factor = 1 / rate, slower(run)
    for rung in run.rungs:
        if rung.number > here.number:
            per_image *= factor
            left[rung.number] = (rung.end - rung.begin) * per_image
    later = sum(left.values()) - left[here.number]
    if told[1] is not None and later > 0:
        share = max(told[1] - left[here.number], 0.0) / later
        left = {n: s if n == here.number else s * share for n, s in left.items()}
    return left


def slower(run: Run) -> float:
    """Return how many times longer an image takes one rung further up, from the last two rungs."""
    rates: dict[int, list[float]] = {}
    for tick in run.ticks:
        number, rate = tick.get("rung"), tick.get("rate")
        if number is not None and rate:
            rates.setdefault(int(number), []).append(rate)
    middle = {n: sorted(found)[len(found) // 2] for n, found in rates.items()}
    pairs = [n for n in middle if n - 1 in middle]
    if not pairs:
        return 3.0
    return min(max(middle[max(pairs) - 1] / middle[max(pairs)], 1.0), 4.5)


def state_words(run: Run, *, alive: bool, paused: bool = False) -> str:
    """Return in a word or two what becomes of a run."""
    if paused:
        return tr("paused")
    if alive:
        begun = run.ticks and run.last not in ("finished", "stopped", "started", "resumed")
        return tr("training") if begun else tr("starting")
    known = {"finished": tr("finished"), "stopped": tr("stopped")}
    return known.get(run.last, tr("not running"))


def duration(seconds: float) -> str:
    """Return a time in the two units that matter, such as 3 h 20 min."""
    minutes = round(seconds / 60)
    hours, days = minutes // 60, minutes // 1440
    if days:
        return tr("{days} d {hours} h", days=days, hours=hours % 24)
    if hours:
        return tr("{hours} h {minutes} min", hours=hours, minutes=minutes % 60)
    if minutes:
        return tr("{minutes} min", minutes=minutes)
    return tr("{seconds} s", seconds=round(seconds))
