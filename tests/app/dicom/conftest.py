"""Small mammography DICOM files written by pydicom alone, so that nothing of ours judges itself."""

import warnings

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

MG = "1.2.840.10008.5.1.4.1.1.1.2"


def coded(value, scheme="SCT"):
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, "as coded"
    return item


def half_disc(rows=96, columns=72, white=4000, wall="left"):
    """A bright half-disc with a gradient at one edge, black elsewhere, shape (rows, columns)."""
    y, x = np.mgrid[0:rows, 0:columns]
    inside = (y - rows / 2) ** 2 + x**2 < (rows * 0.42) ** 2
    image = np.where(inside, white * (0.3 + 0.7 * y / rows), 0).astype(np.uint16)
    return image[:, ::-1] if wall == "right" else image


def dataset(pixels, *, bits=12, signed=False, **elements):
    """An MG dataset of pixels as they are; elements by keyword, None leaves a default out."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = MG, generate_uid()
    made = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
    made.SOPClassUID, made.SOPInstanceUID = MG, meta.MediaStorageSOPInstanceUID
    view = coded("399162004")
    view.ViewModifierCodeSequence = []
    defaults = {
        "Modality": "MG",
        "PatientID": "X1",
        "StudyInstanceUID": generate_uid(),
        "ImageLaterality": "L",
        "ViewCodeSequence": [view],
        "PatientOrientation": ["A", "R"],
        "PhotometricInterpretation": "MONOCHROME2",
        "PresentationIntentType": "FOR PRESENTATION",
    }
    array = np.ascontiguousarray(pixels)
    made.Rows, made.Columns = array.shape
    made.SamplesPerPixel = 1
    made.BitsAllocated = 8 if array.dtype.itemsize == 1 else 16
    made.BitsStored, made.HighBit, made.PixelRepresentation = bits, bits - 1, int(signed)
    made.PixelData = array.tobytes()
    made["PixelData"].VR = "OB" if made.BitsAllocated == 8 else "OW"
    for keyword, value in {**defaults, **elements}.items():
        if value is not None:
            setattr(made, keyword, value)
    return made


@pytest.fixture
def written(tmp_path):
    """Write a dataset and return its path as a location."""
    count = iter(range(1000))

    def write(made, name=None):
        path = tmp_path / (name or f"image-{next(count)}.dcm")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # some files are wrong on purpose
            made.save_as(path)
        return str(path)

    return write


@pytest.fixture(name="coded")
def _coded():
    return coded


@pytest.fixture(name="dataset")
def _dataset():
    return dataset


@pytest.fixture(name="half_disc")
def _half_disc():
    return half_disc
