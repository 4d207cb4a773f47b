"""From disk to the screen for each transfer syntax: first image, full 4-up, flip to the next exam.

The peer is pydicom's own decoding of the same four files, one after the other, nothing shown. Both
run in one process, ours with its sandbox, window and pyramids.
"""

import json
import shutil
import subprocess
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.uid import UID, JPEG2000Lossless, generate_uid
from PySide6.QtCore import QEventLoop, QTimer

from app.core.mammogram import SCREENING
from app.ui import theme
from app.ui.window import MainWindow

ROWS, COLUMNS = 3328, 2560
MG = "1.2.840.10008.5.1.4.1.1.1.2"
SPANS = {"RCC": ["P", "L"], "LCC": ["A", "R"], "RMLO": ["P", "FL"], "LMLO": ["A", "FR"]}
SYNTAXES = {
    "explicit little endian": [],
    "RLE": ["dcmcrle"],
    "JPEG Lossless, process 14": ["dcmcjpeg", "+e1"],
    "JPEG-LS lossless": ["dcmcjpls"],
    "JPEG 2000 lossless": ["pydicom"],
}
FLIP_MS = 100


def write(folder: Path, exam: int, tool: list[str]) -> list[Path]:
    """Four views of 8.5 megapixels: a breast with fine structure, air around it."""
    from pydicom.dataset import FileDataset, FileMetaDataset

    folder.mkdir(parents=True)
    rng = np.random.default_rng(exam)
    y, x = np.mgrid[:ROWS, :COLUMNS].astype(np.float32)
    files, study = [], generate_uid()
    for side, view in SCREENING:
        inward = COLUMNS - 1 - x if side == "R" else x
        inside = (inward / (0.6 * COLUMNS)) ** 2 + ((y - ROWS / 2) / (0.42 * ROWS)) ** 2 < 1
        texture = 1500 + 600 * np.sin(x / 90) * np.cos(y / 70) + rng.normal(0, 25, y.shape)
        meta = FileMetaDataset()
        meta.TransferSyntaxUID = UID("1.2.840.10008.1.2.1")
        meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = MG, generate_uid()
        made = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
        made.SOPClassUID, made.SOPInstanceUID = MG, meta.MediaStorageSOPInstanceUID
        made.StudyInstanceUID, made.SeriesInstanceUID = study, generate_uid()
        made.PatientID, made.StudyDate, made.Modality = f"P{exam}", f"2026010{exam + 1}", "MG"
        made.ImageLaterality, made.ViewPosition = side, view
        made.PatientOrientation, made.ImagerPixelSpacing = SPANS[side + view], [0.07, 0.07]
        made.PresentationIntentType = "FOR PRESENTATION"
        made.PhotometricInterpretation, made.SamplesPerPixel = "MONOCHROME2", 1
        made.Rows, made.Columns = ROWS, COLUMNS
        made.BitsAllocated, made.BitsStored, made.HighBit, made.PixelRepresentation = 16, 12, 11, 0
        made.PixelData = np.where(inside, texture, 0).clip(0, 4095).astype("<u2").tobytes()
        path = folder / f"{side}{view}.dcm"
        if tool == ["pydicom"]:
            made.compress(JPEG2000Lossless, encoding_plugin="pylibjpeg")
        made.save_as(path, enforce_file_format=True)
        if tool and tool != ["pydicom"]:
            subprocess.run([*tool, path, path.with_suffix(".tmp")], check=True)
            path.with_suffix(".tmp").replace(path)
        files.append(path)
    return files


def let_live(until, most_s: float = 120) -> None:
    loop, end = QEventLoop(), time.monotonic() + most_s
    look = QTimer(interval=2)
    look.timeout.connect(lambda: loop.quit() if until() or time.monotonic() > end else None)
    look.start()
    loop.exec()
    look.stop()
    assert until()


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_time_to_the_screen(qapp, tmp_path, syntax) -> None:
    tool = SYNTAXES[syntax]
    if tool and tool[0] != "pydicom" and shutil.which(tool[0]) is None:
        pytest.skip("dcmtk is not installed (apt-get install dcmtk)")
    exams = [write(tmp_path / f"exam-{n}", n, tool) for n in range(2)]
    theme.apply(qapp, theme.load())
    window = MainWindow(theme.load())
    window.memory.keeps = False
    window.resize(1600, 1000)
    window.show()
    let_live(lambda: not window.jobs.busy())
    from app.dicom import read  # what the application has done by the time someone opens a file

    read.warm(2)
    with ThreadPoolExecutor(2) as both:
        list(both.map(read.read, map(str, exams[1][:2])))
    began = time.perf_counter()
    window.opening.open([str(tmp_path / "exam-0"), str(tmp_path / "exam-1")])
    let_live(lambda: any(pane.picture for pane in window.grid.panes))
    first = time.perf_counter() - began
    let_live(lambda: len(window.grid.panes) == 4 and all(p.picture for p in window.grid.panes))
    full = time.perf_counter() - began
    files = [str(file) for file in exams[1]]
    let_live(lambda: all(window.pictures.peek(file) for file in files) and window.settled())
    began, busy = time.perf_counter(), time.thread_time()
    window.desk.go_group(1)
    window.grid.repaint()
    flip, work = (
        1000 * taken for taken in (time.perf_counter() - began, time.thread_time() - busy)
    )
    assert all(pane.picture for pane in window.grid.panes)
    window.close()

    began = time.perf_counter()
    one = 0.0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for file in exams[0]:
            assert pydicom.dcmread(file).pixel_array.shape == (ROWS, COLUMNS)
            one = one or time.perf_counter() - began
    plain = time.perf_counter() - began
    line = {
        "work": f"{syntax}, 4 x {ROWS}x{COLUMNS}: first image, 4-up; flip to a prefetched exam",
        "unit": "s, s; ms (of processor time)",
        "ours": [round(first, 2), round(full, 2), round(flip), round(work)],
        "peers": {"pydicom decode": [round(one, 2), round(plain, 2)]},
        "ratio": round(plain / full, 2),
    }
    print("\n" + json.dumps(line))
    assert flip < FLIP_MS
