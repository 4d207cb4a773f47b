"""Warm processes that open files; each has one file at a time, and is replaced when it dies of it.

Whatever a file does to its process, the caller gets a checked value or `Unreadable` with one plain
sentence. Safe to call from any thread; a call waits until a process is free and has answered.
"""

import json
import os
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from app.dicom.location import NoImage, Unreadable, name_of
from app.dicom.sandbox.arena import Arena
from app.dicom.sandbox.limits import Limits
from app.dicom.sandbox.wire import Broken, parsed

LONGEST = 2**26  #: bytes of an answer, pixels apart
WORDS = 300  #: characters of a refusal
_ROOT = Path(__file__).resolve().parents[3]
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "SYSTEMROOT", "TEMP", "TMP", "LD_LIBRARY_PATH")


class Lost(Exception):
    """The process ended, or answered nonsense, in the middle of a file."""


class Child:
    """One process and the memory shared with it."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.arena = Arena()
        self.overdue = False
        self.ready = False
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        paths = [str(_ROOT), os.environ.get("PYTHONPATH", "")]
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "app.dicom.sandbox.child", self.arena.handle,
             str(limits.memory), str(limits.processor_s)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=() if self.arena.fd < 0 else (self.arena.fd,),
            env={
                **kept,
                "PYTHONPATH": os.pathsep.join(path for path in paths if path),
                "OMP_NUM_THREADS": "1",
                "OPENBLAS_NUM_THREADS": "1",
            },
        )  # fmt: skip

    def alive(self) -> bool:
        """Return whether the process still runs."""
        return self.process.poll() is None

    def ask(self, what: str, location: str) -> dict[str, Any]:
        """Return the answer to one request; Lost when none comes."""
        assert self.process.stdin is not None
        if not self.ready:
            self._line()
            self.ready = True
        try:
            request = json.dumps({"do": what, "location": location, "in": _folder()})
            self.process.stdin.write(request.encode("ascii") + b"\n")
            self.process.stdin.flush()
        except (OSError, ValueError) as error:
            raise Lost from error
        return self._line()

    def _line(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        try:
            line = self.process.stdout.readline(LONGEST)
        except (OSError, ValueError) as error:  # closed under us
            raise Lost from error
        if not line.endswith(b"\n"):
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(1)  # so that it is known how it ended
            raise Lost
        try:
            answer = parsed(line)
        except Broken as error:
            raise Lost from error
        if not isinstance(answer, dict):
            raise Lost
        return answer

    def kill(self) -> None:
        """End the process at once; a thread that waits for its answer wakes."""
        self.process.kill()

    def close(self) -> None:
        """End the process and wait for its end."""
        self.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        self.arena.close()


def _folder() -> str:
    """Return the folder that relative locations start from, empty when it is gone."""
    try:
        return os.getcwd()
    except OSError:
        return ""


class Lane:
    """Processes for requests of one kind, so that short ones never wait behind long ones."""

    def __init__(self, size: int, limits: Limits) -> None:
        self.size, self.limits = size, limits
        self.closed = False
        self._changed = threading.Condition()
        self._idle: list[Child] = []
        self._busy: dict[Child, float] = {}  #: with the time at which each is overdue
        self._watch: threading.Thread | None = None

    def warm(self, count: int = 1) -> None:
        """Start processes, without waiting for them, until there are so many."""
        with self._changed:
            while not self.closed and len(self._idle) + len(self._busy) < min(count, self.size):
                self._idle.insert(0, Child(self.limits))  # the one that is ready is lent first

    def borrow(self) -> Child:
        """Return a living process that is nobody else's; waits for one."""
        with self._changed:
            while True:
                if self.closed:
                    raise Unreadable("files are no longer opened: Mammoscope is closing")
                while self._idle:
                    child = self._idle.pop()
                    if child.alive():
                        return self._lent(child)
                    child.close()
                if len(self._busy) < self.size:
                    return self._lent(Child(self.limits))
                self._changed.wait()

    def _lent(self, child: Child) -> Child:
        patience = self.limits.clock_s if child.ready else self.limits.start_s
        self._busy[child] = time.monotonic() + patience
        if self._watch is None:
            self._watch = threading.Thread(target=self._guard, daemon=True, name="files-watch")
            self._watch.start()
        self._changed.notify_all()
        return child

    def give_back(self, child: Child, *, lost: bool) -> None:
        """Take a process back, or replace it when it is lost."""
        with self._changed:
            self._busy.pop(child, None)
            if lost or self.closed:
                child.close()
                child = Child(self.limits) if not self.closed else child
            if not self.closed:
                self._idle.append(child)
            self._changed.notify_all()

    def _guard(self) -> None:
        """On a thread: end what is overdue."""
        with self._changed:
            while not self.closed:
                now = time.monotonic()
                for child, until in self._busy.items():
                    if now > until:
                        child.overdue = True
                        child.kill()
                self._changed.wait(0.2 if self._busy else None)

    def close(self) -> None:
        """End all processes; who waits for an answer is told that there will be none."""
        with self._changed:
            self.closed = True
            for child in self._busy:
                child.kill()
            for child in self._idle:
                child.close()
            self._idle.clear()
            self._changed.notify_all()


class Pool:
    """A lane for headers and a lane for pixels."""

    def __init__(self, limits: Limits | None = None) -> None:
        limits = limits or Limits()
        self.headers = Lane(1, limits)
        self.pixels = Lane(min(2, os.cpu_count() or 1), limits)

    def ask(self, what: str, location: str, take: Any) -> Any:
        """Return `take(found, child)` of what a process found; Unreadable says why there is none.

        `take` checks the answer while the process is still ours; Broken from it ends the process.
        """
        lane = self.pixels if what in ("read", "info") else self.headers
        child = lane.borrow()
        lost = True
        try:
            answer = child.ask(what, location)
            found = take(answer["found"], child) if "found" in answer else None
            lost = False
        except (Lost, Broken, KeyError) as error:
            words = _why(child, lane)
            raise Unreadable(f"{name_of(location)}: {words}") from error
        finally:
            lane.give_back(child, lost=lost)
        if "found" not in answer:
            raise refusal(answer, location)
        return found

    def warm(self, count: int = 1) -> None:
        """Start the processes that the first files will need; returns at once."""
        self.headers.warm()
        self.pixels.warm(count)

    def close(self) -> None:
        """End all processes."""
        self.headers.close()
        self.pixels.close()


def _why(child: Child, lane: Lane) -> str:
    if lane.closed:
        return "was not opened: Mammoscope is closing"
    if child.overdue or child.process.poll() == -24:  # SIGXCPU
        return "was given up: opening it took too long"
    return "is damaged: it ended the process that opens files, which was replaced"


def refusal(answer: dict[str, Any], location: str) -> ValueError:
    """Return the refusal of a child as the error it stands for, in one plain line."""
    kind, words = answer.get("refused"), answer.get("words")
    name = name_of(location)
    if kind == "memory":
        return Unreadable(f"{name}: needs more memory than a file is given")
    if kind == "fault" or not isinstance(words, str) or not words:
        return Unreadable(f"{name}: can't be opened; it is damaged in a way not met before")
    plain = "".join(letter if letter.isprintable() else " " for letter in words)[:WORDS]
    return {"no image": NoImage, "value": ValueError}.get(str(kind), Unreadable)(plain)
