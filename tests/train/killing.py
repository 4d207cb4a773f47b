"""Ends trainings by force, again and again, and goes on: a program, since it forks.

`python killing.py SET FOLDER KILLS STOPS`: KILLS times at each step of writing a checkpoint, and
STOPS times by SIGTERM at a random moment. One JSON line for each: how often, how often what a
run had told to be saved was not there, how many runs came to their end, and how many of those
ended with other weights than a run that nobody disturbed.
"""

import contextlib
import importlib
import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch

from gan import sealed
from train import checkpoint
from train.__main__ import main

#: Called while a checkpoint is written, in this order; the process ends before the call.
POINTS = {
    "before writing": (sealed, "_save"),
    "before flushing": (os, "fsync"),
    "before reading back": (sealed, "read"),
    "before renaming": (Path, "replace"),
    "after renaming": (Path, "unlink"),
    "before dropping old ones": (checkpoint, "prune"),
}
SETTINGS = ("save_kimg=0.008", "sheet_kimg=1")


def arguments(data: str, run: Path) -> list[str]:
    told = [data, "--preset", "tiny", "--out", str(run), "--resume", "--threads", "1"]
    return told + [word for setting in SETTINGS for word in ("--set", setting)]


def deadly(point: str, number: int) -> None:
    """Let the process die before the call of that number."""
    owner, name = POINTS[point]
    real, calls = getattr(owner, name), 0

    def call(*given, **named):
        nonlocal calls
        calls += 1
        if calls == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*given, **named)

    setattr(owner, name, call)


def child(data: str, run: Path, before: Callable[[], None]) -> int:
    """Start training in a process of its own; returns its number."""
    if (pid := os.fork()) == 0:
        code = 9
        with contextlib.suppress(BaseException):
            sys.stderr = open(os.devnull, "w")  # noqa: SIM115 (until the process ends)
            before()
            code = main(arguments(data, run))
        os._exit(code)
    return pid


def ended(pid: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def events(run: Path) -> list[dict]:
    file = run / "events.jsonl"
    lines = file.read_text().splitlines() if file.exists() else []
    return [json.loads(line) for line in lines if line.endswith("}")]


class Judge:
    """Looks at a run after each end of its process, and goes on with another when it is over."""

    def __init__(self, data: str, folder: Path, expected: str) -> None:
        self.data, self.folder, self.expected = data, folder, expected
        self.runs = self.lost = self.finished = self.other = 0
        self.begin()

    def begin(self) -> None:
        self.runs += 1
        self.run = self.folder / str(self.runs)

    def look(self) -> None:
        """Compare the newest whole checkpoint with the last that was told to be saved."""
        saved = [e["file"] for e in events(self.run) if e["event"] == "saved"]
        newest = checkpoint.newest(self.run / "checkpoints")
        if saved and (newest is None or newest.name < max(saved)):
            self.lost += 1

    def over(self) -> None:
        newest = checkpoint.newest(self.run / "checkpoints")
        self.finished += 1
        self.other += newest is None or sealed.read(newest).hash != self.expected
        self.begin()

    def told(self, **more: object) -> None:
        kept = {"lost": self.lost, "finished": self.finished, "other weights": self.other}
        sys.stdout.write(json.dumps({**more, **kept}) + "\n")
        sys.stdout.flush()


def kill(judge: Judge, point: str, times: int, draw: random.Random) -> None:
    kills = 0
    while kills < times:
        number = draw.randint(1, 6)
        code = ended(child(judge.data, judge.run, lambda n=number: deadly(point, n)))
        assert code in (0, -signal.SIGKILL), code
        kills += code != 0
        judge.look()
        if code == 0:
            judge.over()
    assert ended(child(judge.data, judge.run, lambda: None)) == 0
    judge.over()
    judge.told(point=point, kills=kills)


def stop(judge: Judge, times: int, draw: random.Random) -> None:
    stops = asked = 0
    while stops < times:
        before = len(events(judge.run))
        pid = child(judge.data, judge.run, lambda: None)
        while len(events(judge.run)) == before and os.waitpid(pid, os.WNOHANG) == (0, 0):
            time.sleep(0.002)
        time.sleep(draw.uniform(0, 0.2))
        os.kill(pid, signal.SIGTERM)
        code = ended(pid)
        assert code in (0, -signal.SIGTERM), code  # the latter before the loop began
        last = events(judge.run)[-1]["event"]
        stops, asked = stops + 1, asked + (last == "stopped")
        judge.look()
        if last == "finished":
            judge.over()
    assert ended(child(judge.data, judge.run, lambda: None)) == 0
    judge.over()
    judge.told(stops=stops, **{"stopped and saved": asked})


if __name__ == "__main__":
    given, where, kills, stops = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    for module in ("finetune", "loop", "plan", "progress", "run", "scalars", "trainer"):
        importlib.import_module(f"train.{module}")  # once, not in each process
    torch.set_num_threads(1)  # before anything is computed: threads don't survive a fork
    assert ended(child(given, where / "whole", lambda: None)) == 0
    whole = sealed.read(checkpoint.newest(where / "whole" / "checkpoints")).hash
    for place, name in enumerate(POINTS):
        kill(Judge(given, where / str(place), whole), name, kills, random.Random(place))
    stop(Judge(given, where / "stops", whole), stops, random.Random(99))
