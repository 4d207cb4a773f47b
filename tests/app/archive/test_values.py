"""What needs no archive: queries, names, folders, and archives that misbehave."""

import socket
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.archive import ArchiveError, Query, connect
from app.archive.link import named
from app.archive.values import Shelf, checked_uid, day_of, one_line
from app.settings import Archive

#: pynetdicom leaves the socket of an association that failed to the garbage collector.
LEFT_OPEN = pytest.mark.filterwarnings(
    "ignore:Exception ignored in.*socket:pytest.PytestUnraisableExceptionWarning"
)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"first": "2026"}, "date"),
        ({"first": "20261340"}, "date"),
        ({"first": "20260102", "last": "20260101"}, "is after"),
        ({"modality": "M G"}, "modality"),
        ({"patient": "A\\B"}, "backslash"),
    ],
)
def test_a_query_that_cannot_be_asked(given, words):
    with pytest.raises(ValueError, match=words):
        Query(**given)


def test_a_query_in_dicom():
    assert Query(name="Mus").pattern == "Mus*"
    assert Query(name="M?s").pattern == "M?s"
    assert Query(first="20260101").span == "20260101-"
    assert Query(last="20260101").span == "-20260101"
    assert Query(first="20260101", last="20260101").span == "20260101"
    assert day_of(" 2026-01-02 ") == "20260102"
    assert day_of("") == ""


@given(st.text())
def test_what_an_archive_says_is_one_short_line(text):
    line = one_line(text)
    assert len(line) <= 120
    assert not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 or c in "\u202e\u2028" for c in line)


@given(st.text())
def test_only_uids_go_into_requests(text):
    try:
        uid = checked_uid(text)
    except ArchiveError:
        return
    assert set(uid) <= set("0123456789.")


def test_archives_by_name_and_written_out():
    known = {"ours": Archive(host="pacs")}
    assert named("ours", known)[1].host == "pacs"
    name, archive = named("dicoms://pacs.example:2762/STORE", known)
    assert (name, archive.host, archive.port) == ("pacs.example", "pacs.example", 2762)
    assert (archive.title, archive.tls) == ("STORE", True)
    name, archive = named("https://ada@pacs.example/dicom-web", known)
    assert (archive.kind, archive.url, archive.user) == (
        "DICOMweb",
        "https://pacs.example/dicom-web",
        "ada",
    )
    for wrong in ("theirs", "dicom://pacs/STORE", "dicom://pacs:99999/X", "https://a:b@pacs/x"):
        with pytest.raises(ValueError, match=r"is not in the settings|no password"):
            named(wrong, known)


def test_folders_are_numbered_and_an_empty_one_goes(tmp_path):
    first, second = Shelf(tmp_path), Shelf(tmp_path)
    assert (first.folder.name, second.folder.name) == ("exam-0001", "exam-0002")
    first.put(b"x")
    for shelf in (first, second):
        shelf.close()
    assert [path.name for path in tmp_path.iterdir()] == ["exam-0001"]


@LEFT_OPEN
@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\n\r\nhello", b"\x02\0\0\0\0\4junk"])
@pytest.mark.parametrize("kind", ["DICOM", "DICOMweb"])
def test_something_else_that_listens_there(answer, kind):
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            while True:
                try:
                    peer, _ = server.accept()
                except OSError:
                    return
                with peer:
                    peer.recv(4096)
                    peer.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        port = server.getsockname()[1]
        place = Archive(
            kind=kind, host="127.0.0.1", port=port, url=f"http://127.0.0.1:{port}/x", patience_s=2
        )
        with pytest.raises(ArchiveError) as caught:
            connect(place, name="pacs").echo()
        assert str(caught.value).startswith("pacs: ")
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


@LEFT_OPEN
@pytest.mark.parametrize("kind", ["DICOM", "DICOMweb"])
def test_an_archive_that_never_answers(kind):
    with socket.create_server(("127.0.0.1", 0), backlog=5) as server:
        port = server.getsockname()[1]  # connections are taken, nobody ever reads
        place = Archive(
            kind=kind, host="127.0.0.1", port=port, url=f"http://127.0.0.1:{port}/x", patience_s=1
        )
        with pytest.raises(ArchiveError, match="answer"):
            connect(place, name="pacs").echo()
