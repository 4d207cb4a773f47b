"""A real archive on this machine, started for the tests: Orthanc, which shares nothing with us.

`orthanc` is a session fixture that every test may ask for. It speaks DIMSE and, where the package
orthanc-dicomweb is installed, DICOMweb; `started` makes others, such as one behind TLS.
"""

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

USER, PASSWORD = "reader", "orthanc-test"
TITLE, OWN_TITLE = "ORTHANC", "MAMMOSCOPE"
PATIENCE_S = 60.0
PLUGINS = (
    Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so"),
    *Path("/usr/lib/orthanc").glob("libOrthancDicomWeb.so*"),
)


@dataclass(frozen=True, kw_only=True)
class Orthanc:
    """A running archive, and a way to look into it that does not go through our code."""

    dicom_port: int
    http_port: int
    move_port: int  #: where it sends what OWN_TITLE asks for by C-MOVE
    web: bool  #: whether it speaks DICOMweb

    @property
    def url(self) -> str:
        """Root of its DICOMweb service."""
        return f"http://127.0.0.1:{self.http_port}/dicom-web"

    @property
    def dimse(self) -> dict[str, Any]:
        """How our settings describe it."""
        return {
            "kind": "DICOM",
            "host": "127.0.0.1",
            "port": self.dicom_port,
            "title": TITLE,
            "own_title": OWN_TITLE,
            "own_port": self.move_port,
        }

    @property
    def dicomweb(self) -> dict[str, Any]:
        """How our settings describe its DICOMweb service; the password is PASSWORD."""
        return {"kind": "DICOMweb", "url": self.url, "user": USER}

    def rest(self, path: str, data: bytes | None = None, method: str | None = None) -> Any:
        """Ask Orthanc's own interface; returns what its JSON says, or bytes."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.http_port}{path}", data=data, method=method
        )
        token = b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        request.add_header("Authorization", f"Basic {token}")
        with urllib.request.urlopen(request, timeout=20) as answer:
            body = answer.read()
        return json.loads(body) if "json" in answer.headers.get("Content-Type", "") else body

    def put(self, content: bytes) -> None:
        """Store a DICOM file."""
        self.rest("/instances", content)

    def files(self) -> list[bytes]:
        """Return all files it holds."""
        return [self.rest(f"/instances/{i}/file") for i in sorted(self.rest("/instances"))]

    def clear(self) -> None:
        """Forget everything."""
        for patient in self.rest("/patients"):
            self.rest(f"/patients/{patient}", method="DELETE")


def free_port() -> int:
    """Return a port nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def started(folder: Path, **options: Any) -> Iterator[Orthanc]:
    """Run an archive over a folder; options are Orthanc's own. Skips where it is not installed."""
    program = shutil.which("Orthanc")
    if program is None:
        pytest.skip("the archive is not installed (apt-get install orthanc orthanc-dicomweb)")
    plugin = next((p for p in PLUGINS if p.exists()), None)
    archive = Orthanc(
        dicom_port=free_port(),
        http_port=free_port(),
        move_port=free_port(),
        web=plugin is not None,
    )
    config = {
        "StorageDirectory": str(folder / "storage"),
        "IndexDirectory": str(folder / "index"),
        "Plugins": [str(plugin)] if plugin else [],
        "HttpPort": archive.http_port,
        "DicomPort": archive.dicom_port,
        "DicomAet": TITLE,
        "DicomCheckCalledAet": True,
        "DicomModalities": {"ours": [OWN_TITLE, "127.0.0.1", archive.move_port]},
        "DicomAlwaysAllowEcho": False,
        "DicomAlwaysAllowStore": False,
        "AuthenticationEnabled": True,
        "RegisteredUsers": {USER: PASSWORD},
        "OverwriteInstances": True,
        "SyncStorageArea": False,
        "DicomWeb": {"Enable": True, "Root": "/dicom-web/", "EnableWado": False},
        **options,
    }
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "orthanc.json"
    file.write_text(json.dumps(config))
    log = (folder / "orthanc.log").open("wb")
    process = subprocess.Popen(
        [program, str(file)], stdout=log, stderr=log, env={**os.environ, "LC_ALL": "C"}
    )
    try:
        _wait(archive, process, folder / "orthanc.log")
        yield archive
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        log.close()


def _wait(archive: Orthanc, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    for port in (archive.http_port, archive.dicom_port):
        while True:
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"Orthanc did not start: {log.read_text(errors='replace')[-2000:]}")
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)


@pytest.fixture(scope="session")
def orthanc_session(tmp_path_factory) -> Iterator[Orthanc]:
    """Run one archive for all tests."""
    with started(tmp_path_factory.mktemp("orthanc")) as archive:
        yield archive


@pytest.fixture
def orthanc(orthanc_session) -> Iterator[Orthanc]:
    """Return an empty archive."""
    orthanc_session.clear()
    return orthanc_session
