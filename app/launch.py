"""Trainings as processes of their own: start, find, pause, stop. No Qt, no torch.

A training outlives the window that started it, so nothing here holds on to a child: a run's
process is found by its command line, whoever started it.
"""

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import pairwise, takewhile
from pathlib import Path
from typing import Any

import psutil

from app.language import tr
from app.runs import CONSOLE, duration
from app.schedule import Rung, rungs_of

MODULE = "train"
_children: list["subprocess.Popen[bytes]"] = []  #: trainings started here, to be reaped
ORDER = "order.json"  #: in the folder of a run that was started from here


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A preset of the trainer: name, what it is for, its stages."""

    name: str
    words: str
    rungs: tuple[Rung, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A training to start."""

    training_set: Path
    out: Path
    preset: str = ""  #: empty leaves it to the trainer: what the run began with
    threads: int = 0  #: 0 leaves it to torch
    resume: bool = False
    kimg: int = 0  #: thousands of images in all, past the preset's end, too; 0 ends where it ends

    def arguments(self) -> list[str]:
        """Return the arguments of `python -m train`."""
        given = [str(self.training_set), "--out", str(self.out)]
        given += ["--preset", self.preset] if self.preset else []
        given += ["--threads", str(self.threads)] if self.threads else []
        given += ["--kimg", str(self.kimg)] if self.kimg else []
        return [*given, "--resume"] if self.resume else given

    def remember(self) -> None:
        """Note in the run's folder what it trains on, so that it can be gone on with later."""
        facts = {"set": str(self.training_set.resolve()), "threads": self.threads}
        (self.out / ORDER).write_text(json.dumps(facts), encoding="utf-8")


def remembered(out: Path) -> Order | None:
    """Return the order that goes on with a run started from here; None when it is not known."""
    try:
        facts = json.loads((out / ORDER).read_text(encoding="utf-8"))
        training_set, threads = Path(facts["set"]), int(facts["threads"])
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return Order(training_set=training_set, out=out, threads=threads, resume=True)


def presets() -> list[Preset]:
    """Return the presets that come with the trainer, without importing it."""
    package = find_spec(MODULE)
    places = package.submodule_search_locations if package else None
    found = []
    for path in sorted((Path(places[0]) / "presets").glob("*.toml")) if places else ():
        text = path.read_text(encoding="utf-8")
        lead = takewhile(lambda line: line.startswith("#"), text.splitlines())
        words = " ".join(line.lstrip("# ").strip() for line in lead)
        found.append(Preset(name=path.stem, words=words, rungs=rungs_of(tomllib.loads(text))))
    return sorted(found, key=lambda preset: preset.name == "tiny")  # the one for tests comes last


def set_facts(folder: Path) -> Mapping[str, Any]:
    """Return facts of a training set; ValueError says why the folder is none."""
    from app.synth.describe import describe, describes

    if not folder.is_dir():
        raise ValueError(f"{folder.name or folder}: no such folder")
    if not describes(folder) or (facts := describe(folder)).get("kind") != "training set":
        raise ValueError(
            f"{folder.name}: not a training set (set.json is missing); prepare one first"
        )
    return facts


def holds_run(folder: Path) -> bool:
    """Return whether a folder has checkpoints to go on from."""
    return any((folder / "checkpoints").glob("*"))


def check(order: Order) -> None:
    """Refuse, in one sentence, an order that the trainer would refuse."""
    set_facts(order.training_set)
    if order.out.exists() and not order.out.is_dir():
        raise ValueError(f"{order.out.name}: is a file; a folder is needed")
    if holds_run(order.out) != order.resume:
        raise ValueError(
            f"{order.out.name}: holds no checkpoint to go on from"
            if order.resume
            else f"{order.out.name}: holds a run already; go on with it, or choose another folder"
        )
    if find(order.out) is not None:
        raise ValueError(f"{order.out.name}: is being trained already")


def environment() -> dict[str, str]:
    """Return the environment of a training: our own, and where its package lies (-P, new cwd)."""
    package = find_spec(MODULE)
    places = package.submodule_search_locations if package else None
    kept = [str(Path(places[0]).parent)] if places else []
    kept += [path for path in [os.environ.get("PYTHONPATH", "")] if path]
    found = {**os.environ, "PYTHONPATH": os.pathsep.join(kept)}
    return {**found, "OMP_WAIT_POLICY": os.environ.get("OMP_WAIT_POLICY", "PASSIVE")}


def command(order: Order) -> list[str]:
    """Return the command line of a training."""
    return [sys.executable, "-P", "-m", MODULE, *order.arguments()]


def preparing(sources: Sequence[Path], out: Path, rows: int) -> list[str]:
    """Return the command line that prepares a training set and tells how far it is."""
    given = [*map(str, sources), "--out", str(out), "--rows", str(rows)]
    return [sys.executable, "-P", "-m", "app.prepare.lines", *given]


def start(order: Order) -> "subprocess.Popen[bytes]":
    """Start a training that lives on when this process ends; what it says goes to its folder."""
    check(order)
    order.out.mkdir(parents=True, exist_ok=True)
    flags = 0
    if sys.platform == "win32":
        flags = subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP
    order.remember()
    with (order.out / CONSOLE).open("wb") as console:
        child = subprocess.Popen(
            command(order),
            stdin=subprocess.DEVNULL,
            stdout=console,
            stderr=subprocess.STDOUT,
            cwd=order.out,
            env=environment(),
            start_new_session=True,  # a signal to the window's group is not for the training
            creationflags=flags,
        )
    _children.append(child)
    return child


def last_words(folder: Path) -> str:
    """Return the last sentence a training said before it ended, empty when it said none."""
    try:
        data = (folder / CONSOLE).read_bytes()[-4000:]
    except OSError:
        return ""
    lines = [line.strip() for line in data.decode(errors="replace").splitlines() if line.strip()]
    return lines[-1] if lines else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """The process of a run, as it was found."""

    pid: int
    paused: bool
    training_set: Path | None


def find(folder: Path) -> Training | None:
    """Return the process that trains into a folder, the outermost when there are several."""
    _children[:] = [child for child in _children if child.poll() is None]
    found = dict(_trainings(folder.resolve()))
    for pid, process in found.items():
        try:
            if process.ppid() not in found:
                paused = process.status() == psutil.STATUS_STOPPED
                return Training(pid=pid, paused=paused, training_set=_set_of(process))
        except psutil.Error:
            continue
    return None


def running() -> list[Path]:
    """Return the folders of all runs being trained by this user now."""
    found = []
    for process in psutil.process_iter():
        words = _words(process)
        if (out := _out(process, words)) is not None and out not in found:
            found.append(out)
    return found


def _trainings(folder: Path) -> Iterator[tuple[int, psutil.Process]]:
    for process in psutil.process_iter():
        if _out(process, _words(process)) == folder:
            yield process.pid, process


def _words(process: psutil.Process) -> list[str]:
    try:
        words = process.cmdline()
        if process.status() == psutil.STATUS_ZOMBIE:
            return []
    except psutil.Error:
        return []
    return words


def _out(process: psutil.Process, words: Sequence[str]) -> Path | None:
    """Return where a process trains to, None when it is no training."""
    if not any(a == "-m" and b == MODULE for a, b in pairwise(words)):
        return None
    for number, word in enumerate(words):
        if word == "--out" and number + 1 < len(words):
            return _placed(process, words[number + 1])
        if word.startswith("--out="):
            return _placed(process, word.removeprefix("--out="))
    return None


def _placed(process: psutil.Process, path: str) -> Path | None:
    try:
        return (Path(process.cwd()) / path).resolve()
    except (psutil.Error, OSError):
        return Path(path).resolve() if Path(path).is_absolute() else None


def _set_of(process: psutil.Process) -> Path | None:
    """Return the training set of a training: the first argument that is one."""
    words = _words(process)
    after = words[words.index(MODULE) + 1 :] if MODULE in words else []
    for word in after:
        place = None if word.startswith("-") else _placed(process, word)
        if place is not None and (place / "set.json").is_file():
            return place
    return None


def _family(pid: int) -> list[psutil.Process]:
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


def pause(training: Training) -> None:
    """Halt a training where it is; it keeps its memory and leaves the processors alone."""
    for process in _family(training.pid):
        process.suspend()


def go_on(training: Training) -> None:
    """Let a paused training go on."""
    for process in _family(training.pid):
        process.resume()


def stop(training: Training) -> None:
    """Ask a training to finish its step, save and end (SIGTERM)."""
    psutil.Process(training.pid).terminate()
    if training.paused:
        go_on(training)


def plan(order: Order, cancelled: Callable[[], bool] = lambda: False) -> Mapping[str, Any]:
    """Return what a training would take, as the trainer reckons it: rungs, bytes, seconds.

    ValueError with the trainer's sentence when it refuses, or when it was cancelled.
    """
    check(order)
    with subprocess.Popen(
        [*command(order), "--dry-run", "--json"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
        text=True,
    ) as process:
        while True:
            try:
                out, errors = process.communicate(timeout=0.3)
                break
            except subprocess.TimeoutExpired:
                if cancelled():
                    process.kill()
    lines = [line for line in errors.splitlines() if line.strip()]
    if process.returncode != 0:
        raise ValueError(lines[-1] if lines else f"the trainer ended with {process.returncode}")
    try:
        found: Mapping[str, Any] = json.loads(out)
    except ValueError:
        raise ValueError("this trainer gives no estimate") from None
    return found


def plan_words(found: Mapping[str, Any]) -> str:
    """Return a plan in a few lines: time and memory by rung, time and disk in all."""
    lines = []
    for rung in found["rungs"]:
        memory = f", {rung['memory'] / 1e9:.1f} GB" if rung.get("memory") else ""
        time = duration(rung["seconds"])
        if not rung.get("measured", True):
            time = tr("about {time}", time=time)
        lines.append(f"{rung['height']}x{rung['width']}: {time}{memory}")
    total = tr("In all {time}", time=duration(found["seconds"]))
    disk, free = found.get("disk"), found.get("free")
    if disk:
        size, room = f"{disk / 1e9:.1f}", f"{(free or 0) / 1e9:.0f}"
        needs = tr("{size} GB on disk of {room} GB free") if free else tr("{size} GB on disk")
        total += f"; {needs.format(size=size, room=room)}"
        if free and free < disk:
            total = tr("{plan}: not enough", plan=total)
    return "\n".join([*lines, total])
