"""A run folder as the trainer writes it, and a page whose trainings are stand-ins without torch."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.ui import theme
from app.ui.jobs import Jobs
from app.ui.training.page import TrainingPage
from gan import trainset

CONFIG = {
    "network": {"base": [5, 4], "rungs": 3},
    "growth": {"start": 0, "top": 2, "fade_kimg": [0, 2, 2], "hold_kimg": [4, 6, 8]},
}


@pytest.fixture
def training_set(tmp_path) -> Path:
    pixels = np.zeros((4, 20, 16), np.uint8)
    records = [
        trainset.Record(file=f"{n}", view="CC", side="R", patient=f"{n // 2}", split=split)
        for n, split in enumerate(["train", "train", "train", "held-out"])
    ]
    trainset.write(tmp_path / "set", pixels, records, (5, 4))
    return tmp_path / "set"


@pytest.fixture
def write_run(tmp_path) -> Callable[..., Path]:
    """Write a run of so many ticks, one every thousand images, each with a sheet."""

    def write(name: str, ticks: int, last: str = "saved", **values) -> Path:
        folder = tmp_path / name
        (folder / "sheets").mkdir(parents=True)
        (folder / "checkpoints").mkdir()
        (folder / "config.json").write_text(json.dumps(CONFIG))
        events = [{"event": "started", "time": 1.0, "set": "5e7"}]
        for n in range(1, ticks + 1):
            known = {"critic_loss": 1 / n, "generator_loss": 1.0, "rate": 50.0, "rung": 0, **values}
            events.append({"event": "tick", "time": 1.0 + n, "shown": 1000 * n, **known})
            grey = np.full((40, 64), 20 * n, np.uint8)
            Image.fromarray(grey).save(folder / "sheets" / f"fakes-{1000 * n:09d}.png")
        Image.fromarray(np.full((40, 64), 200, np.uint8)).save(folder / "sheets" / "reals.png")
        (folder / "checkpoints" / "1-rung0.safetensors").touch()
        events.append({"event": last, "time": 99.0, "shown": 1000 * ticks})
        (folder / "events.jsonl").write_text("".join(json.dumps(e) + "\n" for e in events))
        return folder

    return write


@pytest.fixture
def page(themed, qtbot) -> Iterator[TrainingPage]:
    jobs = Jobs()
    page = TrainingPage(jobs, theme.load())
    qtbot.addWidget(page)
    page.resize(1300, 800)
    page.show()
    qtbot.waitExposed(page)
    yield page
    page.dispose()
    jobs.close()
