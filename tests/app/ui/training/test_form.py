import os
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app import launch
from app.ui.jobs import Jobs
from app.ui.training.form import Form


@pytest.fixture
def form(themed, qtbot):
    jobs = Jobs()
    form = Form(jobs)
    qtbot.addWidget(form)
    form.resize(900, 700)
    form.show()
    yield form
    form.prepare.end()
    qtbot.waitUntil(lambda: not form.prepare.working, timeout=120_000)
    jobs.close()


def chosen(form, qtbot, folder) -> None:
    form.set.put(folder)
    qtbot.waitUntil(lambda: form.set.found.text() not in ("", "reading"), timeout=5000)


def test_a_good_order_can_be_started(form, qtbot, training_set, tmp_path) -> None:
    form.preset.setCurrentText("tiny")
    chosen(form, qtbot, training_set)
    assert form.set.found.text() == "4 images of 2 patients, 1 held out; up to 20x16"
    assert not form.start.isEnabled()
    form.out.put(tmp_path / "run")
    form.threads.setValue(2)
    assert form.out.found.text() == "will be made"
    with qtbot.waitSignal(form.ordered) as told:
        form.start.click()
    order = told.args[0]
    assert (order.training_set, order.out) == (training_set, tmp_path / "run")
    assert (order.preset, order.threads, order.resume) == ("tiny", 2, False)


def test_what_is_wrong_is_said_beside_it(form, qtbot, training_set, tmp_path) -> None:
    chosen(form, qtbot, tmp_path)
    assert form.set.found.refused
    assert "not a training set (set.json is missing)" in form.set.found.text()
    chosen(form, qtbot, training_set)
    form.preset.setCurrentText("small")
    assert form.about.text() == "small climbs to 160x128; the training set ends at 20x16"
    form.preset.setCurrentText("tiny")
    assert not form.about.refused
    (tmp_path / "old" / "checkpoints").mkdir(parents=True)
    (tmp_path / "old" / "checkpoints" / "x").touch()
    form.out.put(tmp_path / "old")
    assert "old holds a run already" in form.out.found.text()
    form.out.put(training_set / "set.json")
    assert "set.json is a file" in form.out.found.text()
    form.out.put(training_set / "set.json" / "below")
    assert "set.json is a file" in form.out.found.text()
    assert not form.start.isEnabled()


def test_the_next_free_name_is_proposed_where_runs_are_kept(form, tmp_path) -> None:
    (tmp_path / "run-1").mkdir()
    form.begin(preset="tiny", threads=3, folder=tmp_path)
    assert form.out.path() == tmp_path / "run-2"
    assert (form.preset.currentText(), form.threads.value()) == ("tiny", 3)


def test_another_set_than_the_run_began_with_is_refused(
    form, qtbot, training_set, write_run
) -> None:
    from app.runs import Follower

    follower = Follower(write_run("a", 2))
    follower.read()
    form.resume(follower.run)
    chosen(form, qtbot, training_set)
    qtbot.waitUntil(lambda: form.set.found.refused)
    assert form.set.found.text() == "This is not the training set the run was begun with."
    assert not form.start.isEnabled()


def test_an_estimate_is_the_trainers(form, qtbot, training_set, tmp_path, monkeypatch) -> None:
    found = {
        "rungs": [
            {"height": 5, "width": 4, "seconds": 90.0, "memory": 2e9, "measured": True},
            {"height": 10, "width": 8, "seconds": 7200.0, "memory": 3e9, "measured": False},
        ],
        "seconds": 7290.0,
        "disk": 4e9,
        "free": 1e9,
    }
    monkeypatch.setattr(launch, "plan", lambda order, cancelled: found)
    chosen(form, qtbot, training_set)
    form.preset.setCurrentText("tiny")
    form.out.put(tmp_path / "run")
    form.estimate.click()
    qtbot.waitUntil(lambda: "In all" in form.plan.text(), timeout=5000)
    assert form.plan.text().splitlines() == [
        "5x4: 2 min, 2.0 GB",
        "10x8: about 2 h 0 min, 3.0 GB",
        "In all 2 h 2 min; 4.0 GB on disk of 1 GB free: not enough",
    ]
    assert form.estimate.isEnabled()


def test_a_refused_estimate_says_why(form, qtbot, training_set, tmp_path, monkeypatch) -> None:
    def refuse(order, cancelled):
        raise ValueError("set: 3 rungs; the preset needs 6")

    monkeypatch.setattr(launch, "plan", refuse)
    chosen(form, qtbot, training_set)
    form.preset.setCurrentText("tiny")
    form.out.put(tmp_path / "run")
    form.estimate.click()
    qtbot.waitUntil(lambda: form.plan.refused, timeout=5000)
    assert form.plan.text() == "set: 3 rungs; the preset needs 6"


def mammograms(folder: Path) -> Path:
    folder.mkdir()
    lines = ["file,source,patient_id,laterality,view,bits,notes"]
    rng = np.random.default_rng(0)
    for number in range(6):
        side, view = "RL"[number % 2], ("CC", "MLO")[number // 2 % 2]
        grey = np.zeros((120, 100), np.uint8)
        grey[20:100, : 50 + 4 * number] = rng.integers(60, 250, (80, 50 + 4 * number))
        Image.fromarray(grey if side == "L" else grey[:, ::-1]).save(folder / f"{number}.png")
        lines.append(f"{number}.png,test,p{number // 2},{side},{view},8,")
    (folder / "manifest.csv").write_text("\n".join(lines) + "\n")
    return folder


def test_a_set_is_prepared_in_place_and_taken_into_the_form(form, qtbot, tmp_path) -> None:
    form.prepare.open(mammograms(tmp_path / "exams"))
    assert not form.prepare.go.isEnabled()
    form.prepare.out.put(tmp_path / "made")
    form.prepare.largest.setCurrentIndex(0)
    with qtbot.waitSignal(form.prepare.prepared, timeout=60_000):
        form.prepare.go.click()
        assert form.prepare.working
        assert form.prepare.stop.isVisible()
        assert not form.prepare.go.isEnabled()
    assert form.prepare.words.text().startswith("6 images prepared")
    assert form.set.path() == tmp_path / "made"
    qtbot.waitUntil(lambda: "6 images of 3 patients" in form.set.found.text(), timeout=5000)


def test_what_keeps_a_set_from_being_prepared_is_said(form, qtbot, tmp_path) -> None:
    (tmp_path / "empty").mkdir()
    form.prepare.open(tmp_path / "empty")
    form.prepare.out.put(tmp_path / "made")
    form.prepare.go.click()
    qtbot.waitUntil(lambda: not form.prepare.working, timeout=60_000)
    assert form.prepare.words.refused
    assert "Traceback" not in form.prepare.words.text()
    form.prepare.source.put(tmp_path / "gone")
    assert form.prepare.source.found.text() == "gone: no such folder"


@pytest.mark.skipif(os.name == "nt", reason="needs a program that sleeps")
def test_preparing_can_be_stopped(form, qtbot, tmp_path, monkeypatch) -> None:
    code = 'import time; print(\'{"done": 1, "total": 9}\', flush=True); time.sleep(60)'
    monkeypatch.setattr(
        launch, "preparing", lambda sources, out, rows: [sys.executable, "-c", code]
    )
    form.prepare.open(tmp_path)
    form.prepare.out.put(tmp_path / "made")
    form.prepare.go.click()
    qtbot.waitUntil(lambda: form.prepare.words.text().startswith("1 of 9 images"), timeout=120_000)
    form.prepare.stop.click()
    qtbot.waitUntil(lambda: not form.prepare.working, timeout=120_000)
    assert form.prepare.words.text() == "Stopped. Prepare again to go on with the rest."
