"""Preparing 4000x3000 DICOM against a plain loop, and memory at 100 and 1,000 images.

Prints one JSON line per work. The loops read the same files, window them with the file's window,
turn the chest wall to the left, pad to 5:4, average down to 1280x1024 and to all rungs below, and
save arrays of 16 bits. Ours does besides: rules, air, twins, labels, split, report; its time counts
from the call to the finished set.
"""

import json
import os
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.pixels import apply_voi_lut
from pydicom.uid import ExplicitVRLittleEndian, generate_uid
from scipy import ndimage

IMAGES = 24
HIGH, WIDE = 4000, 3000


def breast(seed, high, wide):
    """Tissue-like noise in a half-disc, 12 bits, dark air; another breast for every seed."""
    draw = np.random.default_rng(seed)
    coarse = [draw.standard_normal((high // step + 2, wide // step + 2)) for step in (200, 50, 10)]
    texture = sum(
        np.kron(c, np.ones((step, step), np.float32))[:high, :wide] * step**0.5
        for c, step in zip(coarse, (200, 50, 10), strict=True)
    )
    y, x = np.ogrid[:high, :wide]
    reach = draw.uniform(0.5, 0.75) * wide
    inside = (y - high / 2) ** 2 / (0.46 * high) ** 2 + x**2 / reach**2 < 1
    return np.where(inside, np.clip(1800 + 60 * texture, 200, 4095), 0).astype(np.uint16)


def dicom(path, pixels, number):
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.1.2"
    meta.MediaStorageSOPInstanceUID = generate_uid()
    made = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
    made.SOPClassUID = meta.MediaStorageSOPClassUID
    made.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    view = Dataset()
    view.CodeValue, view.CodingSchemeDesignator, view.CodeMeaning = "399162004", "SCT", "CC"
    made.ViewCodeSequence, made.Modality = [view], "MG"
    made.PatientID, made.StudyInstanceUID = f"P{number}", generate_uid()
    made.ImageLaterality, made.PatientOrientation = "L", ["A", "R"]
    made.PhotometricInterpretation, made.PresentationIntentType = "MONOCHROME2", "FOR PRESENTATION"
    made.WindowCenter, made.WindowWidth = "1900", "3000"
    made.Rows, made.Columns = pixels.shape
    made.SamplesPerPixel, made.BitsAllocated, made.PixelRepresentation = 1, 16, 0
    made.BitsStored, made.HighBit = 12, 11
    made.PixelData = pixels.tobytes()
    made["PixelData"].VR = "OW"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made.save_as(path)


def padded(image):
    high, wide = image.shape
    tall = max(high, -(-wide * 5 // 4))
    frame = np.zeros((tall, round(tall * 4 / 5)), image.dtype)
    frame[(tall - high) // 2 :][:high, :wide] = image
    return frame


def area_averaged(frame, rows):
    """A plain area average: box filter of the factor's size, then a look-up between its means."""
    factor = frame.shape[0] / rows
    smooth = ndimage.uniform_filter(frame, round(factor))
    return ndimage.zoom(smooth, 1 / factor, order=1, grid_mode=True, mode="nearest")


def plain(files, out):
    """What one writes first: a loop with pydicom and scipy."""
    out.mkdir()
    rungs = [[] for _ in range(9)]
    for file in files:
        dataset = pydicom.dcmread(file)
        values = apply_voi_lut(dataset.pixel_array, dataset).astype(np.float32)
        grey = (values - values.min()) / max(float(np.ptp(values)), 1.0)
        frame = area_averaged(padded(grey), 1280)
        for rung in range(8, -1, -1):
            rungs[rung].append(np.rint(np.clip(frame, 0, 1) * 65535).astype(np.uint16))
            frame = frame.reshape(frame.shape[0] // 2, 2, -1, 2).mean((1, 3)) if rung else frame
    for rung, images in enumerate(rungs):
        np.save(out / f"{rung}.npy", np.stack(images))


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dicom")
    for number in range(IMAGES):
        dicom(folder / f"{number:03}.dcm", breast(number, HIGH, WIDE), number)
    return sorted(folder.glob("*.dcm"))


def test_rate(files, tmp_path, capsys):
    from app.prepare import Settings, prepare

    for file in files:  # from memory for both
        file.read_bytes()
    taken = {"ours": [], "plain": []}
    for turn in range(2):
        began = time.perf_counter()
        done = prepare([files[0].parent], tmp_path / f"set-{turn}", Settings(rows=1280))
        taken["ours"].append(time.perf_counter() - began)
        assert done.used == IMAGES
        began = time.perf_counter()
        plain(files, tmp_path / f"plain-{turn}")
        taken["plain"].append(time.perf_counter() - began)
    rate = {name: IMAGES / min(seconds) for name, seconds in taken.items()}
    line = {
        "work": f"prepare {IMAGES} DICOM of {HIGH}x{WIDE} to 1280x1024, {os.cpu_count()} cores",
        "unit": "images/s",
        "ours": round(rate["ours"], 2),
        "peers": {"pydicom and scipy, one process": round(rate["plain"], 2)},
        "ratio": round(rate["ours"] / rate["plain"], 2),
    }
    with capsys.disabled():
        print("\n" + json.dumps(line))
    if (os.cpu_count() or 1) >= 2:
        assert line["ratio"] >= 1.6


MEASURED = """
import sys, threading, time
from pathlib import Path
from app.prepare import Settings, prepare

def peak(pid):
    # VmHWM begins anew with exec; ru_maxrss would still tell of the parent
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM")), 0)

def watch():
    while True:
        for task in Path("/proc/self/task").iterdir():
            for child in (task / "children").read_text().split():
                peaks[child] = max(peaks.get(child, 0), peak(child))
        time.sleep(0.2)

if __name__ == "__main__":
    peaks = {}
    threading.Thread(target=watch, daemon=True).start()
    done = prepare([sys.argv[1]], Path(sys.argv[2]), Settings(rows=320))
    print(done.used, peak("self"), max(peaks.values()))
"""


def test_memory_is_flat_in_the_number_of_images(tmp_path, capsys):
    """The largest resident size of the process and of its largest worker, in MiB."""
    for number in range(1000):
        image = breast(number, 600, 450)
        folder = tmp_path / ("hundred" if number < 100 else "more")
        folder.mkdir(exist_ok=True)
        dicom(folder / f"{number:04}.dcm", image, number)
    (tmp_path / "hundred").rename(tmp_path / "more" / "hundred")
    script = tmp_path / "measured.py"
    script.write_text(MEASURED)
    found = {}
    for count, folder in ((100, tmp_path / "more" / "hundred"), (1000, tmp_path / "more")):
        command = [sys.executable, "-P", script, folder, tmp_path / f"set-{count}"]
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=True,
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        )
        used, own, workers = (int(word) for word in done.stdout.split())
        assert used == count
        found[count] = (round(own / 1024, 1), round(workers / 1024, 1))
    line = {
        "work": "prepare to 320x256: largest resident size at 100 and at 1,000 images",
        "unit": "MiB",
        "ours": {"process": [found[n][0] for n in found], "worker": [found[n][1] for n in found]},
        "peers": {"set in memory": [round(n * 320 * 256 * 2 / 2**20) for n in found]},
        "ratio": round(found[1000][0] / found[100][0], 3),
    }
    with capsys.disabled():
        print("\n" + json.dumps(line))
    assert found[1000][0] < found[100][0] + 20
    assert found[1000][1] < found[100][1] + 20
