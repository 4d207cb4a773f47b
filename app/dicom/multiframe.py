"""Writes a walk through generated exams as one multi-frame DICOM, marked as synthetic.

Multi-frame Grayscale Word Secondary Capture Image Storage (PS3.3 A.8.4), the frames timed by
Frame Time: any viewer with a cine mode plays it.
"""

from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import MultiFrameGrayscaleWordSecondaryCaptureImageStorage

from app.core.marking import WORD, MarkedFrames
from app.dicom.write import derive, identify, save, uid

LEAST_MS = 1.0


def write_frames(marked: MarkedFrames, path: Path) -> None:
    """Write the frames, uint16, as one DICOM file; ValueError for frames of another type."""
    first = marked.frames[0]
    if first.dtype != np.uint16:
        raise ValueError(f"frames of {first.dtype}; DICOM frames are of 16 bits")
    text, recipe = marked.reel.to_json(), marked.reel.recipes[0]
    ds = Dataset()
    identify(ds, recipe, text)
    ds.SeriesDescription = f"{WORD} walk, seed {recipe.point.seed}"
    derive(ds, recipe, text, f" A walk of {len(marked.frames)} exams.", burned=marked.burned)
    ds.SOPClassUID = MultiFrameGrayscaleWordSecondaryCaptureImageStorage
    pixels = b"".join(np.ascontiguousarray(frame, "<u2").tobytes() for frame in marked.frames)
    ds.SOPInstanceUID = uid("walk", text, pixels)
    ds.ConversionType = "SYN"
    ds.InstanceNumber = 1
    ds.PatientOrientation = ds.Laterality = ""  # both breasts stand side by side
    ds.NumberOfFrames = len(marked.frames)
    ds.FrameIncrementPointer = 0x00181063  # Frame Time
    ds.FrameTime = f"{max(1000 * marked.reel.seconds, LEAST_MS):.6g}"
    _pixels(ds, first.shape, pixels)
    save(ds, path)


def _pixels(ds: Dataset, shape: tuple[int, ...], pixels: bytes) -> None:
    ds.SamplesPerPixel = 1
    ds.PhotometricInterpretation = "MONOCHROME2"
    ds.Rows, ds.Columns = shape
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = 16, 16, 15
    ds.PixelRepresentation = 0
    ds.RescaleIntercept, ds.RescaleSlope, ds.RescaleType = "0", "1", "US"
    ds.PresentationLUTShape = "IDENTITY"
    ds.WindowCenter, ds.WindowWidth = "32768", "65536"
    ds.PixelData = pixels
