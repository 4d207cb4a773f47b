import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from app.reading.design import Ordering, Stimulus, Task, Training
from app.reading.session import TRANSITIONS, Phase
from app.readings import coordinator
from app.store.store import NotSavedError
from app.ui.reading import conductor as conducting
from app.ui.reading import window as module

ROOT = Path(__file__).resolve().parents[4]
ENTER, ESC = Qt.Key.Key_Return, Qt.Key.Key_Escape


def test_a_whole_reading_by_keyboard(desk, reading) -> None:
    table = desk()
    table.begin()
    for n in range(25):
        table.answer(Qt.Key.Key_1 + n % 6)
    assert table.phase is Phase.END
    code = table.window.end_page.code.text()
    assert len(code) == 19
    table.key(Qt.Key.Key_C)
    assert QApplication.clipboard().text() == code
    table.key(ENTER)
    result = coordinator.check(reading.package("ann"), code=code)
    assert result.intact
    (state,) = result.states
    assert (state.answered, state.ended, state.code) == (25, True, code)  # not of "closed", after
    again = desk()
    again.unlock()
    assert again.window.end_page.code.text() == code
    kinds = table.kinds()
    assert kinds[:3] == ["opened", "environment", "trial_shown"]
    assert kinds.count("break_began") == 4  # after training, then every eight of 23
    ratings = [r.payload["rating"] for r in table.conductor.store.records if r.type == "answer"]
    assert ratings == [1 + n % 6 for n in range(25)]


def test_the_wrong_code_is_said_so_and_opens_nothing(desk, reading) -> None:
    table = desk(code=reading.codes["bob"])
    table.unlock()
    assert table.phase is Phase.CODE
    assert "not the code" in table.window.code_page.trouble.text()
    assert table.kinds() == []


def test_feedback_comes_in_training_only_and_is_true(desk) -> None:
    table = desk()
    table.begin()
    truth = table.conductor.package.feedback
    for _ in range(2):
        table.until(Phase.SHOWN)
        case = table.conductor.trial.cases[0]
        table.key(Qt.Key.Key_2, ENTER)
        assert table.phase is Phase.FEEDBACK
        word = "generated" if truth[case] else "real"
        assert table.window.page.text.text() == f"It was {word}."
        table.key(ENTER)
    assert table.phase is Phase.BREAK
    table.key(ENTER)
    for _ in range(3):
        table.until(Phase.SHOWN)
        table.key(Qt.Key.Key_2, ENTER)
        assert table.phase is Phase.BLANK


def test_one_press_is_one_answer(desk, monkeypatch) -> None:
    table = desk()
    table.begin()
    for _ in range(2):
        table.answer()
    table.until(Phase.SHOWN)
    before = table.kinds().count("answer")
    for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):  # a key held down repeats itself
        for key in (Qt.Key.Key_5, ENTER):
            event = QKeyEvent(kind, key, Qt.KeyboardModifier.NoModifier, "", True)
            QApplication.sendEvent(table.window, event)
    assert table.kinds().count("answer") == before
    table.key(Qt.Key.Key_5, ENTER, ENTER, ENTER, Qt.Key.Key_1, ENTER)  # impatient
    assert table.kinds().count("answer") == before + 1
    monkeypatch.setattr(module, "DEAF_S", 60.0)
    table.until(Phase.SHOWN)
    table.key(Qt.Key.Key_5, ENTER)  # meant for what was there before
    assert table.kinds().count("answer") == before + 1


def test_a_choice_may_be_changed_until_it_is_confirmed(desk) -> None:
    table = desk()
    table.begin()
    table.until(Phase.SHOWN)
    table.key(ENTER)
    assert table.phase is Phase.SHOWN  # nothing is chosen yet
    table.key(Qt.Key.Key_1, Qt.Key.Key_6, Qt.Key.Key_3, ENTER)
    answer = next(r for r in table.conductor.store.records if r.type == "answer").payload
    assert (answer["rating"], answer["called"], answer["changes"]) == (3, False, 2)
    assert 0 < answer["time_us"] < 10_000_000


def test_the_blank_between_trials_is_the_same_after_every_answer(desk) -> None:
    table = desk()
    table.begin()
    spans = []
    for n in range(6):
        table.answer(Qt.Key.Key_1 + n)
        assert table.window.canvas.tiles == []
        assert table.window.line.choices == ()
        spans.append(table.window.blank.interval())
    assert set(spans) == {200}


def test_the_next_trial_is_decoded_ahead(desk) -> None:
    table = desk()
    table.begin()
    table.until(Phase.SHOWN)
    following = table.conductor.course.sessions[0][1].cases
    table.qtbot.waitUntil(lambda: following in table.window.loader.ready, timeout=3000)
    for _ in range(6):
        table.answer()
    assert len(table.window.loader.ready) <= 2  # and no more than that


def test_lost_focus_hides_the_stimulus_and_the_trial_is_repeated_marked(desk) -> None:
    table = desk()
    table.begin()
    table.until(Phase.SHOWN)
    case = table.conductor.trial.cases
    table.window.conductor.pause("focus_lost")
    assert table.phase is Phase.PAUSED
    assert table.window.canvas.tiles == []
    table.key(ENTER)
    table.until(Phase.SHOWN)
    assert table.conductor.trial.cases == case
    table.key(Qt.Key.Key_2, ENTER)
    answer = next(r for r in table.conductor.store.records if r.type == "answer").payload
    assert (answer["showing"], answer["interrupted"]) == (2, True)
    assert "focus_lost" in table.kinds()


def test_a_window_that_loses_the_keyboard_pauses_by_itself(desk, monkeypatch) -> None:
    table = desk()
    table.begin()
    table.until(Phase.SHOWN)
    monkeypatch.setattr(table.window, "isActiveWindow", lambda: False)
    QApplication.sendEvent(table.window, QEvent(QEvent.Type.ActivationChange))
    assert table.phase is Phase.PAUSED


def test_a_machine_that_slept_shows_the_same_trial_again_marked(desk, monkeypatch) -> None:
    sat = desk()
    sat.begin()
    sat.until(Phase.SHOWN)
    before = sat.conductor.trial
    slept = conducting.sleep_ns() + 60_000_000_000
    monkeypatch.setattr(conducting, "sleep_ns", lambda: slept)
    sat.key(Qt.Key.Key_4, Qt.Key.Key_Return)  # typed before anybody looked: not taken
    assert sat.phase is Phase.PAUSED
    assert "answer" not in sat.kinds()
    sat.key(Qt.Key.Key_Return)
    sat.until(Phase.SHOWN)
    assert sat.conductor.trial == before
    sat.key(Qt.Key.Key_4, Qt.Key.Key_Return)
    answer = next(r for r in sat.conductor.store.records if r.type == "answer")
    assert answer.payload["interrupted"]


def test_quitting_resumes_at_the_same_trial(desk, reading) -> None:
    table = desk()
    table.begin()
    for _ in range(5):
        table.answer()
    table.until(Phase.SHOWN)
    case = table.conductor.trial.cases
    table.key(ESC)
    assert table.phase is Phase.PAUSED
    table.key(ESC)
    assert coordinator.check(reading.package("ann")).intact
    again = desk()
    again.begin()
    again.until(Phase.SHOWN)
    assert again.conductor.trial.cases == case
    resumed = [r.payload for r in again.conductor.store.records if r.type == "resumed"]
    assert resumed == [{"after": "break", "open_trial": [0, 5]}]


def test_what_can_not_be_saved_stays_and_is_tried_again(desk, monkeypatch) -> None:
    table = desk()
    table.begin()
    table.until(Phase.SHOWN)
    store, save = table.conductor.store, table.conductor.store.append

    def full(kind, facts=None):
        raise NotSavedError("not saved: the disk is full; free some space and try again")

    monkeypatch.setattr(store, "append", full)
    table.key(Qt.Key.Key_5, ENTER)
    assert table.phase is Phase.SHOWN
    assert "disk is full" in table.window.page.trouble.text()
    table.key(ENTER, ENTER)
    assert table.kinds().count("answer") == 0
    monkeypatch.setattr(store, "append", save)
    table.key(ENTER)
    answers = [r.payload for r in store.records if r.type == "answer"]
    assert [a["rating"] for a in answers] == [5]
    assert table.phase is Phase.FEEDBACK


def test_a_damaged_picture_is_said_when_its_turn_comes(desk, reading) -> None:
    table = desk()
    pack = table.conductor.package.pack
    (case,) = table.conductor.course.sessions[0][1].cases
    with pack.path.open("r+b") as file:
        file.seek(pack.start + pack.ids[case] * pack.record_bytes + 40)
        old = file.read(1)
        file.seek(-1, 1)
        file.write(bytes([old[0] ^ 1]))
    table.begin()
    table.answer()
    table.qtbot.waitUntil(lambda: "damaged" in table.window.page.title.text(), timeout=5000)
    assert "case" in table.window.page.trouble.text()
    table.key(Qt.Key.Key_4, ENTER)
    assert table.kinds().count("answer") == 1
    table.key(ESC)
    assert table.kinds()[-1] == "closed"


def test_nothing_moves_before_the_answer_is_on_the_disk(desk, monkeypatch) -> None:
    table = desk()
    table.begin()
    table.until(Phase.SHOWN)
    store, save, seen = table.conductor.store, table.conductor.store.append, []

    def watched(kind, facts=None):
        seen.append((kind, table.phase, bool(table.window.canvas.tiles)))
        return save(kind, facts)

    monkeypatch.setattr(store, "append", watched)
    table.key(Qt.Key.Key_5, ENTER)
    assert seen[0] == ("answer", Phase.SHOWN, True)


def test_marks_by_keyboard_and_by_mouse(desk, sealed_as, design) -> None:
    made = sealed_as(replace(design, tasks=(Task(marks=True),), training=Training()))
    table = desk(made.package("ann"), made.codes["ann"])
    table.begin()
    table.until(Phase.SHOWN)
    canvas = table.window.canvas
    table.key(Qt.Key.Key_M, Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_4)
    middle = canvas.tiles[0].rect.center()
    QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=middle.toPoint())
    table.key(Qt.Key.Key_1)
    QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=middle.toPoint())
    table.key(ESC)  # thought better of it
    table.key(Qt.Key.Key_M, Qt.Key.Key_6, Qt.Key.Key_Backspace)
    assert table.phase is Phase.SHOWN
    table.key(Qt.Key.Key_6, ENTER)
    answer = next(r for r in table.conductor.store.records if r.type == "answer").payload
    first, second = answer["marks"]
    assert (first["x"], first["y"], first["reason"]) == (425_000, 510_000, "calcification")
    assert second["reason"] == "checkerboard"
    assert abs(second["x"] - 500_000) < 4_000


def test_four_views_hang_with_chest_walls_in_the_middle(desk, sealed_as, design) -> None:
    exam = replace(
        design,
        stimulus=Stimulus(show="exam", height=40),
        tasks=(Task(marks=True),),
        training=Training(),
    )
    made = sealed_as(exam)
    table = desk(made.package("ann"), made.codes["ann"])
    table.begin()
    table.until(Phase.SHOWN)
    table.qtbot.wait(30)
    right_cc, left_cc, right_mlo, left_mlo = (t.rect for t in table.window.canvas.tiles)
    assert right_cc.right() == pytest.approx(left_cc.left())
    assert right_mlo.top() == pytest.approx(right_cc.bottom())
    assert left_mlo.topLeft() == left_cc.bottomLeft()
    table.window.canvas.cross = (0, QPointF(0.9, 0.5))  # near the chest wall of the right breast
    table.key(Qt.Key.Key_1, Qt.Key.Key_6, ENTER)
    mark = next(r for r in table.conductor.store.records if r.type == "answer").payload["marks"][0]
    assert (mark["x"], mark["view"]) == (100_000, "CC")


def test_two_alternatives_with_percent(desk, sealed_as, design) -> None:
    pair = Task(kind="2afc", scale="percent", exposure_ms=40, question="Which is drawn?")
    made = sealed_as(replace(design, tasks=(pair,), training=Training()))
    table = desk(made.package("ann"), made.codes["ann"])
    table.begin()
    table.until(Phase.SHOWN)
    assert {tile.case for tile in table.window.canvas.tiles} == {0, 1}
    assert table.window.line.question == "Which is drawn?"
    table.until(Phase.HIDDEN)
    table.qtbot.wait(10)
    assert table.window.canvas.tiles == []  # the exposure is over, the answer still to come
    table.key(Qt.Key.Key_7, ENTER)
    assert table.phase is Phase.HIDDEN  # no side yet
    table.key(Qt.Key.Key_Right, Qt.Key.Key_7, Qt.Key.Key_5, Qt.Key.Key_5)
    assert table.window.pad.typed == "75"
    table.key(Qt.Key.Key_Left, ENTER)
    answer = next(r for r in table.conductor.store.records if r.type == "answer").payload
    assert (answer["called"], answer["rating"], answer["sure"]) == (False, -75, 75)


def test_the_next_session_waits_for_the_washout(desk, sealed_as, design) -> None:
    two = replace(
        design,
        tasks=(Task(confirm=False), Task(kind="2afc", confirm=False)),
        training=Training(),
        order=Ordering(break_every=99, blank_ms=200, washout_days=28, counterbalance=False),
    )
    made = sealed_as(two)
    table = desk(made.package("ann"), made.codes["ann"])
    table.begin()
    for _ in range(20):
        table.until(Phase.SHOWN)
        table.key(Qt.Key.Key_3)
    assert table.phase is Phase.SESSION_END
    table.key(ENTER)
    again = desk(made.package("ann"), made.codes["ann"])
    again.unlock()
    assert again.phase is Phase.LOCKED
    assert "opens on" in again.window.page.text.text()
    assert again.kinds()[-1] == "resumed"


# Blindness.


def strings(widget: QWidget) -> list[str]:
    """Return every word a reader, or a machine that listens, could find on the window."""
    found = []
    for each in [widget, *widget.findChildren(QWidget)]:
        found += [
            each.objectName(), each.toolTip(), each.statusTip(), each.whatsThis(),
            each.accessibleName(), each.accessibleDescription(), each.windowTitle(),
        ]  # fmt: skip
        if isinstance(each, QLabel):
            found.append(each.text())
    line = widget.line
    return [*found, line.question, *(word for row in line.choices for word in row[:2]), line.place]


def test_every_string_is_the_same_at_every_trial_but_the_count(desk) -> None:
    table = desk()
    table.begin()
    for _ in range(2):
        table.answer()
    seen = set()
    for _ in range(16):
        table.until(Phase.SHOWN)
        table.qtbot.wait(5)
        found = [text for text in strings(table.window) if " / " not in text]
        seen.add(tuple(found))
        table.answer()
    # The pages that were left behind (a break) may differ: no more than before and after one.
    assert len(seen) <= 3
    for text in (t for row in seen for t in row):
        for case in table.conductor.package.pack.ids:
            assert case not in text


def test_pictures_differ_in_nothing_but_their_pixels(desk) -> None:
    table = desk()
    table.begin()
    seen = set()
    for _ in range(6):
        table.until(Phase.SHOWN)
        table.qtbot.wait(20)
        tile = table.window.canvas.tiles[0]
        facts = {k: v for k, v in vars(tile).items() if k not in ("image", "_pixels")}
        seen.add((str(facts), tile.image.size().toTuple(), tile.image.format()))
        assert tile._pixels.dtype == np.uint8
        table.answer()
    assert len(seen) == 1


def test_the_reading_process_loads_no_generator_no_truth_and_no_dicom() -> None:
    code = (
        "import sys\n"
        "import app.ui.reading.start, app.ui.reading.window, app.reading.package, app.store.store\n"
        "wrong = [n for n in ('torch', 'gan', 'pydicom', 'app.synth', 'app.dicom', 'app.ui.window',"
        " 'app.reading.truth', 'app.reading.seal', 'app.reading.unblind', 'app.readings',"
        " 'app.readings.coordinator')"
        " if n in sys.modules]\n"
        "print(wrong)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.strip() == "[]", done.stderr


def test_no_key_of_the_viewer_reaches_anything(desk) -> None:
    table = desk()
    table.begin()
    table.until(Phase.SHOWN)
    before = table.window.findChildren(QWidget)
    for key in (Qt.Key.Key_W, Qt.Key.Key_N, Qt.Key.Key_F1, Qt.Key.Key_F11, Qt.Key.Key_Space,
                Qt.Key.Key_K, Qt.Key.Key_Tab, Qt.Key.Key_PageDown, Qt.Key.Key_G):  # fmt: skip
        table.key(key)
    assert table.phase is Phase.SHOWN
    assert table.window.findChildren(QWidget) == before
    assert table.kinds()[-1] == "trial_shown"


def test_every_phase_can_be_left_but_the_ends() -> None:
    left = {phase for phase, _ in TRANSITIONS}
    assert set(Phase) - left == {Phase.LOCKED, Phase.SESSION_END, Phase.END}
    assert set(TRANSITIONS.values()) | {Phase.CODE} == set(Phase)
