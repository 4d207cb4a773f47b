"""A small sealed reading of drawn discs, and readers who answer by script, without a window."""

import csv
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from app.reading import package, truth
from app.reading.audit import Audit
from app.reading.design import Design, parse_design
from app.reading.package import EVENTS, open_package
from app.reading.record import genesis
from app.reading.seal import PACKAGES, Stimulus, seal
from app.reading.session import Course, Progress
from app.store.store import Store

CHEAP = {"iterations": 1, "lanes": 1, "memory_kib": 256}
PASSPHRASE = "four plain words here"
DESIGN = """
schema = 1
title = "Discs"
question = "Was this drawn by a computer?"
told = "Some are real."
readers = ["ann", "bob"]
[real]
source = ["real"]
count = 10
[[generated]]
name = "model"
count = 10
[stimulus]
height = 40
[training]
real = 1
generated = 1
feedback = true
[order]
block = [3, 5]
repeats = 3
break_every = 8
blank_ms = 200
[analysis]
rationale = "a test of the software only"
"""


@pytest.fixture(scope="session", autouse=True)
def cheap_derivation():
    """Passphrases are stretched in a thousandth of the time; each file says at what cost."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(truth, "KEY_COST", CHEAP)
        patch.setattr(package, "CODE_COST", CHEAP)
        yield


@pytest.fixture(scope="session")
def design() -> Design:
    return parse_design(DESIGN, "design.toml")


@pytest.fixture(scope="session")
def stimuli_of() -> Callable[[Design], list[Stimulus]]:
    return drawn_discs


def drawn_discs(design: Design, seed: int = 3) -> list[Stimulus]:
    """Noisy half discs of every arm, all from one distribution."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[: design.stimulus.height, : design.columns]

    def disc() -> np.ndarray:
        size = rng.uniform(0.6, 0.9, 2)
        inside = (x / (size[0] * design.columns)) ** 2 + (
            (y / design.stimulus.height - 0.5) / (size[1] / 2)
        ) ** 2 < 1
        return np.where(inside, rng.integers(1, 256, x.shape), 0).astype(np.uint8)

    arms = [("real", design.real.count, design.training.real)]
    extra = design.training.generated
    for arm in design.generated:
        arms.append((arm.name, arm.count, extra))
        extra = 0
    views = 4 if design.stimulus.show == "exam" else 1
    return [
        Stimulus(
            pictures=np.stack([disc() for _ in range(views)]),
            arm=arm,
            origin=f"{arm}-{number}.png",
            view="CC" if number % 2 else "MLO",
            side="L",
            training=number >= count,
        )
        for arm, count, training in arms
        for number in range(count + training)
    ]


CLEAN = Audit(cases=20, findings=(), waived={}, nearest_words="not checked")


@dataclass
class Reading:
    folder: Path
    key: Path
    passphrase: str
    codes: dict[str, str]

    def package(self, reader: str) -> Path:
        return self.folder / PACKAGES / reader


def make(folder: Path, design: Design) -> Reading:
    folder.mkdir(exist_ok=True)
    out, key = folder / "sealed", folder / "owner.key"
    made = seal(
        design,
        drawn_discs(design),
        CLEAN,
        out=out,
        key_file=key,
        passphrase=PASSPHRASE,
        version="test",
    )
    return Reading(folder=out, key=key, passphrase=PASSPHRASE, codes=dict(made.codes))


@pytest.fixture(scope="session")
def clean() -> Audit:
    return CLEAN


@pytest.fixture(scope="session")
def _sealed(tmp_path_factory, design) -> Reading:
    return make(tmp_path_factory.mktemp("reading"), design)


@pytest.fixture
def reading(_sealed, tmp_path) -> Reading:
    shutil.copytree(_sealed.folder, tmp_path / "sealed")
    shutil.copy(_sealed.key, tmp_path / "owner.key")
    return replace(_sealed, folder=tmp_path / "sealed", key=tmp_path / "owner.key")


@pytest.fixture
def sealed_as(tmp_path) -> Callable[[Design], Reading]:
    return lambda design: make(tmp_path / "another", design)


def read_through(folder: Path, answers: int | None = None, rating: int = 4) -> str:
    """Answer trials as a reader would, all or some; return the head."""
    opened = open_package(folder)
    course = Course.of(opened.order, opened.protocol["design"])
    store = Store(folder / EVENTS, genesis(opened.protocol_hash, opened.reader), opened.reader)
    progress = Progress.of(course, store.records)
    store.append("opened", {})
    given = 0
    while (trial := progress.next_trial()) is not None and given != answers:
        where = {"session": trial.session, "trial": trial.number, "cases": list(trial.cases)}
        progress.take(store.append("trial_shown", where))
        facts = {
            "phase": trial.phase,
            "showing": 1,
            "interrupted": False,
            "time_us": 1_500_000 + given,
            "called": rating > 3,
            "rating": rating,
            "sure": 33,
            "changes": 0,
            "zoomed": 0,
            "marks": [{"case": 0, "view": "", "x": 500000, "y": 250000, "reason": "shape"}],
        }
        progress.take(store.append("answer", where | facts))
        given += 1
    if progress.finished:
        store.append("session_ended", {"session": 0})
        store.append("reading_ended", {})
    store.append("closed", {})
    store.close()
    return store.head


@pytest.fixture
def reads() -> Callable[..., str]:
    return read_through


def codes(folder: Path) -> dict[str, str]:
    with (folder / "codes.csv").open(encoding="utf-8") as file:
        return {row["reader"]: row["code"] for row in csv.DictReader(file)}
