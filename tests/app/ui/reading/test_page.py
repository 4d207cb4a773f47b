import json
import shutil
from pathlib import Path

import pytest

from app import session, settings
from app.reading.design import parse_design
from app.ui.jobs import Jobs
from app.ui.readings import page as module
from app.ui.readings import wizard as wizards
from app.ui.readings.page import ReadingsPage


@pytest.fixture
def page(qtbot, tmp_path, monkeypatch):
    monkeypatch.setenv(settings.FOLDER_VARIABLE, str(tmp_path / "state"))
    jobs = Jobs()
    made = ReadingsPage(jobs)
    qtbot.addWidget(made)
    made.resize(1200, 800)
    made.show()
    made.qtbot = qtbot
    yield made
    jobs.close()


def shown(page, words: str) -> None:
    page.qtbot.waitUntil(lambda: words in page.overview.said.text(), timeout=10_000)


def opened(page, folder: Path) -> None:
    page.remember(folder)
    page.qtbot.waitUntil(lambda: page.overview.standing is not None, timeout=10_000)


def test_nothing_known_says_what_can_be_done(page) -> None:
    assert page.stack.currentWidget() is page.empty
    page.qtbot.waitUntil(lambda: "Design one" in page.empty.text(), timeout=5000)


def test_a_reading_from_opening_to_unblinding(page, reading, reads, tmp_path) -> None:
    away = tmp_path / "away"
    shutil.copytree(reading.package("bob"), away)
    reads(reading.package("ann"))
    reads(away, 6)
    opened(page, reading.folder)
    states = {s.reader: (s.answered, s.ended) for s in page.overview.standing.states}
    assert states == {"ann": (25, True), "bob": (0, False)}
    page.overview.merge(away)
    shown(page, "bob: 6 answers")
    page.overview.verify()
    shown(page, "Nothing was changed")
    page.overview.key.setText(str(reading.key))
    page.overview.passphrase.setText("not the passphrase")
    page.overview.unblind()
    shown(page, "bob have not ended")
    page.overview.early.setText("the term is over")
    page.overview.passphrase.setText(reading.passphrase)
    page.overview.unblind()
    shown(page, "ratings.csv")
    assert page.overview.standing.unblinded
    assert page.overview.passphrase.text() == ""
    assert str(reading.folder) in session.load().recent["readings"]


def test_damage_is_shown_where_the_reading_is(page, reading) -> None:
    (reading.folder / "audit.json").write_bytes(b"{}")
    opened(page, reading.folder)
    assert "FOUND audit.json" in page.overview.said.text()
    assert "damaged" in page.list.item(0).text()


def test_a_folder_that_is_gone_stays_listed_with_the_reason(page, reading) -> None:
    session.save(session.load())
    page.folders = [reading.folder / "nowhere"]
    page.refresh()
    page.qtbot.waitUntil(lambda: page.list.count() == 1, timeout=5000)
    assert "is no reading" in page.list.item(0).text()


def test_reading_here_is_a_process_of_its_own(page, reading, monkeypatch) -> None:
    started = []

    class Process:
        returncode, stderr = 0, None

        def __init__(self, command, **_):
            started.append(command)

        def poll(self):
            return 0

    monkeypatch.setattr(module.subprocess, "Popen", Process)
    opened(page, reading.folder)
    page.start_reading(reading.package("ann"))
    assert started[0][1:6] == ["-P", "-m", "app", "reading", "run"]
    assert page.window().isHidden()
    page._look()
    assert page.window().isVisible()


# The wizard.


def test_the_form_makes_the_file_it_shows(page) -> None:
    form = page.wizard.form
    form.put("analysis", "rationale", "small enough for us")
    form.put("real", "source", ["/exams"])
    form.put("", "readers", ["x", "y"])
    form.put("task", "kind", "2afc")
    design = parse_design(form.text(), "form")
    assert design.readers == ("x", "y")
    assert design.tasks[0].kind == "2afc"
    assert "power, 2afc" in page.wizard.words.toPlainText()
    assert page.wizard.trouble.text() == ""


def test_what_is_wrong_is_said_at_once(page) -> None:
    page.wizard.form.put("order", "blank_ms", 1)
    assert "blank_ms" in page.wizard.trouble.text() or "source" in page.wizard.trouble.text()
    assert page.wizard.judge() is None


def test_a_file_keeps_what_the_form_has_no_field_for(page, tmp_path) -> None:
    from app.readings import plan as plans

    text = plans.template().replace('rationale = ""', 'rationale = "as we agreed on"')
    text = text.replace("[stimulus]", '[[generated]]\nname = "second"\ncount = 3\n[stimulus]')
    file = tmp_path / "d.toml"
    file.write_text(text.replace("block = [7, 13]", "block = [4, 9]"), encoding="utf-8")
    page.wizard.load(file)
    design = parse_design(page.wizard.form.text(), "form")
    assert design == plans.load(file)
    assert [arm.name for arm in design.generated] == ["model", "second"]
    assert design.order.block == (4, 9)


def test_sealing_from_the_page(page, design, stimuli_of, clean, tmp_path, monkeypatch) -> None:

    def drawn(plan, base, waived, told):
        told(1, 2)
        return clean, stimuli_of(plan)

    monkeypatch.setattr(wizards.plans, "drawn", drawn)
    form = page.wizard.form
    for at, value in (
        (("analysis", "rationale"), "a test of software"),
        (("real", "source"), ["x"]),
        (("real", "count"), 6),
        (("generated", "count"), 6),
        (("order", "repeats"), 2),
        (("stimulus", "height"), 40),
        (("", "readers"), ["zoe"]),
    ):
        form.put(*at, value)
    page.wizard._ask_seal()
    assert "passphrase" in page.wizard.trouble.text()
    page.wizard.passphrase.setText("four plain words here")
    page.wizard.seal(tmp_path / "made", tmp_path / "made.key")
    page.qtbot.waitUntil(
        lambda: "sealed; protocol" in page.wizard.words.toPlainText(), timeout=9000
    )
    assert "zoe: give made/packages/zoe" in page.wizard.words.toPlainText()
    protocol = json.loads((tmp_path / "made" / "protocol.json").read_bytes())
    assert protocol["design"]["readers"] == ["zoe"]
    assert page.wizard.passphrase.text() == ""
    page.qtbot.waitUntil(lambda: page.list.count() == 1, timeout=5000)
