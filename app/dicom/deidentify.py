"""Writes copies of mammograms that tell nothing of whose they are (PS3.15 annex E).

Built up, not crossed out: a new file gets the pixels and what `app.dicom.kept` allows, nothing
else. Private elements, overlays, preambles, nested sequences and words are not there to be missed.
UIDs and patients are replaced by keyed hashes, so that images of one patient stay together and
nobody without the key finds the way back; dates move by one number of days per patient.
"""

import app.dicom.whole  # noqa: F401  before anything of pydicom, see there
from app.core.release import release

# isort: split
import hashlib
import hmac
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import UID, DigitalMammographyXRayImageStorageForPresentation

from app.core.display import VoiTable, Window
from app.core.mammogram import Mammogram
from app.dicom.codes import VIEW_CODES
from app.dicom.read import kept, read
from app.dicom.write import save

FAR = 3650  #: days that dates move back at most
#: CID 7050, the profile and the options it was done with.
PROFILE = (
    ("113100", "Basic Application Confidentiality Profile"),
    ("113107", "Retain Longitudinal Temporal Information Modified Dates Option"),
)
#: Preferred meanings (CID 4014, 4015); what is not here goes without a code.
_MEANINGS = {
    "399162004": "cranio-caudal", "399368009": "medio-lateral oblique",
    "399260004": "medio-lateral", "399352003": "latero-medial",
    "399099002": "latero-medial oblique", "399188001": "superolateral to inferomedial oblique",
    "441555000": "inferior-lateral to superior-medial oblique",
    "399196006": "caudo-cranial (from below)",
    "399192008": "cranio-caudal exaggerated laterally",
    "399101009": "cranio-caudal exaggerated medially",
    "399163009": "Magnification", "399055006": "Spot Compression",
    "399209000": "Implant Displaced", "399161006": "Cleavage", "399011000": "Axillary Tail",
    "399197002": "Rolled Lateral", "399226006": "Rolled Medial", "414493004": "Rolled Inferior",
    "415670009": "Rolled Superior", "399110001": "Tangential",
    "442581004": "Nipple in profile",
}  # fmt: skip


class BurnedIn(ValueError):
    """An image that nobody has said to be free of burned-in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A copy that was written: where, and what is to be looked at."""

    path: Path
    cautions: tuple[str, ...]


def deidentify(location: str, folder: Path, key: bytes, *, looked: bool) -> Written:
    """Write a copy without identifiers into a folder, under a name made from hashes.

    `key`, 16 bytes or more, makes the new identifiers; keep it secret, or throw it away. Unless
    `looked`, an image is refused that its header does not say to be free of burned-in words
    (BurnedIn). ValueError when it is no single DICOM mammogram.
    """
    if len(key) < 16:
        raise ValueError(f"the key has {len(key)} bytes; 16 or more are needed")
    found = kept(location)
    mammogram = read(location)
    name = location.replace("\\", "/").rsplit("/", 1)[-1]
    burned = found["words"].pop("BurnedInAnnotation", "")
    if burned != "NO" and not looked:
        said = "says that words are burned in" if burned else "does not say that none are burned in"
        raise BurnedIn(f"{name}: {said}; look at the picture, then export it as looked at")
    dataset = Dataset()
    identifiers = _Pseudonyms(key, found["identifiers"])
    identifiers.fill(dataset)
    _describe(dataset, mammogram, found)
    _picture(dataset, mammogram)
    dataset.BurnedInAnnotation = "NO"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{identifiers.patient}-{identifiers.short}-{mammogram.facts.label}.dcm"
    path = path.with_name(path.name.replace("?", "x"))
    save(dataset, path)
    return Written(path=path, cautions=mammogram.facts.cautions)


class _Pseudonyms:
    """New identifiers for old ones: the same for the same key, and no way back without it."""

    def __init__(self, key: bytes, old: dict[str, str]) -> None:
        self.key, self.old = key, old
        owner = old["PatientID"] or old["PatientName"] or old["StudyInstanceUID"]
        self.patient = f"P{self._digest('patient', owner).hex()[:12].upper()}"
        self.days = 1 + int.from_bytes(self._digest("days", owner)[:4], "big") % FAR
        self.short = self._digest("image", old["SOPInstanceUID"]).hex()[:8]

    def _digest(self, what: str, value: str) -> bytes:
        return hmac.new(self.key, f"{what}\0{value}".encode(), hashlib.sha256).digest()

    def uid(self, keyword: str) -> UID:
        """Return the new UID (2.25, PS3.5 B.2) for an old one; an absent one gets its own."""
        old = self.old[keyword] or f"{keyword} {self.old['SOPInstanceUID']}"
        return UID(f"2.25.{int.from_bytes(self._digest('uid', old)[:16], 'big')}")

    def moved(self, keyword: str) -> str:
        """Return a date some days earlier, the same number for all of a patient; empty if none."""
        try:
            day = date.fromisoformat(self.old[keyword])
        except ValueError:
            return ""
        return (day - timedelta(days=self.days)).strftime("%Y%m%d") if day.year > 1900 else ""

    def fill(self, ds: Dataset) -> None:
        """Fill patient, study, series and what says how they were made."""
        ds.SpecificCharacterSet = "ISO_IR 192"
        ds.PatientName = ds.PatientID = self.patient
        ds.PatientBirthDate = ds.PatientSex = ""
        for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"):
            setattr(ds, keyword, self.uid(keyword))
        ds.StudyDate, ds.ContentDate = self.moved("StudyDate"), self.moved("ContentDate")
        ds.StudyTime = ds.ContentTime = ds.StudyID = ""
        ds.AccessionNumber = ds.ReferringPhysicianName = ""
        ds.SeriesNumber, ds.InstanceNumber = 1, 1
        ds.PatientIdentityRemoved = "YES"
        ds.DeidentificationMethod = f"Mammoscope {release()}, allow-list"
        ds.DeidentificationMethodCodeSequence = Sequence(
            [_code(value, "DCM", meaning) for value, meaning in PROFILE]
        )
        ds.LongitudinalTemporalInformationModified = "MODIFIED"


def _code(value: str, scheme: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item


def _describe(ds: Dataset, mammogram: Mammogram, found: dict[str, Any]) -> None:
    """Fill what says how the breast is seen, and how it was exposed."""
    facts = mammogram.facts
    ds.SOPClassUID = DigitalMammographyXRayImageStorageForPresentation
    ds.Modality, ds.Manufacturer = "MG", ""
    ds.ImageType = ["DERIVED", "PRIMARY"]
    ds.PresentationIntentType = "FOR PRESENTATION"
    ds.BodyPartExamined = ds.OrganExposed = "BREAST"
    ds.PositionerType, ds.DetectorType = "MAMMOGRAPHIC", ""
    ds.PixelIntensityRelationship, ds.PixelIntensityRelationshipSign = "LOG", -1
    ds.AnatomicRegionSequence = Sequence([_code("76752008", "SCT", "Breast")])
    ds.AcquisitionContextSequence = Sequence()
    ds.LossyImageCompression = "00"
    for keyword, word in found["words"].items():
        setattr(ds, keyword, word)
    for keyword, values in found["numbers"].items():
        if not keyword.startswith("PixelPadding"):
            plain = [int(v) if v.is_integer() else float(f"{v:.10g}") for v in values]
            setattr(ds, keyword, plain if len(plain) > 1 else plain[0])
    ds.ImageLaterality = facts.side
    ds.PatientOrientation = list(facts.orientation or ("", ""))
    code = found["view"]
    if code not in _MEANINGS:  # the older codes, or none: by the view itself
        code = next((c for c, v in VIEW_CODES.items() if v == facts.view and c in _MEANINGS), "")
    if code:
        view = _code(code, "SCT", _MEANINGS[code])
        modifiers = [c for c in found["modifiers"] if c in _MEANINGS]
        view.ViewModifierCodeSequence = Sequence([_code(c, "SCT", _MEANINGS[c]) for c in modifiers])
        ds.ViewCodeSequence = Sequence([view])


def _picture(ds: Dataset, mammogram: Mammogram) -> None:
    """Fill the pixels, to the bit, and how they become grey; names of windows are left out."""
    facts, encoding = mammogram.facts, mammogram.encoding
    ds.SamplesPerPixel = 1
    ds.PhotometricInterpretation = "MONOCHROME1" if encoding.inverse else "MONOCHROME2"
    ds.PresentationLUTShape = "INVERSE" if encoding.inverse else "IDENTITY"
    ds.Rows, ds.Columns = facts.rows, facts.columns
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = 16, encoding.bits, encoding.bits - 1
    ds.PixelRepresentation = int(encoding.offset < 0)
    if "ImagerPixelSpacing" not in ds and facts.spacing_mm is not None:
        ds.ImagerPixelSpacing = [float(f"{mm:.8g}") for mm in facts.spacing_mm]
    ds.RescaleIntercept, ds.RescaleSlope = f"{encoding.intercept:.10g}", f"{encoding.slope:.10g}"
    ds.RescaleType = "US"
    if encoding.air is not None and "air" not in facts.inferred:
        ds.PixelPaddingValue, ds.PixelPaddingRangeLimit = (
            v + encoding.offset for v in encoding.air
        )
    windows = [voi for voi in encoding.vois if isinstance(voi, Window)]
    if windows:
        ds.WindowCenter = [f"{w.center:.10g}" for w in windows]
        ds.WindowWidth = [f"{w.width:.10g}" for w in windows]
        ds.VOILUTFunction = windows[0].curve.value.upper()
    tables = [voi for voi in encoding.vois if isinstance(voi, VoiTable)]
    if tables:
        ds.VOILUTSequence = Sequence(
            [_table(table, signed=encoding.offset < 0) for table in tables]
        )
    values = mammogram.pixels.astype(np.int32) + encoding.offset
    ds.PixelData = values.astype("<i2" if encoding.offset < 0 else "<u2").tobytes()


def _table(table: VoiTable, *, signed: bool) -> Dataset:
    item = Dataset()
    item.add_new(
        "LUTDescriptor",
        "SS" if signed else "US",
        [table.data.size % 65536, table.first, table.bits],
    )
    item.add_new("LUTData", "OW", table.data.astype("<u2").tobytes())
    return item
