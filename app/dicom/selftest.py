"""Decodes one tiny picture in every transfer syntax Mammoscope reads: what is installed shows."""

import app.dicom.whole  # noqa: F401  before anything of pydicom, see there

# isort: split
from base64 import b64decode
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    JPEG2000,
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
    SecondaryCaptureImageStorage,
)

# The ramp of `_ramp`, encoded by dcmtk's dcmcjpeg: nothing installed here encodes these.
_BASELINE = (
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsL"
    "EBYQERMUFRUVDA8XGBYUGBIUFRT/wAALCAAIAAgBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAA//EABkQAAEFAAAAAAAA"
    "AAAAAAAAAAAGCSUyo//aAAgBAQAAPwAk023SLzP//9k="
)
_LOSSLESS = (
    "/9j/4AAQSkZJRgABAQAAAQABAAD/wwALEAAIAAgBAREA/8QAFwABAQEBAAAAAAAAAAAAAAAADQsOEP/aAAgBAQAGAADq"
    "CFBCghQQoIUEKCGggEEBBAQQEEBBAQQEEDQQCCAggIICCAggIICCBoIBBAQQEEBBAQQEEBBA0EAggIICCAggIICCAgga"
    "CAQQEEBBAQQEEBBAQQNBAIICCAggIICCAggIIGggEEBBAQQEEBBAQQEED///2Q=="
)
_LOSSLESS_SV1 = (
    "/9j/4AAQSkZJRgABAQAAAQABAAD/wwALEAAIAAgBAREA/8QAFgABAQEAAAAAAAAAAAAAAAAACw4Q/9oACAEBAAEAAMgg"
    "ggggggggggghQQCCCCCCCCCCCCCCFBAIIIIIIIIIIIIIIUEAggggggggggggghQQCCCCCCCCCCCCCCFBAIIIIIIIIIII"
    "IIIUEAggggggggggggghQQCCCCCCCCCCCCCCH//Z"
)


def codec_failures() -> dict[str, str | None]:
    """Return the name of each transfer syntax, and None or in words why it can't be decoded."""
    tests: dict[UID, Callable[[], None]] = {
        ImplicitVRLittleEndian: lambda: _stored(ImplicitVRLittleEndian),
        ExplicitVRLittleEndian: lambda: _stored(ExplicitVRLittleEndian),
        DeflatedExplicitVRLittleEndian: lambda: _stored(DeflatedExplicitVRLittleEndian),
        ExplicitVRBigEndian: lambda: _stored(ExplicitVRBigEndian),
        RLELossless: lambda: _encoded_here(RLELossless),
        JPEGBaseline8Bit: lambda: _decoded(JPEGBaseline8Bit, _BASELINE, 8, 2),
        JPEGLossless: lambda: _decoded(JPEGLossless, _LOSSLESS, 16, 0),
        JPEGLosslessSV1: lambda: _decoded(JPEGLosslessSV1, _LOSSLESS_SV1, 16, 0),
        JPEGLSLossless: lambda: _encoded_here(JPEGLSLossless),
        JPEGLSNearLossless: lambda: _encoded_here(JPEGLSNearLossless, jls_error=1),
        JPEG2000Lossless: lambda: _encoded_here(JPEG2000Lossless),
        JPEG2000: lambda: _encoded_here(JPEG2000, j2k_cr=[1]),
    }
    return {syntax.name: _failure(test) for syntax, test in tests.items()}


def _failure(test: Callable[[], None]) -> str | None:
    try:
        test()
    except Exception as error:  # whatever a codec raises is what the user has to know
        return " ".join(str(error).split()) or type(error).__name__
    return None


def _ramp(bits: int, repeat: int = 1) -> NDArray[np.uint16]:
    """Return a ramp of 64 values, shape (8, 8), repeated down and across."""
    ramp: NDArray[np.uint16] = np.arange(64, dtype=np.uint16) * np.uint16((2**bits - 1) // 63)
    return np.tile(ramp.reshape(8, 8), (repeat, repeat))


def _dataset(syntax: UID, bits: int = 16, repeat: int = 1) -> Dataset:
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.SOPClassUID, dataset.SOPInstanceUID = SecondaryCaptureImageStorage, UID("2.25.1")
    dataset.Rows = dataset.Columns = 8 * repeat
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated = dataset.BitsStored = bits
    dataset.HighBit, dataset.PixelRepresentation = bits - 1, 0
    dataset.PixelData = _ramp(16, repeat).astype("<u2").tobytes()
    return dataset


def _compare(dataset: Dataset, bits: int, tolerance: int) -> None:
    off = np.abs(dataset.pixel_array.astype(int) - _ramp(bits, dataset.Rows // 8)).max()
    if off > tolerance:
        raise ValueError(f"decoded wrongly, by up to {off} grey values")


def _stored(syntax: UID) -> None:
    """Write and read the ramp uncompressed (deflated where the syntax says so)."""
    from io import BytesIO

    from pydicom import dcmread

    dataset, file = _dataset(syntax), BytesIO()
    if not syntax.is_little_endian:
        dataset.PixelData = _ramp(16).astype(">u2").tobytes()
    dataset["PixelData"].VR = "OW"
    dataset.save_as(file, enforce_file_format=True)
    file.seek(0)
    _compare(dcmread(file), 16, 0)


def _encoded_here(
    syntax: UID, *, jls_error: int | None = None, j2k_cr: list[float] | None = None
) -> None:
    dataset = _dataset(ExplicitVRLittleEndian, repeat=8)  # JPEG 2000 takes 64 x 64 and more
    dataset["PixelData"].VR = "OW"
    dataset.compress(syntax, jls_error=jls_error, j2k_cr=j2k_cr)
    _compare(dataset, 16, 1 if jls_error or j2k_cr else 0)


def _decoded(syntax: UID, frame: str, bits: int, tolerance: int) -> None:
    dataset = _dataset(syntax, bits)
    dataset.PixelData = encapsulate([b64decode(frame)])
    _compare(dataset, bits, tolerance)
