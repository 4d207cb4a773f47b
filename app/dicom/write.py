"""Writes generated mammograms as DICOM and as 16-bit PNG or TIFF, always marked as synthetic.

The writers take what `app.core.marking` has marked, and nothing else.

DICOM: Digital Mammography X-Ray Image Storage - For Presentation (PS3.3 A.27). Nothing that an
exposure would have is invented: no kVp, no dose, no device, no date.
"""

import app.dicom.whole  # noqa: F401  before anything of pydicom, see there

# isort: split
import hashlib
from pathlib import Path

import numpy as np
from PIL import Image, PngImagePlugin, TiffImagePlugin
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    UID,
    DigitalMammographyXRayImageStorageForPresentation,
    ExplicitVRLittleEndian,
)

from app.core.display import Window, window_for
from app.core.mammogram import SCREENING, Mammogram
from app.core.marking import TITLE, WARNING, WORD, Marked, software
from app.core.recipe import Recipe
from app.dicom.embedded import PNG_RECIPE, TIFF_TEXT
from app.dicom.recipes import embed

IMPLEMENTATION = UID("2.25.253014571913117853087364193426091285723")
SOFTWARE = 305  #: TIFF tag
NAME = WORD  #: patient's name and ID of every generated exam
#: Height of the whole picture, taken as that of a usual detector: Imager Pixel Spacing is Type 1.
NOMINAL_HEIGHT_MM = 240.0

_VIEWS = {  # DICOM CID 4014
    "CC": ("399162004", "cranio-caudal"),
    "MLO": ("399368009", "medio-lateral oblique"),
}


def write_synthetic(marked: Marked, path: Path) -> None:
    """Write one generated mammogram as DICOM, uncompressed little endian.

    The views of one recipe share a study and a series; their UIDs depend on nothing but the
    recipe and the pixels. ValueError when the mammogram is not a generated CC or MLO.
    """
    mammogram, recipe = marked.mammogram, marked.recipe
    _check(mammogram)
    dataset = Dataset()
    identify(dataset, recipe, recipe.to_json())
    _instance(dataset, mammogram, recipe.to_json())
    _describe(dataset, mammogram)
    measure = "" if mammogram.facts.spacing_mm else " Pixel spacing is nominal, not measured."
    derive(dataset, recipe, recipe.to_json(), measure, burned=marked.burned)
    _picture(dataset, mammogram)
    save(dataset, path)


def save(dataset: Dataset, path: Path) -> None:
    """Write a dataset, uncompressed little endian."""
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.ImplementationClassUID = IMPLEMENTATION
    dataset.file_meta.ImplementationVersionName = "MAMMOSCOPE"
    dataset.save_as(path, enforce_file_format=True)


def write_png16(marked: Marked, path: Path) -> None:
    """Write the stored values as 16-bit grey PNG with the recipe and the word SYNTHETIC inside."""
    _check(marked.mammogram)
    text = PngImagePlugin.PngInfo()
    for key, value in texts(marked).items():
        text.add_text(key, value)
    text.add_text(PNG_RECIPE, marked.recipe.to_json())
    Image.fromarray(marked.mammogram.pixels).save(path, format="PNG", pnginfo=text)


def write_tiff16(marked: Marked, path: Path) -> None:
    """Write the stored values as 16-bit grey TIFF; its description holds marker and recipe."""
    _check(marked.mammogram)
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[TIFF_TEXT] = f"{WARNING}\n{marked.recipe.to_json()}"
    tags[SOFTWARE] = software()
    Image.fromarray(marked.mammogram.pixels).save(
        path, format="TIFF", tiffinfo=tags, compression="tiff_adobe_deflate"
    )


def texts(marked: Marked) -> dict[str, str]:
    """Return what the text chunks of a picture say."""
    return {
        WORD: WARNING,
        "Title": f"{TITLE} {marked.mammogram.facts.label}",
        "Software": software(),
    }


def _check(mammogram: Mammogram) -> None:
    facts, encoding = mammogram.facts, mammogram.encoding
    if facts.side is None or facts.view not in _VIEWS or facts.orientation is None:
        raise ValueError(f"{facts.label}: a side, a view CC or MLO and an orientation are needed")
    plain = (encoding.offset, encoding.slope, encoding.intercept, encoding.inverse)
    if plain != (0, 1.0, 0.0, False):
        raise ValueError(f"{facts.label}: generated pixels must be unsigned, unscaled, not inverse")


def uid(*parts: str | bytes) -> UID:
    """Return a 2.25 UID (PS3.5 B.2) that depends on nothing but the parts."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "big") + data)
    return UID(f"2.25.{int.from_bytes(digest.digest()[:16], 'big')}")


def _code(value: str, scheme: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item


def identify(ds: Dataset, recipe: Recipe, recipe_json: str) -> None:
    """Fill the patient, study and series modules: nobody, and of which recipe."""
    ds.StudyInstanceUID = uid("study", recipe_json)
    ds.SeriesInstanceUID = uid("series", recipe_json)
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.PatientName, ds.PatientID = NAME, NAME
    ds.PatientBirthDate, ds.PatientSex = "", ""
    ds.StudyDate = ds.StudyTime = ds.AccessionNumber = ds.ReferringPhysicianName = ""
    ds.StudyID = str(recipe.point.seed)
    ds.StudyDescription = f"{WORD} mammograms"
    ds.Modality = "MG"
    ds.SeriesNumber = 1
    ds.SeriesDescription = f"{WORD}, seed {recipe.point.seed}"
    ds.Manufacturer = "Mammoscope"


def _instance(ds: Dataset, mammogram: Mammogram, recipe_json: str) -> None:
    """Fill what tells one view of the exam from another."""
    facts = mammogram.facts
    ds.SOPClassUID = DigitalMammographyXRayImageStorageForPresentation
    shape = f"{facts.label} {facts.rows}x{facts.columns}"
    ds.SOPInstanceUID = uid("image", recipe_json, shape, mammogram.pixels.tobytes())
    ds.PresentationIntentType = "FOR PRESENTATION"
    labels = [side + view for side, view in SCREENING]
    ds.InstanceNumber = labels.index(facts.label) + 1


def _describe(ds: Dataset, mammogram: Mammogram) -> None:
    """Fill what says which breast is seen from where (MG Image, MG Series, DX Anatomy)."""
    facts = mammogram.facts
    assert facts.view  # all seen to by _check
    assert facts.orientation
    ds.BodyPartExamined = "BREAST"
    ds.ImageLaterality = facts.side
    ds.PatientOrientation = list(facts.orientation)
    value, meaning = _VIEWS[facts.view]
    view = _code(value, "SCT", meaning)
    view.ViewModifierCodeSequence = Sequence()
    ds.ViewCodeSequence = Sequence([view])
    ds.ViewPosition = facts.view
    ds.OrganExposed = "BREAST"
    ds.AnatomicRegionSequence = Sequence([_code("76752008", "SCT", "Breast")])
    ds.AcquisitionContextSequence = Sequence()
    ds.PositionerType = "NONE"
    ds.DetectorType = ""  # Type 2: there was no detector
    ds.BreastImplantPresent = "NO"
    ds.PartialView = "NO"


def derive(ds: Dataset, recipe: Recipe, embedded: str, more: str = "", *, burned: bool) -> None:
    """Fill what says that the image is generated, by what, and from which recipe."""
    ds.ImageType = ["DERIVED", "SECONDARY"]
    ds.SyntheticData = "YES"
    ds.DerivationDescription = (
        f"{WORD}: generated by Mammoscope, model SHA-256 {recipe.model}, "
        f"seed {recipe.point.seed}.{more}"
    )
    ds.ImageComments = f"{WORD} image, no patient. Research use only."
    ds.BurnedInAnnotation = "YES" if burned else "NO"
    maker = Dataset()
    maker.PurposeOfReferenceCodeSequence = Sequence(
        [_code("109102", "DCM", "Processing Equipment")]
    )
    maker.Manufacturer = maker.ManufacturerModelName = "Mammoscope"
    maker.SoftwareVersions = software().split(", ")
    maker.ContributionDescription = f"{WORD}: generated all of the image"
    ds.ContributingEquipmentSequence = Sequence([maker])
    embed(ds, embedded)


def _picture(ds: Dataset, mammogram: Mammogram) -> None:
    """Fill the pixels and how they become grey."""
    facts, encoding = mammogram.facts, mammogram.encoding
    ds.SamplesPerPixel = 1
    ds.PhotometricInterpretation = "MONOCHROME2"
    ds.Rows, ds.Columns = facts.rows, facts.columns
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = 16, encoding.bits, encoding.bits - 1
    ds.PixelRepresentation = 0
    if encoding.air is not None:  # so that air stays black in any viewer, also when inverted
        ds.PixelPaddingValue, ds.PixelPaddingRangeLimit = encoding.air
    nominal = NOMINAL_HEIGHT_MM / facts.rows
    ds.ImagerPixelSpacing = [round(mm, 6) for mm in facts.spacing_mm or (nominal, nominal)]
    ds.PixelIntensityRelationship, ds.PixelIntensityRelationshipSign = "LOG", -1
    ds.RescaleIntercept, ds.RescaleSlope, ds.RescaleType = "0", "1", "US"
    ds.PresentationLUTShape = "IDENTITY"
    ds.LossyImageCompression = "00"
    voi = window_for(mammogram.pixels, encoding)
    if isinstance(voi, Window):
        ds.WindowCenter, ds.WindowWidth = f"{voi.center:.10g}", f"{voi.width:.10g}"
        ds.VOILUTFunction = voi.curve.value.upper()
        ds.WindowCenterWidthExplanation = voi.name or "generated"
    ds.PixelData = np.ascontiguousarray(mammogram.pixels, "<u2").tobytes()
