"""`mammoscope prepare` and `pack`, as typed."""

import csv

import pytest
from typer.testing import CliRunner

from app.__main__ import cli
from app.prepare import Settings
from app.prepare.stage import Stage
from gan import trainset

pytestmark = pytest.mark.usefixtures("in_this_process")


def run(*words):
    return CliRunner().invoke(cli, [str(word) for word in words])


@pytest.fixture
def source(tmp_path, picture, folder_of):
    rows = [(f"{i}.png", picture(i), f"p{i}", "L", "MLO", "real") for i in range(3)]
    return folder_of(tmp_path / "src", [*rows, ("x.png", picture(9), "p9", "L", "LM", "real")])


def test_prepare(tmp_path, source):
    (tmp_path / "list.csv").write_text("file,reason\n2.png,clips\n")
    command = ["prepare", source, "--out", tmp_path / "set", "--exclude", tmp_path / "list.csv"]
    done = run(*command, "--height", 40, "--held-out", 0)
    assert done.exit_code == 0, done.stderr
    assert "left out 1: is LM, not CC or MLO" in done.stdout
    assert "left out 1: listed: clips" in done.stdout
    assert "2 images, 0 of them held out, 2 files left out" in done.stdout
    page = (tmp_path / "set" / "report.html").read_text()
    for words in ("2</b><span>images", "src/x.png", "listed: clips", "data:image/png", "<svg"):
        assert words in page
    assert "p0" not in page
    with (tmp_path / "set" / "sources.csv").open() as file:
        assert [row["image"] for row in csv.DictReader(file)] == ["0", "1", "", ""]
    again = run(*command)
    assert again.exit_code == 2
    assert "holds a training set already" in again.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--height", 50), "5 times a power of two"),
        (("--keep", "nonsense"), "rules that may be switched off are implant"),
        (("--exclude", "nowhere.csv"), "nowhere.csv: no such file or directory"),
    ],
)
def test_what_is_wrong_is_said_at_once(tmp_path, source, words, said):
    wrong = run("prepare", source, "--out", tmp_path / "set", *words)
    assert wrong.exit_code == 2
    assert said in wrong.stderr
    assert not (tmp_path / "set").exists()


def test_what_was_begun_with_other_settings_is_refused_until_restarted(tmp_path, source):
    out = tmp_path / "set"
    with Stage(out / "work", Settings(rows=20)):
        pass
    other = run("prepare", source, "--out", out, "--height", 40)
    assert (other.exit_code, other.stdout) == (2, "")
    assert "set: was begun with other settings" in other.stderr
    assert run("prepare", source, "--out", out, "--height", 40, "--restart").exit_code == 0
    finished = run("prepare", source, "--out", out, "--height", 40, "--restart")
    assert "holds a finished training set" in finished.stderr


def test_pack(tmp_path, source):
    run("prepare", source, "--out", tmp_path / "set", "--height", 80)
    done = run("pack", tmp_path / "set", "--out", tmp_path / "small", "--top-rung", 2)
    assert done.exit_code == 0, done.stderr
    assert done.stdout.strip().endswith("MiB")
    small = trainset.open_set(tmp_path / "small")
    whole = trainset.open_set(tmp_path / "set")
    assert (small.rungs, small.records) == (3, whole.records)
    assert {file.name for file in (tmp_path / "small").iterdir()} == {
        "set.json",
        "records.csv",
        *(f"rung-{k}-00000.npy" for k in range(3)),
    }
    assert (
        "9 is not in it"
        in run("pack", tmp_path / "set", "--out", tmp_path / "more", "--top-rung", 9).stderr
    )
    assert not (tmp_path / "more").exists()
