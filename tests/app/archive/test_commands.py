"""The commands, through the command line itself."""

import json

import pytest
from orthanc import PASSWORD
from pydicom.uid import generate_uid
from typer.testing import CliRunner

from app.__main__ import cli


@pytest.fixture
def run(monkeypatch):
    monkeypatch.setenv("MAMMOSCOPE_ARCHIVE_PASSWORD", PASSWORD)

    def run(*arguments):
        return CliRunner().invoke(cli, ["archive", *map(str, arguments)])

    return run


def where(archive, kind):
    if kind == "DICOM":
        return f"dicom://127.0.0.1:{archive.dicom_port}/ORTHANC"
    if not archive.web:
        pytest.skip("orthanc-dicomweb is not installed (apt-get install orthanc-dicomweb)")
    return archive.url.replace("://", "://reader@")


@pytest.mark.parametrize("kind", ["DICOM", "DICOMweb"])
def test_echo_send_find_get(run, orthanc, image, encoded, tmp_path, kind):
    place = where(orthanc, kind)
    assert json.loads(run("echo", place, "--json").stdout)["seconds"] < 20
    assert "answers" in run("echo", place).stdout
    uid, outbox = generate_uid(), tmp_path / "outbox"
    outbox.mkdir()
    for number in range(2):
        (outbox / f"{number}.dcm").write_bytes(encoded(image(uid, number)))
    sent = json.loads(run("send", place, outbox, "--json").stdout)
    assert (sent["stored"], sent["total"], sent["refused"]) == (2, 2, [])
    found = json.loads(run("find", place, "--date", "2026-01-01..2026-02-01", "--json").stdout)
    assert [exam["uid"] for exam in found["exams"]] == [uid]
    assert "2026-01-02  P-1" in run("find", place, "--name", "Mus").stdout
    assert "no exam matches" in run("find", place, "--patient", "P-9").stdout
    got = json.loads(run("get", place, uid, "--out", tmp_path / "in", "--json").stdout)
    assert got["exams"][0]["files"] == 2
    assert len(list((tmp_path / "in" / "exam-0001").iterdir())) == 2


def test_what_is_wrong_is_one_sentence_and_code_2(run, orthanc, tmp_path):
    place = where(orthanc, "DICOM")
    (tmp_path / "x.dcm").write_text("no DICOM")
    for arguments, words in (
        (["echo", "nowhere"], "is not in the settings"),
        (["echo", "dicom://127.0.0.1:1/X"], "nothing listens at 127.0.0.1:1"),
        (["find", place, "--date", "soon"], "write it as 2026-03-31"),
        (["echo", place, "--own-title", "A TITLE LONGER THAN 16"], "own_title"),
        (["get", place, "no-uid", "--out", tmp_path / "in"], "digits and dots"),
        (["get", place, "1.2.3", "--out", tmp_path / "in"], "has no such thing"),
        (["send", place, tmp_path / "none"], "no such file"),
        (["send", place, tmp_path / "x.dcm"], "1 of 1 files were not stored"),
    ):
        result = run(*arguments)
        assert result.exit_code == 2, arguments
        assert words in result.stderr
        assert result.stderr.count("\n") == 1
