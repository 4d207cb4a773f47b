"""Writes what readers left as DICOM objects that any other station can show.

Annotations become a Grayscale Softcopy Presentation State (PS3.3 A.33.1), key images a Key Object
Selection (A.35.4), measurements a Comprehensive SR of template TID 1500. They name the images they
belong to; the images themselves stay as they are.
"""

import app.dicom.whole  # noqa: F401  before anything of pydicom, see there

# isort: split
import warnings
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from pydicom.dataset import Dataset

from app.core.annotation import Notes
from app.dicom.headline import dataset_from
from app.dicom.measured import group_of
from app.dicom.noted import NAME, NotedImage, Source, identity
from app.dicom.raster import is_raster
from app.dicom.read import headline
from app.dicom.state import presentation_state

#: Elements that the headers of the new objects share with the images; empty where not stated.
_SHARED = (
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientSex",
    "StudyID",
    "StudyDate",
    "StudyTime",
    "AccessionNumber",
    "ReferringPhysicianName",
)


def write_results(images: Sequence[NotedImage], folder: Path) -> list[Path]:
    """Write presentation states, key objects and measurements of images; return the new files.

    Images without notes are left out. ValueError when nothing is left, or when an image has no
    place in DICOM: a picture file, or a header without the UIDs the new objects must refer to.
    """
    noted = [image for image in images if image.notes != Notes()]
    if not noted:
        raise ValueError("nothing is drawn and no key image is marked: nothing to export")
    sources = [Source(image=image, dataset=_header(image)) for image in noted]
    made = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # odd values of the images' headers are theirs
        for kind, make, parts in (
            (
                "presentation-state",
                presentation_state,
                _by(sources, _study, _polarity, _turn, _grid),
            ),
            ("key-images", _key_objects, _by([s for s in sources if s.image.notes.key], _study)),
            ("measurements", _measurements, _by(filter(_drawn, sources), _study)),
        ):
            made += [(kind, make(part)) for part in parts]
    folder.mkdir(parents=True, exist_ok=True)
    return [_save(dataset, folder, kind) for kind, dataset in made]


def _drawn(source: Source) -> bool:
    return bool(source.image.notes.annotations)


def _study(source: Source) -> str:
    return str(source.dataset.StudyInstanceUID)


def _polarity(source: Source) -> str:
    return str(source.image.mammogram.encoding.inverse != source.image.invert)


def _turn(source: Source) -> str:
    return source.image.transform.name


def _grid(source: Source) -> str:
    """Return what highdicom wants alike in one state: size and modality rescale."""
    facts, encoding = source.image.mammogram.facts, source.image.mammogram.encoding
    return f"{facts.rows}x{facts.columns} {encoding.slope} {encoding.intercept}"


def _by(sources: Iterable[Source], *keys: Callable[[Source], str]) -> list[list[Source]]:
    """Return the sources in groups that agree in all keys: what one object can hold."""

    def key(source: Source) -> tuple[str, ...]:
        return tuple(one(source) for one in keys)

    return [list(group) for _, group in groupby(sorted(sources, key=key), key)]


def _header(image: NotedImage) -> Dataset:
    """Return the header of an image, completed so that new objects can refer to it."""
    facts = image.mammogram.facts
    name = facts.file.replace("\\", "/").rsplit("/", 1)[-1]
    if is_raster(facts.file):
        raise ValueError(f"{name}: is a picture file; only DICOM images can be referred to")
    dataset = dataset_from(**headline(facts.file))
    for keyword in ("SOPClassUID", "SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID"):
        if not dataset.get(keyword):
            raise ValueError(f"{name}: states no {keyword}; DICOM objects could not refer to it")
    for keyword in _SHARED:
        if dataset.get(keyword) is None:
            setattr(dataset, keyword, "")
    return dataset


def _save(dataset: Dataset, folder: Path, kind: str) -> Path:
    number = 1
    while (path := folder / f"{kind}-{number}.dcm").exists():
        number += 1
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.save_as(path, enforce_file_format=True)
    return path


# Key objects.


def _key_objects(sources: list[Source]) -> Dataset:
    from highdicom.ko import KeyObjectSelection, KeyObjectSelectionDocument
    from pydicom.sr.codedict import codes

    datasets = [source.dataset for source in sources]
    content = KeyObjectSelection(
        document_title=codes.DCM.OfInterest,
        referenced_objects=datasets,
        observer_device_context=_observer(),
    )
    return KeyObjectSelectionDocument(evidence=datasets, content=content, **identity())


def _observer() -> Any:
    from highdicom.sr import DeviceObserverIdentifyingAttributes, ObserverContext
    from pydicom.sr.codedict import codes

    device = DeviceObserverIdentifyingAttributes(
        uid="2.25.253014571913117853087364193426091285723", name=NAME, manufacturer_name=NAME
    )
    return ObserverContext(observer_type=codes.DCM.Device, observer_identifying_attributes=device)


# Measurements.


def _measurements(sources: list[Source]) -> Dataset:
    from highdicom.sr import ComprehensiveSR, MeasurementReport, ObservationContext
    from pydicom.sr.codedict import codes

    groups = [
        group_of(one, source.image.mammogram, source.dataset)
        for source in sources
        for one in source.image.notes.annotations
    ]
    report = MeasurementReport(
        observation_context=ObservationContext(observer_device_context=_observer()),
        procedure_reported=codes.SCT.Mammography,
        imaging_measurements=groups,
        title=codes.DCM.ImagingMeasurementReport,
    )
    return ComprehensiveSR(
        evidence=[source.dataset for source in sources], content=report[0], **identity()
    )
