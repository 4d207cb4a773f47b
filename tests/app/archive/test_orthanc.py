"""Query, retrieve and send, both ways, against a real Orthanc that the tests start."""

import io
import logging
import shutil
import socket
import ssl
import subprocess
import threading
from contextlib import contextmanager, suppress

import pydicom
import pytest
from orthanc import PASSWORD, started
from pydicom.uid import generate_uid

from app.archive import ArchiveError, Query, connect
from app.settings import Archive

#: pynetdicom leaves the socket of an association that failed to the garbage collector.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Exception ignored in.*socket:pytest.PytestUnraisableExceptionWarning"
)


@contextmanager
def encrypted(inner, certificate, key):
    """A TLS port before a plain one: Debian's Orthanc 1.10 dies at its first HTTPS request."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)

    def pass_on(source, target):
        with suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        with suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)

    def serve(server):
        while True:
            try:
                plain, _ = server.accept()
            except OSError:
                return
            with (
                plain,
                suppress(OSError),
                context.wrap_socket(plain, server_side=True) as near,
                socket.create_connection(("127.0.0.1", inner)) as far,
            ):
                back = threading.Thread(target=pass_on, args=(far, near))
                back.start()
                pass_on(near, far)
                back.join()

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, args=(server,))
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


def link(place: Archive, **changes):
    return connect(place.model_copy(update=changes), name="pacs", password=PASSWORD)


def test_echo(place):
    assert 0 <= link(place).echo() < 20


def test_a_search_narrows_by_everything_asked(place, stocked):
    _, (first, second) = stocked
    found, more = link(place).find(Query())
    assert [exam.uid for exam in found] == [first, second]  # newest first
    assert not more
    assert found[0].patient == "P-1"
    assert "Muster" in found[0].name
    assert (found[0].images, found[0].day, found[0].modalities) == (4, "2026-01-02", "MG")
    for query, uids in (
        (Query(patient="P-2"), [second]),
        (Query(name="Mus"), [first]),
        (Query(name="Grö"), [second]),
        (Query(first="20260101"), [first]),
        (Query(last="20251231"), [second]),
        (Query(first="20250101", last="20270101"), [first, second]),
        (Query(modality="CT"), []),
        (Query(modality=""), [first, second]),
    ):
        if place.kind == "DICOMweb" and not query.name.isascii():
            continue  # Orthanc 1.10 matches no name beyond ASCII there
        assert [exam.uid for exam in link(place).find(query)[0]] == uids, query


def test_more_than_asked_for_is_said(place, stocked):
    found, more = link(place).find(Query(most=1))
    assert len(found) == 1
    assert more


def test_an_exam_arrives_to_the_bit(place, stocked, tmp_path):
    archive, (uid, _) = stocked
    theirs = {d.SOPInstanceUID: d for d in map(pydicom.dcmread, map(io.BytesIO, archive.files()))}
    for number, way in enumerate(("C-GET", "C-MOVE") if place.kind == "DICOM" else ("C-GET",), 1):
        steps = []
        got = link(place, retrieve=way).get(
            uid, tmp_path, report=lambda done, total, steps=steps: steps.append((done, total))
        )
        assert (got.files, got.expected, got.trouble, got.cancelled) == (4, 4, "", False)
        assert steps[-1] == (4, 4)
        assert got.folder.name == f"exam-{number:04}"  # nothing is written over
        files = sorted(got.folder.iterdir())
        assert [f.name for f in files] == [f"0000{n}.dcm" for n in (1, 2, 3, 4)]
        for file in files:
            ours = pydicom.dcmread(file)
            assert ours == theirs[ours.SOPInstanceUID]


def test_compression_stays_as_stored(place, orthanc, image, encoded, tmp_path):
    if (dcmcjpeg := shutil.which("dcmcjpeg")) is None:
        pytest.skip("dcmtk is not installed (apt-get install dcmtk)")
    uid = generate_uid()
    plain, packed = tmp_path / "plain.dcm", tmp_path / "packed.dcm"
    plain.write_bytes(encoded(image(uid, 1)))
    subprocess.run([dcmcjpeg, "+e1", plain, packed], check=True)  # JPEG Lossless, process 14
    orthanc.put(packed.read_bytes())
    got = link(place).get(uid, tmp_path / "got")
    (file,) = got.folder.iterdir()
    arrived, was = pydicom.dcmread(file), pydicom.dcmread(packed)
    assert arrived.file_meta.TransferSyntaxUID == "1.2.840.10008.1.2.4.70"
    assert arrived.PixelData == was.PixelData


def test_files_sent_arrive_to_the_bit(place, orthanc, image, encoded, tmp_path):
    uid = generate_uid()
    files = []
    for number in range(3):
        files.append(tmp_path / f"{number}.dcm")
        files[-1].write_bytes(encoded(image(uid, number)))
    wrong = tmp_path / "notes.txt"
    wrong.write_text("no DICOM")
    sent = link(place).send([*files, wrong, tmp_path / "gone.dcm"])
    assert (sent.stored, sent.total) == (3, 5)
    assert dict(sent.refused) == {
        "notes.txt": "is no DICOM file; only those can be sent",
        "gone.dcm": "can't be read: No such file or directory",
    }
    stored = {d.SOPInstanceUID: d for d in map(pydicom.dcmread, map(io.BytesIO, orthanc.files()))}
    for file in files:
        ours = pydicom.dcmread(file)
        assert stored[ours.SOPInstanceUID] == ours


def test_cancelling_keeps_what_arrived_whole(place, stocked, tmp_path):
    _, (uid, _) = stocked
    done = []
    got = link(place).get(
        uid,
        tmp_path,
        report=lambda count, _: done.append(count),
        cancelled=lambda: bool(done and done[-1] >= 2),
    )
    assert got.cancelled
    assert not got.trouble
    assert got.files == 2
    assert not list(got.folder.glob("*.part"))


def test_an_exam_that_is_not_there(place, orthanc, tmp_path):
    try:
        words = link(place).get("1.2.3.4", tmp_path).trouble
    except ArchiveError as error:
        words = str(error)
    assert words.startswith("pacs: ")
    assert list(tmp_path.iterdir()) == []  # no empty folder is left


def test_a_full_disk_is_said_and_the_rest_kept(place, stocked, tmp_path, monkeypatch):
    import errno
    import os

    from app.archive import values

    _, (uid, _) = stocked
    put = values.Shelf.put

    def full(shelf, content):
        if shelf.count == 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return put(shelf, content)

    monkeypatch.setattr(values.Shelf, "put", full)
    got = link(place).get(uid, tmp_path)
    assert "No space left" in got.trouble
    assert got.trouble.startswith("only 2 of 4 images arrived")
    assert len(list(got.folder.iterdir())) == 2


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"title": "SOMEONE"}, "does not answer to the AE title 'SOMEONE'"),
        ({"host": "no-such-host.invalid"}, "no machine is named 'no-such-host.invalid'"),
        ({"port": 1}, "nothing listens at 127.0.0.1:1"),
        ({"tls": True}, "no encrypted connection could be made"),
    ],
)
def test_what_is_wrong_with_a_dicom_archive_is_one_sentence(orthanc, changes, words):
    place = Archive(**{**orthanc.dimse, "patience_s": 5, **changes})
    with pytest.raises(ArchiveError) as caught:
        link(place).echo()
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_unknown_title_of_ours_may_not_search(orthanc):
    with pytest.raises(ArchiveError, match=r"AE title|not allowed|connection"):
        link(Archive(**{**orthanc.dimse, "own_title": "STRANGER"})).find(Query())


def test_a_wrong_password_and_a_wrong_url(orthanc):
    if not orthanc.web:
        pytest.skip("orthanc-dicomweb is not installed (apt-get install orthanc-dicomweb)")
    place = Archive(**orthanc.dicomweb)
    with pytest.raises(ArchiveError, match="another user name or password"):
        connect(place, name="pacs", password="wrong").echo()
    for url, words in (
        (f"http://127.0.0.1:{orthanc.http_port}/elsewhere", "no DICOMweb service"),
        (f"http://127.0.0.1:{orthanc.http_port}/system?", "not that of a DICOMweb|no DICOMweb"),
        ("http://127.0.0.1:1/dicom-web", "nothing listens at"),
        ("http://no-such-host.invalid/dicom-web", "no machine is named"),
        (f"http://127.0.0.1:{orthanc.dicom_port}/dicom-web", "connection was lost|not that of"),
    ):
        with pytest.raises(ArchiveError, match=words):
            link(place, url=url, patience_s=5).echo()


def test_tls_both_ways_and_a_certificate_nobody_vouches_for(tmp_path):
    if (openssl := shutil.which("openssl")) is None:
        pytest.skip("openssl is not installed")
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
         "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out",
         certificate],
        check=True,
        capture_output=True,
    )  # fmt: skip
    options = {
        "DicomTlsEnabled": True,
        "DicomTlsPrivateKey": str(key),
        "DicomTlsCertificate": str(certificate),
        "DicomTlsTrustedCertificates": str(certificate),
        "DicomTlsRemoteCertificateRequired": False,
    }
    with (
        started(tmp_path / "archive", **options) as archive,
        encrypted(archive.http_port, certificate, key) as port,
    ):
        places = [Archive(**{**archive.dimse, "tls": True})]
        if archive.web:
            url = f"https://127.0.0.1:{port}/dicom-web"
            places.append(Archive(**{**archive.dicomweb, "url": url}))
        for place in places:
            assert link(place, authority=str(certificate)).echo() < 20
            with pytest.raises(ArchiveError, match="certificate is not accepted"):
                link(place).echo()
            with pytest.raises(ArchiveError, match="certificate file of the authority"):
                link(place, authority=str(tmp_path / "none.pem")).echo()


def test_no_patient_reaches_a_log(place, stocked, tmp_path, caplog):
    _, (uid, _) = stocked
    with caplog.at_level(logging.DEBUG):
        found, _ = link(place).find(Query(name="Muster", patient="P-1"))
        link(place).get(found[0].uid, tmp_path)
        link(place).send(sorted((tmp_path / "exam-0001").iterdir()))
    for secret in ("Muster", "P-1", uid, PASSWORD):
        assert secret not in caplog.text
