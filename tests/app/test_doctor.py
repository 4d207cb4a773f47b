import subprocess

import pytest

from app import doctor
from app.dicom import selftest


def test_every_transfer_syntax_is_decoded_here():
    failures = selftest.codec_failures()
    assert len(failures) == 12
    assert {name: why for name, why in failures.items() if why} == {}


def test_a_codec_that_decodes_wrongly_is_found(monkeypatch):
    right = selftest._ramp
    monkeypatch.setattr(selftest, "_ramp", lambda bits, repeat=1: right(bits, repeat)[::-1])
    failures = selftest.codec_failures()
    # The frames encoded elsewhere no longer match; those encoded here still come back the same.
    wrong = {name for name, why in failures.items() if why and "decoded wrongly" in why}
    assert len(wrong) == 3


def test_a_missing_codec_is_a_line_that_mends_it(monkeypatch):
    monkeypatch.setattr(selftest, "codec_failures", lambda: {"JPEG 2000": "no plugin", "RLE": None})
    check = doctor.check_codecs()
    assert check.state == "missing"
    assert check.words == "JPEG 2000: no plugin"
    assert check.mend.startswith("python -m pip install pylibjpeg")


def test_missing_libraries_name_their_packages(monkeypatch):
    monkeypatch.setattr(doctor.sys, "platform", "linux")
    lost = {"libEGL.so.1", "libxcb-cursor.so.0"}
    monkeypatch.setattr(doctor, "_loads", lambda library: library not in lost)
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert doctor.missing_libraries() == ["libEGL.so.1"]
    monkeypatch.setenv("QT_QPA_PLATFORM", "xcb")
    assert doctor.missing_libraries() == ["libEGL.so.1", "libxcb-cursor.so.0"]
    assert doctor.missing_packages()[:2] == ["libegl1", "libxcb-cursor0"]


def test_a_library_is_found_by_loading_it():
    assert doctor._loads("libc.so.6") or doctor.sys.platform != "linux"
    assert not doctor._loads("libnowhere.so.99")


def test_qt_that_aborts_is_told_not_followed(monkeypatch):
    monkeypatch.setattr(doctor, "_START_QT", "import os; os.abort()")
    monkeypatch.setattr(doctor, "missing_packages", lambda: ["libegl1"])
    check = doctor.check_qt()
    assert (check.state, check.words) == ("missing", "ended with code -6")
    assert check.mend == "apt-get install -y --no-install-recommends libegl1"


def test_qt_starts_here():
    check = doctor.check_qt()
    assert check.state == "fine", check
    assert check.words.startswith("6.")


def test_no_display_is_a_note_with_the_way_out(monkeypatch):
    monkeypatch.setattr(doctor.sys, "platform", "linux")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    check = doctor.check_display()
    assert check.state == "note"
    assert "--screenshot" in check.words


def test_a_display_that_does_not_answer_is_missing(monkeypatch):
    monkeypatch.setattr(doctor.sys, "platform", "linux")
    monkeypatch.setenv("DISPLAY", ":987")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    check = doctor.check_display()
    assert check.state == "missing"
    assert "could not connect to display :987" in check.words
    assert "unset" in check.mend


@pytest.fixture
def apt(monkeypatch):
    calls = []

    def run(command, **_):
        calls.append(" ".join(command))
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(doctor.subprocess, "run", run)
    monkeypatch.setattr(doctor.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(doctor, "missing_packages", lambda: ["libegl1", "libxcb-cursor0"])
    return calls


def test_mending_as_root_runs_apt(apt, monkeypatch):
    monkeypatch.setattr(doctor.os, "geteuid", lambda: 0)
    assert doctor.mend() == "Installed libegl1 libxcb-cursor0."
    assert apt == [
        "apt-get update -q",
        "apt-get install -y --no-install-recommends libegl1 libxcb-cursor0",
    ]


def test_mending_as_anyone_else_prints_the_line(apt, monkeypatch):
    monkeypatch.setattr(doctor.os, "geteuid", lambda: 1000)
    assert doctor.mend().endswith(
        "run: sudo apt-get install -y --no-install-recommends libegl1 libxcb-cursor0"
    )
    assert apt == []


@pytest.mark.parametrize(("state", "code"), [("fine", 0), ("note", 0), ("missing", 1)])
def test_exit_code_and_copyable_line(monkeypatch, capsys, state, code):
    line = "python -m pip install " + "something-with-a-long-name " * 6
    check = doctor.Check(name="Thing", state=state, words="[red]as found", mend=line)
    monkeypatch.setattr(doctor, "CHECKS", (lambda: check,))
    assert doctor.main(fix=False) == code
    printed = capsys.readouterr().out
    assert "[red]as found" in printed
    assert f"Thing, to mend: {line}\n" in printed
