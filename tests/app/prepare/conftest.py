"""Pictures and DICOM files to prepare, written by Pillow and pydicom alone."""

import csv
import warnings

import numpy as np
import pytest
from PIL import Image
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

from app.prepare import pool
from app.prepare.work import worked

MG = "1.2.840.10008.5.1.4.1.1.1.2"
CC, MLO = "399162004", "399368009"


def picture(seed, side="L", rows=160, columns=90):
    """A half-disc with blobs on black, chest wall where the side has it; 8 bits."""
    draw = np.random.default_rng(seed)
    y, x = np.mgrid[0:rows, 0:columns]
    image = 90.0 * ((y - rows / 2) ** 2 / (rows * 0.45) ** 2 + x**2 / (columns * 0.9) ** 2 < 1)
    for _ in range(30):
        cy, cx = draw.uniform(40, rows - 40), draw.uniform(5, columns * 0.6)
        image += 90 * np.exp(-((y - cy) ** 2 + (x - cx) ** 2) / 60) * (image > 0)
    image = np.clip(image, 0, 255).astype(np.uint8)
    return image[:, ::-1] if side == "R" else image


def folder_of(path, rows, columns=("patient_id", "laterality", "view", "source")):
    """Write pictures and a manifest; rows are (file, picture, *values of the columns)."""
    path.mkdir()
    with (path / "manifest.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["file", *columns])
        for name, image, *values in rows:
            if image is not None:  # else written later, as DICOM
                Image.fromarray(image).save(path / name)
            writer.writerow([name, *values])
    return path


def dicom(path, pixels, *, view=CC, modifier=None, bits=12, **elements):
    """Write an MG file of pixels as they are; elements by keyword, None leaves a default out."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = elements.pop("SOPClassUID", MG)
    meta.MediaStorageSOPInstanceUID = generate_uid()
    made = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
    made.SOPClassUID, made.SOPInstanceUID = (
        meta.MediaStorageSOPClassUID,
        meta.MediaStorageSOPInstanceUID,
    )
    made.ViewCodeSequence = [coded(view)]
    made.ViewCodeSequence[0].ViewModifierCodeSequence = [coded(modifier)] if modifier else []
    made.Rows, made.Columns = pixels.shape
    made.SamplesPerPixel, made.BitsAllocated, made.PixelRepresentation = 1, 16, 0
    made.BitsStored, made.HighBit = bits, bits - 1
    made.PixelData = np.ascontiguousarray(pixels, "<u2").tobytes()
    made["PixelData"].VR = "OW"
    defaults = {
        "Modality": "MG",
        "PatientID": "X1",
        "StudyInstanceUID": generate_uid(),
        "ImageLaterality": "L",
        "PatientOrientation": ["A", "R"],
        "PhotometricInterpretation": "MONOCHROME2",
        "PresentationIntentType": "FOR PRESENTATION",
    }
    for keyword, value in {**defaults, **elements}.items():
        if value is not None:
            setattr(made, keyword, value)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some files are wrong on purpose
        made.save_as(path)
    return path


def coded(value):
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, "SCT", "as coded"
    return item


@pytest.fixture(name="picture", scope="session")
def _picture():
    return picture


@pytest.fixture(name="folder_of", scope="session")
def _folder_of():
    return folder_of


@pytest.fixture(name="dicom", scope="session")
def _dicom():
    return dicom


@pytest.fixture(scope="module")
def in_this_process():
    """Work in this process where processes are not what is tested: they take a second to start."""
    patch = pytest.MonkeyPatch()

    def outcomes(todo, settings, workers=None):
        return (worked(location, settings) for location in todo)

    patch.setattr(pool, "on_this_machine", outcomes)
    yield
    patch.undo()
