"""The sample reading that ships: intact, finished, and called simulated wherever it is shown."""

import json
import re
import shutil

import pytest
from typer.testing import CliRunner

from app.__main__ import cli
from app.readings import coordinator
from app.readings.completed import completed
from app.readings.sample import KEY, PASSPHRASE, REPORT, place


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    return place(tmp_path_factory.mktemp("sample"))


def test_it_passes_verification_with_and_without_its_key(sample) -> None:
    assert coordinator.check(sample).intact
    found = coordinator.check(sample, key_file=sample.with_name(KEY))
    assert found.intact
    assert all(state.ended and state.code for state in found.states)
    assert len(found.states) == 6


def test_it_says_that_it_is_simulated_and_holds_all_parts(sample) -> None:
    reading = completed(sample)
    assert reading.simulated
    assert "simulated" in reading.title
    assert len(reading.modalities) == 2
    assert {facts.group for facts in reading.readers.values()} == {"radiologist", "resident"}
    assert any(rating.marks for rating in reading.ratings)
    assert any(rating.repeat for rating in reading.ratings)
    assert all(facts.thumbnail for facts in reading.cases.values())
    assert any(facts.nearest for facts in reading.cases.values())
    assert "stand-ins" in reading.statements["Real images"]


def test_its_report_says_so_on_every_page_and_lacks_nothing(sample) -> None:
    report = sample.with_name(REPORT)
    page = (report / "report.html").read_text(encoding="utf-8")
    assert "SIMULATED READERS" in page
    assert "Not stated." not in page
    assert "All checks held." in page
    assert (report / "report.pdf").read_bytes().startswith(b"%PDF")
    numbers = json.loads((report / "analysis.json").read_text(encoding="utf-8"))
    assert len(numbers["readers"]) == 12


def test_no_path_of_the_machine_it_was_made_on_is_in_it(sample) -> None:
    machine = re.compile(rb"/(work|home|root|tmp|Users)/")
    for file in sample.parent.rglob("*"):
        if file.is_file() and file.suffix in {".json", ".html", ".csv", ".db", ".svg", ".imrmc"}:
            assert not machine.search(file.read_bytes()), file.name


def test_it_can_be_unblinded_again_with_the_passphrase_that_is_told(sample, tmp_path) -> None:
    copy = shutil.copytree(sample.parent, tmp_path / "copy") / sample.name
    before = (copy / "ratings.csv").read_bytes()
    coordinator.unblind(copy, copy.with_name(KEY), PASSPHRASE)
    assert (copy / "ratings.csv").read_bytes() == before


def test_the_command_puts_it_once_and_never_over_something_else(tmp_path) -> None:
    run = CliRunner().invoke(cli, ["reading", "sample", "--out", str(tmp_path / "new")])
    assert run.exit_code == 0, run.output
    assert "programs" in run.output
    assert (
        CliRunner().invoke(cli, ["reading", "sample", "--out", str(tmp_path / "new")]).exit_code
        == 0
    )
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "file").write_text("mine")
    refused = CliRunner().invoke(cli, ["reading", "sample", "--out", str(tmp_path / "mine")])
    assert refused.exit_code == 2
    assert (tmp_path / "mine" / "file").read_text() == "mine"
