"""Opening four files of 13 megapixels in processes of their own, against decoding them directly.

Both cores: two threads open, as the window does. The same files are decoded by two threads in this
process, by the same code; rounds take turns. One JSON line, as all benchmarks.
"""

import json
import statistics
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pydicom
import pytest
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, JPEG2000Lossless, JPEGLSLossless, RLELossless

from app.dicom import direct
from app.dicom.read import read, warm

ROWS, COLUMNS, ROUNDS = 4096, 3328, 7


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    draw = np.random.default_rng(0)
    y, x = np.mgrid[0:ROWS, 0:COLUMNS]
    inside = (y - ROWS / 2) ** 2 + x**2 < (ROWS * 0.42) ** 2
    tissue = 1200 + 2000 * y / ROWS + draw.normal(0, 30, (ROWS, COLUMNS))
    pixels = np.where(inside, tissue, 0).astype(np.uint16)
    paths = []
    for syntax in (None, RLELossless, JPEGLSLossless, JPEG2000Lossless):
        meta = FileMetaDataset()
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
        made = FileDataset(None, {}, file_meta=meta, preamble=bytes(128))
        made.SOPClassUID, made.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.1.2", "2.25.1"
        made.Modality, made.ImageLaterality = "MG", "L"
        made.PhotometricInterpretation, made.SamplesPerPixel = "MONOCHROME2", 1
        made.Rows, made.Columns = ROWS, COLUMNS
        made.BitsAllocated, made.BitsStored, made.HighBit = 16, 12, 11
        made.PixelRepresentation, made.PixelData = 0, pixels.tobytes()
        made["PixelData"].VR = "OW"
        if syntax is not None:
            made.compress(syntax)
        paths.append(folder / f"{len(paths)}.dcm")
        made.save_as(paths[-1])
    assert pydicom.dcmread(paths[0]).Rows == ROWS
    return [str(path) for path in paths]


def timed(work, files):
    begin = time.perf_counter()
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(work, files))
    return 1000 * (time.perf_counter() - begin)


def test_opening(files):
    warm()
    taken = {"sandboxed": [], "direct": []}
    for number in range(ROUNDS + 1):
        for name, work in (("sandboxed", read), ("direct", direct.read)):
            took = timed(work, files)
            if number:
                taken[name].append(took)
    middle = {name: statistics.median(times) for name, times in taken.items()}
    least = {name: min(times) for name, times in taken.items()}
    print(
        json.dumps(
            {
                "work": "open four files of 13 MP (plain, RLE, JPEG-LS, JPEG 2000) on two threads",
                "unit": "ms",
                "ours": round(middle["sandboxed"]),
                "peers": {"decoding in this process": round(middle["direct"])},
                "ratio": round(middle["sandboxed"] / middle["direct"], 3),
                "ratio_of_least": round(least["sandboxed"] / least["direct"], 3),
            }
        )
    )
