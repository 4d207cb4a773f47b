"""A whole session over a patient's images leaves nothing of hers in any file, title or log."""

import base64
import contextlib
import os
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

WORD = "QZCANARY"
PROGRAM = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from app.ui import application

begin = application.application
titles = set()

def fail():
    raise RuntimeError("a fault that quotes {word}FAULT")

def look():
    windows = QApplication.topLevelWidgets()
    titles.update(w.windowTitle() for w in windows)
    main = next((w for w in windows if hasattr(w, "desk")), None)
    look.calm = look.calm + 1 if main is not None and main.settled() and main.desk.opened else 0
    if look.calm == 3:
        QTimer.singleShot(0, fail)
    if look.calm > 8:
        timer.stop()
        main.desk.go_step(1)
        main.close()

look.calm = 0

def started():
    global timer
    app = begin()
    timer = QTimer()
    timer.timeout.connect(look)
    timer.start(100)
    return app

application.application = started
code = application.run([sys.argv[1]], protocol=None, step=1, demo=False, screenshot=None, size=None)
print(sorted(titles))
sys.exit(code)
"""


def patient(folder):
    """Four views of a patient whose every text is a canary; names of files are the user's own."""
    for number, (side, view) in enumerate((s, v) for v in ("CC", "MLO") for s in "RL"):
        meta = FileMetaDataset()
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
        made = FileDataset(None, {}, file_meta=meta, preamble=bytes(128))
        made.SOPClassUID, made.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.1.2", f"1.2.999.7{number}"
        made.StudyInstanceUID = "1.2.999.7654321"
        for place, keyword in enumerate(
            ("PatientID", "PatientName", "PatientAddress", "InstitutionName", "StationName",
             "ReferringPhysicianName", "OperatorsName", "AccessionNumber", "StudyDescription",
             "SeriesDescription", "ImageComments", "PatientComments", "Manufacturer", "StudyID",
             "DeviceSerialNumber", "ProtocolName", "WindowCenterWidthExplanation")
        ):  # fmt: skip
            setattr(made, keyword, f"{WORD}{place}"[:16])
        made.StudyDate, made.PatientBirthDate = "20010203", "19310517"
        made.Modality, made.ImageLaterality, made.ViewPosition = "MG", side, view
        made.PhotometricInterpretation, made.SamplesPerPixel = "MONOCHROME2", 1
        made.Rows, made.Columns, made.BitsAllocated, made.BitsStored = 400, 300, 16, 12
        made.HighBit, made.PixelRepresentation = 11, 0
        made.WindowCenter, made.WindowWidth = 2000, 4000
        made.PixelData = (np.arange(120_000, dtype="<u2") % 4096).tobytes()
        made["PixelData"].VR = "OW"
        made.save_as(folder / f"{number}.dcm")


def holds(data, word):
    raw = word.encode()
    layers = [data]
    for start in (b"\x78\x01", b"\x78\x9c", b"\x78\xda"):
        at = data.find(start)
        while at >= 0:
            with contextlib.suppress(zlib.error):
                layers.append(zlib.decompressobj().decompress(data[at:], 2**22))
            at = data.find(start, at + 1)
    spelled = [raw, word.encode("utf-16-le"), word.encode("utf-16-be"), raw.hex().encode()]
    spelled += [base64.b64encode(bytes(n) + raw)[4:-4] for n in range(3)]
    return any(one in layer for layer in layers for one in spelled)


@pytest.mark.filterwarnings("ignore")  # of odd headers, made so on purpose
def test_a_session_leaves_nothing_of_the_patient(tmp_path):
    home, images = tmp_path / "home", tmp_path / "images"
    images.mkdir()
    for name in ("config", "state", "cache", "data", "tmp", "logs", "settings"):
        (home / name).mkdir(parents=True)
    patient(images)
    environment = {
        **os.environ, "HOME": str(home), "TMPDIR": str(home / "tmp"),
        "QT_QPA_PLATFORM": "offscreen",
        "XDG_CONFIG_HOME": str(home / "config"), "XDG_STATE_HOME": str(home / "state"),
        "XDG_CACHE_HOME": str(home / "cache"), "XDG_DATA_HOME": str(home / "data"),
        "MAMMOSCOPE_LOGS": str(home / "logs"), "MAMMOSCOPE_SETTINGS": str(home / "settings"),
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }  # fmt: skip
    program = PROGRAM.replace("{word}", WORD)
    done = subprocess.run(
        [sys.executable, "-c", program, str(images)], cwd=home, env=environment,
        capture_output=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    assert b"Mammoscope" in done.stdout  # the titles
    assert not holds(done.stdout + done.stderr, WORD)
    files = [path for path in home.rglob("*") if path.is_file()]
    assert (home / "logs" / "faults.log").read_text().count("RuntimeError") == 1
    assert [path.relative_to(home) for path in files if holds(path.read_bytes(), WORD)] == []
    for word in ("7654321", "19310517"):
        assert [path.name for path in files if holds(path.read_bytes(), word)] == []
