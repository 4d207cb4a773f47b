import json

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from app import launch
from app.launch import Order, Training
from app.runs import Follower
from app.ui.training.page import FORM, NOTHING, RUN
from app.ui.training.runlist import FOLDER

NOBODY = 2**31 - 1  #: no process has this number


def shown(page, qtbot, folder) -> None:
    page.show_run(folder)
    qtbot.waitUntil(lambda: folder in page._seen, timeout=5000)
    qtbot.waitUntil(lambda: page.sheets.first.image is not None, timeout=5000)


def item(page, folder):
    items = [page.list.item(n) for n in range(page.list.count())]
    return next(i for i in items if i.data(FOLDER) == folder)


def alarms(page) -> list[str]:
    return [alarm.text() for alarm in page.alarms if alarm.isVisible()]


def test_without_a_run_it_says_what_a_run_is(page) -> None:
    assert page.stack.currentIndex() == NOTHING
    assert page.begin.isVisible()


def test_a_run_shows_stages_curves_and_its_newest_sheet(page, qtbot, write_run) -> None:
    shown(page, qtbot, write_run("a", 8))
    assert page.stack.currentIndex() == RUN
    assert page.controls.name.text() == "a"
    assert "8,000 of 22,000 images" in page.controls.state.text()
    losses = page.curves.plots[0]
    curve = losses._curves[0, "critic_loss"]
    assert list(curve.getData()[0]) == [1000 * n for n in range(1, 9)]
    assert losses.values.text().startswith("\N{EM DASH} critic 0.125")
    swd = page.curves.plots[2]
    assert swd.empty.isVisible()
    assert not swd.plot.isVisible()
    assert page.sheets.first.image.pixelColor(5, 5).value() == 160
    assert page.sheets.first.words == "10x8, 8,000 images"
    assert page.sheets.first.synthetic


def test_only_charts_with_something_to_tell_are_added(page, qtbot, write_run) -> None:
    shown(page, qtbot, write_run("a", 3, augmentation=0.4))
    titles = [p.chart.title for p in page.curves.plots if p.isVisible()]
    assert "Augmentation" in titles
    assert "Learning rate" not in titles


def test_scrubbing_goes_through_time_and_marks_the_curves(page, qtbot, write_run) -> None:
    shown(page, qtbot, write_run("a", 8))
    page.sheets.slider.setValue(2)
    qtbot.waitUntil(lambda: page.sheets.first.image.pixelColor(5, 5).value() == 60)
    assert page.sheets.where.text() == "3,000 images"
    assert all(p._line.value() == 3000 for p in page.curves.plots)
    assert "critic 0.3333" in page.curves.plots[0].values.text()
    assert page.timeline._mark == 3000
    page.sheets.slider.setValue(page.sheets.slider.maximum())
    assert not page.curves.plots[0]._line.isVisible()
    assert page.sheets.where.text() == "8,000 images, newest"


def test_a_click_on_the_timeline_goes_there(page, qtbot, write_run) -> None:
    shown(page, qtbot, write_run("a", 8))
    x = round(page.timeline.width() * 5500 / 22_000)
    qtbot.mouseClick(page.timeline, Qt.MouseButton.LeftButton, pos=QPoint(x, 5))
    assert page.sheets.where.text() == "5,000 images"


def test_at_the_end_it_follows_and_elsewhere_it_stays(page, qtbot, write_run) -> None:
    folder = write_run("a", 4)
    shown(page, qtbot, folder)

    def more(n: int) -> None:
        source = folder / "sheets" / "fakes-000001000.png"
        (folder / "sheets" / f"fakes-{n:09d}.png").write_bytes(source.read_bytes())
        with (folder / "events.jsonl").open("a") as file:
            file.write(json.dumps({"event": "tick", "time": 9.0, "shown": n}) + "\n")
        page.watch.look()
        qtbot.waitUntil(lambda: page._seen[folder].run.shown == n, timeout=5000)

    more(5000)
    assert page.sheets.where.text() == "5,000 images, newest"
    page.sheets.step(-3)
    more(6000)
    assert page.sheets.where.text() == "2,000 images"


def test_reals_are_shown_in_place_and_are_not_called_synthetic(page, qtbot, write_run) -> None:
    shown(page, qtbot, write_run("a", 4))
    page.sheets.reals.click()
    qtbot.waitUntil(lambda: page.sheets.first.image.pixelColor(5, 5).value() == 200)
    assert not page.sheets.first.synthetic
    assert page.sheets.first.words == "real images"


def test_playing_ends_at_the_newest(page, qtbot, write_run) -> None:
    shown(page, qtbot, write_run("a", 3))
    page.sheets.play.click()
    assert page.sheets.slider.value() == 0
    qtbot.waitUntil(lambda: not page.sheets.play.isChecked(), timeout=5000)
    assert page.sheets.slider.value() == 2


def test_compared_runs_get_curves_and_a_sheet_of_the_same_moment(page, qtbot, write_run) -> None:
    a, b, c = write_run("a", 8), write_run("b", 3), write_run("c", 5)
    for folder in (c, b, a):
        shown(page, qtbot, folder)
    item(page, b).setCheckState(Qt.CheckState.Checked)
    qtbot.waitUntil(lambda: (1, "critic_loss") in page.curves.plots[0]._curves)
    assert page.sheets.second.isVisible()
    page.sheets.go_to(2000)
    qtbot.waitUntil(lambda: page.sheets.second.image.pixelColor(5, 5).value() == 40)
    assert page.sheets.second.words == "b: 5x4, 2,000 images"
    assert item(page, a).data(Qt.ItemDataRole.CheckStateRole) is None
    item(page, c).setCheckState(Qt.CheckState.Checked)
    qtbot.waitUntil(lambda: (2, "critic_loss") in page.curves.plots[0]._curves)
    item(page, b).setCheckState(Qt.CheckState.Unchecked)
    item(page, c).setCheckState(Qt.CheckState.Unchecked)
    qtbot.waitUntil(lambda: (1, "critic_loss") not in page.curves.plots[0]._curves)
    assert not page.sheets.second.isVisible()


def test_a_run_taken_off_the_list_stays_on_disk(page, qtbot, write_run) -> None:
    a, b = write_run("a", 2), write_run("b", 2)
    for folder in (b, a):
        shown(page, qtbot, folder)
    with qtbot.waitSignal(page.remembered) as told:
        page.list.setFocus()
        qtbot.keyClick(page.list, Qt.Key.Key_Delete)
    assert told.args == [[str(b)]]
    assert page.controls.name.text() == "b"
    assert a.is_dir()


def test_alarms_stand_at_the_top_the_newest_first(page, qtbot, write_run) -> None:
    folder = write_run("a", 4)
    with (folder / "events.jsonl").open("a") as file:
        for n, text in enumerate(["Old.", "Newer.", "Newer."]):
            event = {"event": "alarm", "time": 50.0 + n, "shown": 4000, "text": text}
            file.write(json.dumps(event) + "\n")
    shown(page, qtbot, folder)
    assert alarms(page) == ["Newer. (4,000 images)", "Old. (4,000 images)"]
    with (folder / "events.jsonl").open("a") as file:
        file.write(json.dumps({"event": "started", "time": 60.0}) + "\n")
    page.watch.look()
    qtbot.waitUntil(lambda: alarms(page) == [])


def test_a_folder_without_a_run_says_so(page, qtbot, tmp_path) -> None:
    (tmp_path / "other").mkdir()
    page.show_run(tmp_path / "other")
    qtbot.waitUntil(lambda: alarms(page) != [], timeout=5000)
    assert alarms(page)[0].startswith("other: no run here")
    assert not page.controls.resume.isVisible()


def test_a_sheet_that_is_no_picture_says_so(page, qtbot, write_run) -> None:
    folder = write_run("a", 2)
    (folder / "sheets" / "fakes-000002000.png").write_text("not a picture")
    page.show_run(folder)
    qtbot.waitUntil(lambda: page.sheets.first.note == "This sheet can't be read", timeout=5000)


def test_a_training_is_halted_continued_and_stopped(page, qtbot, write_run, monkeypatch) -> None:
    folder = write_run("a", 4)
    state = {"training": Training(pid=NOBODY, paused=False, training_set=None)}
    done = []

    def act(name: str, then: Training | None):
        def run(training: Training) -> None:
            done.append(name)
            state["training"] = then

        return run

    halted = Training(pid=NOBODY, paused=True, training_set=None)
    monkeypatch.setattr(launch, "find", lambda f: state["training"])
    monkeypatch.setattr(launch, "pause", act("pause", halted))
    monkeypatch.setattr(launch, "go_on", act("go on", state["training"]))
    monkeypatch.setattr(launch, "stop", lambda t: done.append("stop"))
    shown(page, qtbot, folder)
    controls = page.controls
    assert controls.state.text().startswith("training")
    assert "50 images/s" in controls.state.text()
    controls.pause.click()
    qtbot.waitUntil(lambda: controls.pause.text() == "Continue", timeout=5000)
    assert controls.state.text().startswith("paused")
    controls.pause.click()
    qtbot.waitUntil(lambda: controls.pause.text() == "Pause", timeout=5000)
    controls.stop.click()
    assert controls.state.text().startswith("finishing its step and saving")
    assert not controls.stop.isEnabled()
    assert done == ["pause", "go on", "stop"]
    state["training"] = None
    page.watch.look()
    qtbot.waitUntil(controls.resume.isVisible, timeout=5000)


def test_going_on_asks_for_the_set_of_a_run_from_elsewhere(page, qtbot, write_run) -> None:
    folder = write_run("a", 4, last="stopped")
    shown(page, qtbot, folder)
    page.controls.resume.click()
    assert page.stack.currentIndex() == FORM
    assert page.form.title.text() == "Go on with a"
    assert not page.form.start.isEnabled()


def test_going_on_with_what_was_started_here_starts_at_once(
    page, qtbot, write_run, tmp_path, monkeypatch
) -> None:
    folder = write_run("a", 4, last="stopped")
    Order(training_set=tmp_path / "set", out=folder, threads=2).remember()
    asked = []
    monkeypatch.setattr(launch, "start", asked.append)
    shown(page, qtbot, folder)
    with qtbot.waitSignal(page.controls.started):
        page.controls.resume.click()
    assert asked == [
        Order(training_set=tmp_path / "set", out=folder, threads=2, preset="", resume=True)
    ]


def test_a_finished_run_is_trained_further_as_far_as_asked(
    page, qtbot, write_run, training_set, monkeypatch
) -> None:
    folder = write_run("a", 4, last="finished")
    follower = Follower(folder)
    follower.read()
    fingerprint = follower.run.started["set"]
    facts = {**launch.set_facts(training_set), "fingerprint": fingerprint}
    monkeypatch.setattr(launch, "set_facts", lambda _: facts)
    Order(training_set=training_set, out=folder, threads=2).remember()
    asked = []
    monkeypatch.setattr(launch, "start", asked.append)
    shown(page, qtbot, folder)
    assert page.controls.resume.text() == "Train further"
    page.controls.resume.click()
    form = page.form
    assert (page.stack.currentIndex(), form.kimg.isVisible()) == (FORM, True)
    assert not form.preset.isVisible(), "a run keeps its own"
    assert form.kimg.value() == 2 * -(-follower.run.shown // 1000)
    form.kimg.setValue(40)
    qtbot.waitUntil(form.start.isEnabled, timeout=5000)
    with qtbot.waitSignal(page.controls.started):
        form.start.click()
    whole = Order(training_set=training_set, out=folder, threads=2, resume=True, kimg=40)
    assert asked == [whole]
    assert whole.arguments()[-3:] == ["--kimg", "40", "--resume"]
    page.form.begin()
    assert (form.kimg.isHidden(), form.preset.isHidden()) == (True, False)


def test_what_keeps_a_training_from_going_on_stays_to_be_read(
    page, qtbot, write_run, tmp_path
) -> None:
    folder = write_run("a", 4, last="stopped")
    Order(training_set=tmp_path / "gone", out=folder).remember()
    shown(page, qtbot, folder)
    page.controls.resume.click()
    qtbot.waitUntil(lambda: alarms(page) == ["gone: no such folder"], timeout=5000)
    page.watch.look()
    qtbot.wait(100)
    assert alarms(page) == ["gone: no such folder"]


def test_nothing_on_the_page_is_brighter_than_text(page, qtbot, write_run, grey_of) -> None:
    folder = write_run("a", 4)
    seen = [grey_of(page)]
    shown(page, qtbot, folder)
    seen.append(grey_of(page.curves))
    seen.append(grey_of(page.timeline))
    seen.append(grey_of(page.list))
    page.show_form()
    seen.append(grey_of(page))
    assert max(int(np.max(picture)) for picture in seen) <= 0xC6


@pytest.mark.parametrize("size", [(800, 560), (1300, 800), (2400, 1300)])
def test_charts_fit_their_column(page, qtbot, write_run, size) -> None:
    page.resize(*size)
    shown(page, qtbot, write_run("a", 4, augmentation=1, gamma=2, learning_rate=0.1))
    qtbot.wait(50)
    plots = [p for p in page.curves.plots if p.isVisible()]
    assert all(p.x() + p.width() <= page.curves.width() for p in plots)
    assert page.curves.width() <= page.curves.parentWidget().width()
