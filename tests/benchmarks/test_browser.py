"""Ten thousand exams in the browser: indexing, the longest wait of the event loop, searching.

The peer of indexing is a plain loop with pydicom over the same files, headers only, in one run.
"""

import gc
import io
import json
import os
import time
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian
from PySide6.QtCore import QElapsedTimer, QEventLoop, QTimer

from app.core.mammogram import SCREENING
from app.ui import theme
from app.ui.collector import Collector
from app.ui.window import MainWindow

EXAMS = int(os.environ.get("MAMMOSCOPE_EXAMS", "10000"))
PEER = 1500  #: files the plain loop reads: its rate does not change with their number
PATIENT, DATE = "P{:06}", "20{:02}{:02}{:02}"
CODES = {"CC": "399162004", "MLO": "399368009"}
SPANS = {"RCC": ["P", "L"], "LCC": ["A", "R"], "RMLO": ["P", "FL"], "LMLO": ["A", "FR"]}


def uid(number: int) -> str:
    return f"1.2.826.0.1.3680043.8.498.{10**11 + number}"


def template(side: str, view: str) -> bytes:
    """One small image as a file, every changing value as long as it will ever be."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.1.2"
    meta.MediaStorageSOPInstanceUID = uid(0)
    made = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
    made.SOPClassUID, made.SOPInstanceUID = meta.MediaStorageSOPClassUID, uid(0)
    made.StudyInstanceUID, made.PatientID = uid(1), PATIENT.format(0)
    made.SeriesInstanceUID = uid(2)
    made.StudyDate, made.Modality = DATE.format(0, 1, 1), "MG"
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = CODES[view], "SCT", view
    code.ViewModifierCodeSequence = []
    made.ViewCodeSequence, made.ImageLaterality = [code], side
    made.PatientOrientation = SPANS[side + view]
    made.PresentationIntentType, made.PhotometricInterpretation = "FOR PRESENTATION", "MONOCHROME2"
    made.ImagerPixelSpacing = [0.1, 0.1]
    y, x = np.mgrid[:32, :24]
    breast = ((23 - x if side == "R" else x) / 18) ** 2 + ((y - 16) / 14) ** 2 < 1
    made.Rows, made.Columns, made.SamplesPerPixel = 32, 24, 1
    made.BitsAllocated, made.BitsStored, made.HighBit, made.PixelRepresentation = 16, 12, 11, 0
    made.PixelData = np.where(breast, 1000 + 60 * y, 0).astype("<u2").tobytes()
    content = io.BytesIO()
    made.save_as(content, enforce_file_format=True)
    return content.getvalue()


def written(folder: Path, exams: int) -> list[Path]:
    """Exams of four views in a folder each; dates and patients differ."""
    templates = {side + view: template(side, view) for side, view in SCREENING}
    files = []
    for exam in range(exams):
        place = folder / f"{exam:05}"
        place.mkdir(parents=True)
        date = DATE.format(exam % 25, 1 + exam % 12, 1 + exam % 28)
        for number, (label, content) in enumerate(templates.items()):
            changed = (
                content.replace(uid(0).encode(), uid(8 * exam + number + 8).encode())
                .replace(uid(1).encode(), uid(8 * exam + 15).encode())
                .replace(PATIENT.format(0).encode(), PATIENT.format(exam).encode())
                .replace(DATE.format(0, 1, 1).encode(), date.encode())
            )
            files.append(place / f"{label}.dcm")
            files[-1].write_bytes(changed)
    return files


class Pulse:
    """The longest time the event loop did not turn, by a timer that should fire all the time.

    `work` is the longest time this thread was at work between two turns: what a machine that does
    nothing else would show.
    """

    def __init__(self) -> None:
        self.gaps: list[float] = []
        self.work: list[float] = []
        self._busy = 0.0
        self._clock = QElapsedTimer()
        self._timer = QTimer(interval=1)
        self._timer.timeout.connect(self._beat)

    def _beat(self) -> None:
        self.gaps.append(self._clock.nsecsElapsed() / 1e6)
        self.work.append(1000 * (time.thread_time() - self._busy))
        self._busy = time.thread_time()
        self._clock.start()

    def start(self) -> None:
        self.gaps.clear()
        self.work.clear()
        self._busy = time.thread_time()
        self._clock.start()
        self._timer.start()

    def stop(self) -> float:
        self._beat()
        self._timer.stop()
        return max(self.gaps)

    def longest(self) -> list[int]:
        """Return the longest gap and the longest work, in ms."""
        return [round(max(self.gaps)), round(max(self.work))]


def let_live(until, most_s: float) -> None:
    """Run the event loop as the application does: nothing here holds the interpreter."""
    loop, end = QEventLoop(), time.monotonic() + most_s
    look = QTimer(interval=20)
    look.timeout.connect(lambda: loop.quit() if until() or time.monotonic() > end else None)
    look.start()
    loop.exec()
    look.stop()
    assert until()


def line(work: str, unit: str, ours: object, peers: object = None, ratio: object = None) -> None:
    told = {"work": work, "unit": unit, "ours": ours, "peers": peers, "ratio": ratio}
    print("\n" + json.dumps(told))


@pytest.fixture
def collector(qapp):
    kept = Collector()
    yield kept
    kept.stop()


def test_ten_thousand_exams(qapp, tmp_path, collector) -> None:
    theme.apply(qapp, theme.load())
    files = written(tmp_path / "exams", EXAMS)
    window = MainWindow(theme.load())
    window.memory.keeps = False
    window.resize(1600, 1000)
    window.show()
    window.show_panel("exams")
    let_live(lambda: not window.jobs.busy("cards"), 60)
    panel, pulse = window.exams, Pulse()
    pulse.start()
    began = time.perf_counter()
    window.opening.open([str(tmp_path / "exams")])
    let_live(lambda: bool(window.desk.opened), 120)
    first = time.perf_counter() - began
    let_live(lambda: not window.jobs.busy("scan"), 1200)
    indexed = time.perf_counter() - began
    pulse.stop()
    indexing = pulse.longest()
    assert panel.model.known() == EXAMS

    began = time.perf_counter()
    for path in files[:PEER]:
        pydicom.dcmread(path, stop_before_pixels=True)
    plain = PEER / (time.perf_counter() - began)
    rate = len(files) / indexed
    what = f"{EXAMS} exams, {len(files)} files"
    line(f"index {what}", "files/s", round(rate), {"pydicom loop": round(plain)}, rate / plain)
    line(f"first exam of {what}", "s", round(first, 2))
    line(f"longest gap of the event loop while indexing {what}", "ms (work)", indexing)

    pulse.start()
    bar = panel.exams.verticalScrollBar()
    for step in range(100):  # scrolled through, as fast as a hand can
        bar.setValue(bar.maximum() * step // 100)
        let_live(lambda: True, 5)
    pulse.stop()
    scrolled = pulse.longest()
    times = {}
    for text in ("p00012", "2017-03", "mlo", "nothing like it", ""):
        pulse.start()
        panel.search.setText(text)
        began = time.perf_counter()
        panel._arrange()
        taken = round(1000 * (time.perf_counter() - began), 1)
        let_live(lambda: True, 5)
        pulse.stop()
        times[text or "all"] = [taken, *pulse.longest()]
    pulse.start()
    panel.order.setCurrentIndex(1)
    let_live(lambda: True, 5)
    pulse.stop()
    ordered = pulse.longest()
    pulse.start()
    for _ in range(5):
        window.desk.go_group(window.desk.paging.group + 1)
        let_live(window.settled, 20)
    pulse.stop()
    flipped = pulse.longest()
    gc.collect()
    line(f"longest gap: scroll through {EXAMS} exams", "ms (work)", scrolled)
    line(f"search {EXAMS} exams", "ms; gap (work)", times)
    line(f"longest gap: order {EXAMS} exams", "ms (work)", ordered)
    line(f"longest gap: five exams on, of {EXAMS}", "ms (work)", flipped)
    window.close()
    gaps = [each[1] for each in times.values()]
    assert max(indexing[0], scrolled[0], ordered[0], flipped[0], *gaps) < 100
