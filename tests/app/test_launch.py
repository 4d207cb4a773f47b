import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from app import launch
from app.launch import Order
from gan import trainset
from train.config import preset_names

FAKE = """
import pathlib, signal, sys, time
out = pathlib.Path(sys.argv[sys.argv.index("--out") + 1])
print("warming up", flush=True)
if "--threads" in sys.argv:
    print("threads are not to my liking", file=sys.stderr)
    sys.exit(2)
asked = []
signal.signal(signal.SIGTERM, lambda *a: asked.append(a))
(out / "ready").touch()
while not asked:
    time.sleep(0.02)
(out / "saved").touch()
"""


@pytest.fixture
def training_set(tmp_path) -> Path:
    pixels = np.zeros((2, 10, 8), np.uint8)
    keys = {"file": "a", "side": "R", "patient": "1", "split": "train"}
    records = [trainset.Record(view=view, **keys) for view in ("CC", "MLO")]
    trainset.write(tmp_path / "set", pixels, records, (5, 4))
    return tmp_path / "set"


@pytest.fixture
def trainer(tmp_path, monkeypatch):
    """A stand-in for the trainer that needs no torch; whatever it leaves behind is killed."""
    package = tmp_path / "package" / "train"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "__main__.py").write_text(FAKE)
    monkeypatch.setattr(
        launch, "environment", lambda: {**os.environ, "PYTHONPATH": str(tmp_path / "package")}
    )
    started = []
    yield started
    for process in started:
        process.send_signal(signal.SIGCONT)
        process.kill()
        process.wait()


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 20
    while not path.exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_the_presets_are_the_trainers(tmp_path) -> None:
    found = launch.presets()
    assert {p.name for p in found} == set(preset_names())
    assert all(p.words and not p.words.startswith("#") for p in found)
    assert found[-1].name == "tiny"


def test_a_training_is_found_halted_and_stopped(training_set, trainer, tmp_path) -> None:
    run = tmp_path / "a run"
    assert launch.find(run) is None
    trainer.append(launch.start(Order(training_set=training_set, out=run, preset="tiny")))
    wait_for(run / "ready")
    found = launch.find(run)
    assert found.pid == trainer[0].pid
    assert found.training_set == training_set
    assert run in launch.running()
    assert launch.find(tmp_path / "another") is None
    launch.pause(found)
    assert launch.find(run).paused
    launch.go_on(found)
    assert not launch.find(run).paused
    launch.pause(found)
    launch.stop(launch.find(run))  # halted or not, it is let finish its step and save
    assert trainer[0].wait(timeout=20) == 0
    assert (run / "saved").exists()
    assert launch.find(run) is None


def test_a_training_outlives_the_process_that_started_it(training_set, trainer, tmp_path) -> None:
    run = tmp_path / "run"
    code = f"""
from pathlib import Path
from app import launch
launch.environment = lambda: {launch.environment()!r}
launch.start(launch.Order(training_set=Path({str(training_set)!r}), out=Path({str(run)!r})))
"""
    env = {**os.environ, "PYTHONPATH": str(Path(launch.__file__).parents[1])}
    subprocess.run([sys.executable, "-c", code], check=True, env=env)
    wait_for(run / "ready")
    found = launch.find(run)
    assert found is not None
    launch.stop(found)
    wait_for(run / "saved")


def test_what_it_says_on_failing_can_be_read(training_set, trainer, tmp_path) -> None:
    order = Order(training_set=training_set, out=tmp_path / "run", threads=3)
    trainer.append(launch.start(order))
    assert trainer[0].wait(timeout=20) == 2
    assert launch.last_words(tmp_path / "run") == "threads are not to my liking"
    assert launch.last_words(tmp_path / "none") == ""


def test_orders_that_would_be_refused_say_why(training_set, tmp_path) -> None:
    run = tmp_path / "run"
    (run / "checkpoints").mkdir(parents=True)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="empty: not a training set"):
        launch.check(Order(training_set=tmp_path / "empty", out=run))
    with pytest.raises(ValueError, match="gone: no such folder"):
        launch.check(Order(training_set=tmp_path / "gone", out=run))
    with pytest.raises(ValueError, match="run: holds no checkpoint to go on from"):
        launch.check(Order(training_set=training_set, out=run, resume=True))
    (run / "checkpoints" / "1.safetensors").touch()
    with pytest.raises(ValueError, match="run: holds a run already; go on with it"):
        launch.check(Order(training_set=training_set, out=run))
    with pytest.raises(ValueError, match=r"set\.json: is a file"):
        launch.check(Order(training_set=training_set, out=training_set / "set.json"))


def test_the_facts_of_a_set_are_those_of_its_file(training_set) -> None:
    written = json.loads((training_set / "set.json").read_text())
    facts = launch.set_facts(training_set)
    assert facts["fingerprint"] == written["fingerprint"]
    assert facts["images"] == 2


def test_the_command_line_is_one_the_trainer_reads(training_set, tmp_path) -> None:
    from train.__main__ import _arguments

    order = Order(training_set=training_set, out=tmp_path / "r", preset="tiny", threads=2)
    given = _arguments().parse_args(order.arguments())
    assert (given.set, given.out, given.preset) == (training_set, tmp_path / "r", "tiny")
    assert (given.threads, given.resume) == (2, False)
    again = Order(training_set=training_set, out=tmp_path / "r", resume=True)
    assert _arguments().parse_args(again.arguments()).resume
