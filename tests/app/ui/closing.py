"""Opens the real window over and over, closes it at a random moment, and tells how it ended.

python closing.py COUNT SEED PLACE prints one JSON line for each close. Each is a process of its
own, forked from one that has imported everything: what is tested is the end, not the imports.
"""

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

import numpy as np
import pyqtgraph  # noqa: F401
import torch  # noqa: F401, TID253
from PIL import Image
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

import app.dicom.read
import app.export.batch
import app.synth.quality
import app.synth.render
import app.ui.training.page  # noqa: F401
from app import launch
from app.launch import Order
from app.ui import application

WORKS = ("loading", "generating", "training", "exporting", "preparing")
LATEST_MS = 3000  #: after the first beat of the event loop
PATIENCE_S = 120


def exams(folder: Path) -> None:
    """Write three exams of four views."""
    folder.mkdir()
    lines = ["file,source,patient_id,laterality,view,bits,notes"]
    y, x = np.mgrid[:900, :700]
    for patient in range(3):
        for side in "RL":
            inward = 699 - x if side == "R" else x
            disc = (inward / 560) ** 2 + ((y - 450) / 360) ** 2 < 1
            for view in ("CC", "MLO"):
                rng = np.random.default_rng(patient)
                pixels = np.where(disc, rng.integers(800, 60000, y.shape), 0).astype(np.uint16)
                name = f"{patient}{side}{view}.png"
                Image.fromarray(pixels).save(folder / name)
                lines.append(f"{name},test,{patient},{side},{view},16,")
    (folder / "manifest.csv").write_text("\n".join(lines) + "\n")


def training_set(folder: Path) -> None:
    """Write a set of noise that a trainer takes."""
    from gan import trainset

    pixels = np.random.default_rng(0).integers(0, 255, (16, 20, 16), np.uint8)
    records = [
        trainset.Record(file=f"{n}.png", view=("CC", "MLO")[n % 2], side="L",
                        patient=f"p{n}", split="train" if n < 12 else "held-out")
        for n in range(16)
    ]  # fmt: skip
    trainset.write(folder, pixels, records, (5, 4))


def begin(window, work: str, place: Path, number: int) -> None:
    """Have the window do what it is to be closed in the middle of."""
    if work == "loading":
        window.opening.open([str(place / "exams")])
    elif work == "generating":
        window.random_exam()
    elif work == "exporting":
        from app.core.recipe import LatentPoint, Recipe
        from app.ui.exporting.work import BATCH, Request, write

        def export() -> None:
            model = window.studio.model
            recipe = Recipe(model=model.info.hash, point=LatentPoint(seed=1))
            asked = Request(what=BATCH, form="dicom", folder=place / f"out{number}",
                            recipe=recipe, count=500)  # fmt: skip
            window.jobs.run("export", lambda job: write(model, asked, job), print, lane="synth")

        window.studio.loaded.connect(export)
        window.studio.start()
    elif work == "training":
        window.show_panel("training")
        order = Order(training_set=place / "set", out=place / f"run{number}", preset="tiny")
        window.pages.page("training").controls.start(order)
    else:
        window.train()
        window.opening.open([str(place / "exams")])
        window.studio.start()


def child(work: str, moment_ms: int, place: Path, number: int, told: int) -> int:
    """Run the application, close it at its moment; returns its exit status."""
    own = place / f"home{number}"
    own.mkdir()
    for name in ("SETTINGS", "DATA", "LOGS"):
        os.environ[f"MAMMOSCOPE_{name}"] = str(own)

    def close() -> None:
        (window,) = (w for w in QApplication.topLevelWidgets() if hasattr(w, "desk"))
        if moment_ms % 2:
            window.actions_by_id["quit"].trigger()
        os.write(told, f"{time.monotonic()} {len(window.jobs.running())}\n".encode())
        window.close()

    def started() -> None:
        (window,) = (w for w in QApplication.topLevelWidgets() if hasattr(w, "desk"))
        begin(window, work, place, number)
        QTimer.singleShot(moment_ms, close)

    QTimer.singleShot(0, started)
    return application.run([], protocol=None, step=1, demo=False, screenshot=None, size=(1000, 700))


def once(number: int, place: Path, rng: random.Random) -> dict[str, object]:
    """Fork, wait, and return how it ended."""
    work, moment = WORKS[number % len(WORKS)], rng.randrange(LATEST_MS)
    heard, told = os.pipe()
    errors = place / f"errors{number}"
    if (pid := os.fork()) == 0:
        with errors.open("wb") as file:
            os.dup2(file.fileno(), 2)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(child(work, moment, place, number, told))
    os.close(told)
    deadline = time.monotonic() + PATIENCE_S
    while True:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            break
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.005)
    now = time.monotonic()
    with os.fdopen(heard) as pipe:
        began, jobs = pipe.readline().split() or ("nan", "-1")
    log = next((place / f"home{number}").glob("faults.log"), None)
    faults = (
        [] if log is None else [line for line in log.read_text().splitlines() if " at " in line]
    )
    if (training := launch.find(place / f"run{number}")) is not None:
        os.kill(training.pid, signal.SIGKILL)
    return {
        "work": work, "moment_ms": moment, "jobs": int(jobs),
        "seconds": round(now - float(began), 3),
        "status": os.waitstatus_to_exitcode(status), "errors": errors.read_text(errors="replace"),
        "faults": [line for line in faults if "no answer" not in line],
        "gaps": [line for line in faults if "no answer" in line],
    }  # fmt: skip


if __name__ == "__main__":
    where = Path(sys.argv[3])
    exams(where / "exams")
    training_set(where / "set")
    draw = random.Random(int(sys.argv[2]))
    for at in range(int(sys.argv[1])):
        found = once(at, where, draw)
        print(json.dumps(found), flush=True)
