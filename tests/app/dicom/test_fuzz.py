"""Mutants of files in every transfer syntax: opened as they were, with a caution, or refused.

A thousand in every run, 20,000 by command (`pytest -m soak tests/app/dicom/test_fuzz.py`).
Silently different is what must not be: other pixels or other facts than the unchanged file, nothing
said, and nothing in the file's own display elements to explain it. The counts are written as one
JSON line to the file that MAMMOSCOPE_FIGURES names, if it names one.
"""

import io
import json
import os
import struct
import threading
import warnings
from base64 import b64decode
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pydicom
import pytest
from pydicom.encaps import encapsulate
from pydicom.pixels.utils import pixel_array
from pydicom.uid import (
    JPEG2000,
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from app.core.mammogram import Mammogram
from app.dicom import read as opening
from app.dicom import selftest
from app.dicom.location import Unreadable
from app.dicom.sandbox.pool import Pool

pytestmark = pytest.mark.filterwarnings(
    "ignore"
)  # pydicom warns of the damage that is the point here

SHOWN = (
    "Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation",
    "SamplesPerPixel", "PhotometricInterpretation", "PresentationLUTShape", "RescaleSlope",
    "RescaleIntercept", "WindowCenter", "WindowWidth", "VOILUTFunction",
    "WindowCenterWidthExplanation", "PixelPaddingValue", "PixelPaddingRangeLimit",
    "NumberOfFrames", "ImageLaterality", "Laterality", "ViewPosition", "ViewCodeSequence",
    "PatientOrientation", "ImagerPixelSpacing", "PixelSpacing",
    "EstimatedRadiographicMagnificationFactor", "ImageType", "SOPClassUID",
    "PresentationIntentType", "StudyInstanceUID", "PatientID", "SOPInstanceUID", "Modality",
    "SyntheticData", "Manufacturer", "StudyDate", "PlanarConfiguration", "ModalityLUTSequence",
    "VOILUTSequence",
)  # fmt: skip
NUMBERS = (0, 1, 2, 7, 8, 11, 15, 16, 17, 32, 64, 255, 256, 4095, 32767, 32768, 65535)
WORDS = (
    "",
    "0",
    "-1",
    "NaN",
    "1E308",
    "abc",
    "\\",
    "1\\2\\3",
    "A\\B",
    "x" * 70,
    "\x1b[1m",
    "../../x",
)


def seeds(dataset, half_disc):
    """One small file for each transfer syntax, by its name."""
    made = {}
    pixels = half_disc()

    def add(syntax, data, **elements):
        file = io.BytesIO()
        data.save_as(file, enforce_file_format=True, **elements)
        made[syntax.name] = file.getvalue()

    def image(**elements):
        base = {"WindowCenter": 2000, "WindowWidth": 3000, "ImagerPixelSpacing": [0.1, 0.1]}
        return dataset(pixels, StudyDate="20200102", Manufacturer="M", **base, **elements)

    for syntax in (
        UID("1.2.840.10008.1.2.1"),
        ImplicitVRLittleEndian,
        DeflatedExplicitVRLittleEndian,
    ):
        data = image()
        data.file_meta.TransferSyntaxUID = syntax
        add(syntax, data)
    data = pydicom.Dataset()  # one that was never little endian
    data.update(image())
    data.file_meta = image().file_meta
    data.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
    data.PixelData = pixels.astype(">u2").tobytes()
    add(ExplicitVRBigEndian, data)
    for syntax, options in (
        (RLELossless, {}), (JPEGLSLossless, {}), (JPEGLSNearLossless, {"jls_error": 2}),
        (JPEG2000Lossless, {}), (JPEG2000, {"j2k_cr": [4]}),
    ):  # fmt: skip
        data = image()
        data.compress(syntax, **options)
        add(syntax, data)
    for syntax, frame, bits in (
        (JPEGBaseline8Bit, selftest._BASELINE, 8),
        (JPEGLossless, selftest._LOSSLESS, 16),
        (JPEGLosslessSV1, selftest._LOSSLESS_SV1, 16),
    ):
        data = image()
        data.Rows = data.Columns = 8
        data.BitsAllocated = data.BitsStored = bits
        data.HighBit = bits - 1
        data.file_meta.TransferSyntaxUID = syntax
        data.PixelData = encapsulate([b64decode(frame)])
        data["PixelData"].VR = "OB"
        data["PixelData"].is_undefined_length = True
        add(syntax, data)
    return made


def mutants(source, count, draw):
    """Changed copies of a file, each with the name of what was done to it."""
    kinds = (
        flipped,
        flipped,
        cut,
        repeated,
        removed,
        lengths,
        group_28,
        restructured,
        restructured,
        stream,
    )
    for number in range(count):
        kind = kinds[number % len(kinds)]
        yield kind.__name__, kind(bytearray(source), draw)


def header_end(data):
    return max(data.find(b"\xe0\x7f\x10\0"), data.find(b"\x7f\xe0\0\x10"), 400)


def flipped(data, draw):
    for _ in range(draw.integers(1, 9)):
        data[draw.integers(0, min(len(data), header_end(data), 4096))] ^= 1 << draw.integers(0, 8)
    return bytes(data)


def cut(data, draw):
    return bytes(data[: draw.integers(1, len(data))])


def repeated(data, draw):
    begin, size = draw.integers(132, header_end(data)), draw.integers(1, 64)
    return bytes(data[: begin + size] + data[begin:])


def removed(data, draw):
    begin, size = draw.integers(132, header_end(data)), draw.integers(1, 64)
    return bytes(data[:begin] + data[begin + size :])


def lengths(data, draw):
    places = [
        i
        for i in range(132, header_end(data))
        if data[i : i + 2].isalpha() and data[i : i + 2].isupper()
    ]
    at = int(draw.choice(places or [140])) + 2
    form, values = (
        ("<H", (0, 1, 3, 255, 65535))
        if draw.random() < 0.5
        else ("<I", (0, 1, 2**16, 2**31, 2**32 - 2, 2**32 - 1))
    )
    struct.pack_into(form, data, at, int(draw.choice(values)))
    return bytes(data)


def group_28(data, draw):
    at = data.find(b"\x28\0", 132)
    if at < 0:
        return flipped(data, draw)
    end = header_end(data)
    for _ in range(draw.integers(1, 4)):
        struct.pack_into(
            "<H", data, int(draw.integers(at, max(end - 2, at + 1))), int(draw.choice(NUMBERS))
        )
    return bytes(data)


def stream(data, draw):
    """Change what a codestream says of itself; pixels that are not encoded have no such thing."""
    begin = max(data.find(b"\xff\xd8\xff"), data.find(b"\xff\x4f\xff\x51"))
    if begin < 0:
        return flipped(data, draw)
    data[begin + int(draw.integers(2, min(60, len(data) - begin)))] = int(draw.integers(0, 256))
    return bytes(data)


def restructured(data, draw):
    """Alter one element and write the file anew."""
    made = pydicom.dcmread(io.BytesIO(bytes(data)))
    elements = [element for element in made if element.keyword != "PixelData"]
    element = elements[draw.integers(0, len(elements))]
    try:
        what = draw.integers(0, 4)
        if what == 0:
            del made[element.tag]
        elif what == 1:
            element._value = None
        elif element.VR == "US":
            element.value = int(draw.choice(NUMBERS))
        elif element.VR == "SQ":
            element.value = [pydicom.Dataset() for _ in range(draw.integers(0, 3))]
        else:
            element._value = str(draw.choice(WORDS))
        file = io.BytesIO()
        made.save_as(file)
    except Exception:  # what can't be written is no mutant
        return flipped(data, draw)
    return file.getvalue()


def explained(whole, source):
    """Whether the elements that decide on the display differ, as the reference parser sees them."""
    try:
        ours, theirs = (pydicom.dcmread(io.BytesIO(data), force=True) for data in (whole, source))
    except Exception:
        return True  # the header itself is another
    syntaxes = [data.file_meta.get("TransferSyntaxUID") for data in (ours, theirs)]
    if syntaxes[0] != syntaxes[1]:
        return True
    for keyword in SHOWN:
        try:
            if str(ours.get(keyword)) != str(theirs.get(keyword)):
                return True
        except Exception:
            return True  # the reference parser can't read the element any more
    if ours.get("PixelData") == theirs.get("PixelData"):
        return False
    return None  # the pixels themselves: another decoder decides


def second_opinion(whole, found):
    """Whether another decoder gets the same pixels out of a changed codestream."""
    made = pydicom.dcmread(io.BytesIO(whole))
    plugin = {RLELossless: "pydicom"}.get(made.file_meta.TransferSyntaxUID, "gdcm")
    try:
        array = pixel_array(
            made,
            raw=True,
            decoding_plugin=plugin if made.file_meta.TransferSyntaxUID.is_encapsulated else "",
        )
    except Exception:
        return False
    mask = (1 << found.encoding.bits) - 1
    return np.array_equal(array.astype(np.uint16) & mask, found.pixels)


class Tally:
    """Counts over all mutants."""

    def __init__(self):
        self.counts, self.kinds, self.slow, self.memory = Counter(), Counter(), 0.0, 0
        self.silent: list[tuple[str, str, bytes]] = []
        self.lock = threading.Lock()

    def take(self, pool, path, syntax, kind, whole, source, right: Mammogram):
        path.write_bytes(whole)
        child = next((child for child in pool.pixels._idle if child.ready), None)
        before = used(child)
        found, said = None, ""
        try:
            found = opened(pool, str(path))
        except Unreadable as error:
            said = str(error)
            assert said.startswith(f"{path.name}: "), said
            assert said.isprintable(), said
            assert len(said) <= 300, said
        took = used(child) - before if child and child.alive() else 0.0
        with self.lock:
            self.slow = max(self.slow, took)
            self.counts[end_of(found, said)] += 1
            if found is not None and not found.facts.cautions and differs(found, right):
                reason = explained(whole, source)
                if reason is None:
                    reason = second_opinion(whole, found)
                if not reason:
                    self.silent.append((syntax, kind, whole))


def end_of(found, said):
    """Name what became of a mutant."""
    if found is not None:
        return "cautioned" if found.facts.cautions else "opened"
    return {"ended the process": "crashed", "too long": "given up"}.get(
        next((words for words in ("ended the process", "too long") if words in said), ""), "refused"
    )


def used(child):
    if child is None or not child.alive():
        return 0.0
    times = psutil.Process(child.process.pid).cpu_times()
    return times.user + times.system


def opened(pool, location):
    return pool.ask(
        "read", location, lambda found, child: opening._mammogram(found, location, child)
    )


def differs(one, other):
    """Whether anything a reader sees or hangs by is another."""
    left, right = (replace(m.facts, file="", exam="", inferred={}) for m in (one, other))
    same = left == right and repr(one.encoding) == repr(other.encoding)
    return not (same and np.array_equal(one.pixels, other.pixels))


def fuzz(folder, dataset, half_disc, count, seed):
    """Open `count` mutants, on two threads, and return the tally."""
    tally, files = Tally(), seeds(dataset, half_disc)
    each = -(-count // len(files))
    todo = list(files.items())
    faults: list[BaseException] = []

    def work(number):
        pool = Pool()
        pool.pixels.size = 1
        try:
            for index in range(number, len(todo), 2):
                syntax, source = todo[index]
                path = folder / f"{number}.dcm"
                path.write_bytes(source)
                right = opened(pool, str(path))
                assert right.facts.cautions in ((), ("no contrast: all pixels are alike",))
                draw = np.random.default_rng([seed, index])
                for kind, whole in mutants(source, each, draw):
                    tally.take(pool, path, syntax, kind, whole, source, right)
                    tally.kinds[kind] += 1
                    if pool.pixels._idle:
                        tally.memory = max(tally.memory, peak(pool.pixels._idle[0]))
        except BaseException as fault:
            faults.append(fault)
        finally:
            pool.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]
    return tally


def peak(child):
    """The most memory a process ever held, in bytes."""
    try:
        lines = Path(f"/proc/{child.process.pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return max(
        (int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM")), default=0
    )


def judged(tally, count):
    figures = {
        "work": "mutants of DICOM files", "mutants": count, **tally.counts,
        "silently different": len(tally.silent), "slowest_s": round(tally.slow, 2),
        "child_MiB": tally.memory >> 20, "kinds": dict(tally.kinds),
    }  # fmt: skip
    print(json.dumps(figures))
    if place := os.environ.get("MAMMOSCOPE_FIGURES"):
        with Path(place).open("a", encoding="utf-8") as file:
            file.write(json.dumps(figures) + "\n")
    assert tally.silent == []
    # GDCM ends its process over some tables of JPEG Lossless: that is what the process is for.
    assert tally.counts["crashed"] <= count / 100, figures
    assert tally.counts["given up"] == 0, figures
    assert tally.slow < 2, figures
    assert tally.memory < 2**30
    assert sum(tally.counts.values()) >= count
    assert (
        min(tally.counts["opened"], tally.counts["cautioned"], tally.counts["refused"]) > count / 50
    )


def test_a_thousand_mutants(tmp_path, dataset, half_disc):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        judged(fuzz(tmp_path, dataset, half_disc, 1000, seed=8), 1000)


@pytest.mark.soak
def test_twenty_thousand_mutants(tmp_path, dataset, half_disc):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        judged(fuzz(tmp_path, dataset, half_disc, 20_000, seed=20), 20_000)
