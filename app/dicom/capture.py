"""Writes what was on the screen as Secondary Capture (PS3.3 A.8), 8 bits, never for diagnosis."""

import app.dicom.whole  # noqa: F401  before anything of pydicom, see there
from app.core.release import release

# isort: split
import warnings
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage, generate_uid

from app.dicom.headline import dataset_from
from app.dicom.location import Unreadable
from app.dicom.noted import NAME
from app.dicom.read import headline
from app.dicom.write import IMPLEMENTATION

#: Elements taken from the image in view when the user asked for identifiers.
_IDENTIFIERS = (
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientSex",
    "StudyInstanceUID",
    "StudyID",
    "StudyDate",
    "StudyTime",
    "AccessionNumber",
    "ReferringPhysicianName",
)
SYNTHETIC = "SYNTHETIC"


def write_capture(
    pixels: NDArray[np.uint8],
    path: Path,
    *,
    sources: Sequence[str],
    identifiers: bool,
    burned_in: bool,
    synthetic: bool,
) -> None:
    """Write a picture, (rows, columns, 3) RGB, as one DICOM file.

    `sources` are the files in view: their identifiers are copied when asked for and they are all
    of one study. A picture of grey alone is stored as grey. `burned_in` says that the picture may
    hold words that tell whose it is.
    """
    dataset = Dataset()
    known = _known(sources) if identifiers else None
    for keyword in _IDENTIFIERS:
        setattr(dataset, keyword, getattr(known, keyword, "") if known is not None else "")
    if not identifiers:
        dataset.PatientName = dataset.PatientID = SYNTHETIC if synthetic else "ANONYMOUS"
    if not dataset.StudyInstanceUID:
        dataset.StudyInstanceUID = generate_uid(prefix=None)
    now = datetime.now()
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.SOPClassUID = SecondaryCaptureImageStorage
    dataset.SOPInstanceUID = generate_uid(prefix=None)
    dataset.SeriesInstanceUID = generate_uid(prefix=None)
    dataset.Modality, dataset.ConversionType = "OT", "WSD"
    dataset.SeriesNumber, dataset.InstanceNumber = 9001, 1
    dataset.SeriesDescription = "Screen capture, not for diagnosis"
    dataset.DateOfSecondaryCapture = now.strftime("%Y%m%d")
    dataset.TimeOfSecondaryCapture = now.strftime("%H%M%S")
    dataset.SecondaryCaptureDeviceManufacturer = NAME
    dataset.SecondaryCaptureDeviceSoftwareVersions = release()
    dataset.ImageType = ["DERIVED", "SECONDARY"]
    dataset.PatientOrientation = dataset.Laterality = ""
    dataset.BurnedInAnnotation = "YES" if burned_in else "NO"
    dataset.LossyImageCompression = "00"
    dataset.ImageComments = "Screen capture. Research use only, not for diagnosis."
    if synthetic:
        dataset.SyntheticData = "YES"
        dataset.ImageComments = "SYNTHETIC image in view, no patient. Research use only."
    _put(dataset, pixels)
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.ImplementationClassUID = IMPLEMENTATION
    dataset.file_meta.ImplementationVersionName = "MAMMOSCOPE"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # odd values of the image's header are its own
        dataset.save_as(path, enforce_file_format=True)


def _known(sources: Sequence[str]) -> Dataset | None:
    """Return the header of the images in view; None when they are no DICOM or of two patients."""
    found: list[Dataset] = []
    for source in sources:
        with suppress(Unreadable, OSError):
            found.append(dataset_from(**headline(source)))
    studies = {str(getattr(one, "StudyInstanceUID", "")) for one in found}
    people = {str(getattr(one, "PatientID", "")) for one in found}
    if len(people) > 1:
        raise ValueError("the images in view are of several patients; leave identifiers out")
    if not found:
        return None
    if len(studies) > 1:
        del found[0].StudyInstanceUID
    return found[0]


def _put(dataset: Dataset, pixels: NDArray[np.uint8]) -> None:
    """Fill the pixels, as grey where all of them are."""
    grey = bool((pixels == pixels[..., :1]).all())
    data = np.ascontiguousarray(pixels[..., 0] if grey else pixels)
    dataset.Rows, dataset.Columns = pixels.shape[:2]
    dataset.SamplesPerPixel = 1 if grey else 3
    dataset.PhotometricInterpretation = "MONOCHROME2" if grey else "RGB"
    if not grey:
        dataset.PlanarConfiguration = 0
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 8, 8, 7
    dataset.PixelRepresentation = 0
    raw = data.tobytes()
    dataset.PixelData = raw + b"\0" * (len(raw) % 2)
