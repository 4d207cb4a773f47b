"""Exams to put into an archive, written by pydicom alone."""

import io

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

from app.settings import Archive

MG = "1.2.840.10008.5.1.4.1.1.1.2"


def image(
    study, number, *, patient="P-1", name="Muster^Ada", date="20260102", side="L", **elements
):
    """One small MG dataset."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = MG, generate_uid()
    made = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
    made.SOPClassUID, made.SOPInstanceUID = MG, meta.MediaStorageSOPInstanceUID
    made.SpecificCharacterSet = "ISO_IR 192"
    made.StudyInstanceUID, made.SeriesInstanceUID = study, generate_uid(entropy_srcs=[study])
    made.PatientID, made.PatientName, made.StudyDate = patient, name, date
    made.StudyDescription, made.Modality, made.InstanceNumber = "Screening", "MG", number
    made.ImageLaterality, made.PatientOrientation = side, ["A", "R"]
    rng = np.random.default_rng(number)
    made.Rows, made.Columns, made.SamplesPerPixel = 96, 72, 1
    made.BitsAllocated, made.BitsStored, made.HighBit, made.PixelRepresentation = 16, 12, 11, 0
    made.PhotometricInterpretation, made.PresentationIntentType = "MONOCHROME2", "FOR PRESENTATION"
    made.PixelData = rng.integers(0, 4096, (96, 72), dtype=np.uint16).tobytes()
    return made


def encoded(dataset: Dataset) -> bytes:
    """The dataset as a file."""
    content = io.BytesIO()
    dataset.save_as(content, enforce_file_format=True)
    return content.getvalue()


@pytest.fixture
def stocked(orthanc):
    """The archive with two exams of two women; the UIDs of their studies."""
    uids = generate_uid(), generate_uid()
    for number in range(4):
        orthanc.put(encoded(image(uids[0], number, side="RL"[number % 2])))
    other = {"patient": "P-2", "name": "Größe^Éva", "date": "20251231"}
    orthanc.put(encoded(image(uids[1], 1, **other)))
    return orthanc, uids


@pytest.fixture(params=["DICOM", "DICOMweb"])
def place(request, orthanc) -> Archive:
    """The archive as the settings describe it, both ways."""
    if request.param == "DICOM":
        return Archive(**orthanc.dimse)
    if not orthanc.web:
        pytest.skip("orthanc-dicomweb is not installed (apt-get install orthanc-dicomweb)")
    return Archive(**orthanc.dicomweb)


@pytest.fixture(name="image")
def _image():
    return image


@pytest.fixture(name="encoded")
def _encoded():
    return encoded
