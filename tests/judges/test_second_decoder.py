"""Valid files in every transfer syntax, decoded by a second toolkit: the same pixels, to the bit.

DCMTK decodes all but JPEG 2000, which it does not know; for that the judge is GDCM's own reader.
"""

import hashlib
import shutil
import subprocess
import warnings

import gdcm
import numpy as np
import pydicom
import pytest
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import (
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
    generate_uid,
)

from app.dicom.read import read

pytestmark = [
    pytest.mark.skipif(shutil.which("dcmdjpeg") is None, reason="dcmtk is not installed"),
    pytest.mark.filterwarnings("ignore"),
]
MG = "1.2.840.10008.5.1.4.1.1.1.2"


def image(draw, bits):
    """Tissue-like values of random size: smooth, noisy, with air of 0."""
    rows, columns = (int(n) for n in draw.integers(33, 180, 2))
    ramp = np.add.outer(np.linspace(0, 1, rows), np.linspace(0, 1, columns)) / 2
    noisy = ramp * (2**bits - 1) * 0.9 + draw.normal(0, 2**bits / 60, (rows, columns))
    noisy[:, columns * 2 // 3 :] = 0
    return np.clip(noisy, 0, 2**bits - 1).astype(np.uint8 if bits == 8 else np.uint16)


def dataset(pixels, bits):
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = MG, generate_uid()
    made = FileDataset(None, {}, file_meta=meta, preamble=bytes(128))
    made.SOPClassUID, made.SOPInstanceUID = MG, meta.MediaStorageSOPInstanceUID
    made.StudyInstanceUID, made.SeriesInstanceUID = generate_uid(), generate_uid()
    made.Modality, made.PatientID, made.ImageLaterality = "MG", "1", "L"
    made.PhotometricInterpretation, made.SamplesPerPixel = "MONOCHROME2", 1
    made.Rows, made.Columns = pixels.shape
    made.BitsAllocated, made.BitsStored, made.HighBit = 8 * pixels.itemsize, bits, bits - 1
    made.PixelRepresentation = 0
    made.PixelData = pixels.tobytes()
    made["PixelData"].VR = "OB" if bits == 8 else "OW"
    return made


def ran(*command):
    subprocess.run([str(part) for part in command], check=True, capture_output=True)


def encoded(made, kind, folder):
    """The file in one of eight encodings, with what undoes it."""
    plain, packed = folder / "plain.dcm", folder / "packed.dcm"
    made.save_as(plain, enforce_file_format=True)
    if kind == "plain":
        return plain, None
    if kind in ("rle", "jpeg-ls", "jpeg 2000"):
        syntax = {"rle": RLELossless, "jpeg-ls": JPEGLSLossless, "jpeg 2000": JPEG2000Lossless}
        # GDCM's encoder of RLE ends the process over some sizes.
        made.compress(syntax[kind], encoding_plugin="pylibjpeg" if kind == "rle" else "")
        made.save_as(packed, enforce_file_format=True)
        return packed, {"rle": "dcmdrle", "jpeg-ls": "dcmdjpls", "jpeg 2000": "gdcm"}[kind]
    if kind == "deflated":
        ran("dcmconv", "+td", plain, packed)
        return packed, "dcmconv"
    if kind == "big endian":
        ran("dcmconv", "+tb", plain, packed)
        return packed, "dcmconv"
    ran("dcmcjpeg", "+e1" if kind == "jpeg sv1" else "+el", plain, packed)
    return packed, "dcmdjpeg"


def judged(path, tool, folder):
    """The pixels as the second toolkit sees them."""
    out = folder / "out.dcm"
    if tool == "gdcm":
        reader = gdcm.ImageReader()
        reader.SetFileName(str(path))
        assert reader.Read()
        data = reader.GetImage().GetBuffer().encode("utf-8", errors="surrogateescape")
        made = pydicom.dcmread(path, stop_before_pixels=True)
        kind = "u1" if made.BitsAllocated == 8 else "<u2"
        return np.frombuffer(data, kind).reshape(made.Rows, made.Columns)
    if tool is not None:
        ran(tool, *(("+te",) if tool == "dcmconv" else ()), path, out)
        path = out
    made = pydicom.dcmread(path)
    kind = "u1" if made.BitsAllocated == 8 else "<u2"
    data = made.PixelData[: made.Rows * made.Columns * np.dtype(kind).itemsize]
    return np.frombuffer(data, kind).reshape(made.Rows, made.Columns)


def digest(pixels):
    return hashlib.sha256(np.ascontiguousarray(pixels, "<u2").tobytes()).hexdigest()


KINDS = "plain", "rle", "jpeg-ls", "jpeg 2000", "deflated", "big endian", "jpeg sv1", "jpeg 14"


def compare(folder, count):
    draw = np.random.default_rng(3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for number in range(count):
            kind, bits = KINDS[number % len(KINDS)], int(draw.choice([8, 10, 12, 14, 16]))
            path, tool = encoded(dataset(image(draw, bits), bits), kind, folder)
            assert digest(read(str(path)).pixels) == digest(judged(path, tool, folder)), (
                kind,
                bits,
            )


def test_forty_files_hash_alike(tmp_path):
    compare(tmp_path, 40)


@pytest.mark.soak
def test_two_hundred_files_hash_alike(tmp_path):
    compare(tmp_path, 200)
