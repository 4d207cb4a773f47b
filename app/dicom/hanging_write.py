"""Hanging protocols as DICOM Hanging Protocol objects (PS3.3 A.44, C.23), as far as these go.

A step becomes a presentation group, a cell a display set with one image box, a selector an image
set. What an image must not be would take a filter with an operator, which dciodvfy of 2022 refuses
in every form (it asks for Filter-by Attribute Presence beside it, and refuses that, too): that is
left out and said.
"""

from datetime import UTC, datetime
from typing import Any

from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, generate_uid

from app.core.geometry import standard_orientation
from app.core.protocol import ANY, MODIFIERS, Cell, Protocol, Selector, Step
from app.dicom.codes import MODIFIER_CODES, VIEW_CODES

SOP_CLASS = "1.2.840.10008.5.1.4.38.1"  #: Hanging Protocol Storage
LATERALITY, VIEWS, VIEW_MODIFIERS = 0x00200062, 0x00540220, 0x00540222
SYNTHETIC = 0x0008001C
YEARS = 100  #: relative time that stands for all exams of a person


def hanging_protocol(protocol: Protocol) -> tuple[FileDataset, list[str]]:
    """Return a protocol as a DICOM object, and in sentences what the object can't express."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = UID(SOP_CLASS), generate_uid()
    made = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    made.SpecificCharacterSet = "ISO_IR 192"
    made.SOPClassUID, made.SOPInstanceUID = SOP_CLASS, meta.MediaStorageSOPInstanceUID
    made.HangingProtocolName = protocol.id[:16]
    made.HangingProtocolDescription = protocol.title[:64]
    made.HangingProtocolLevel = "SINGLE_USER"
    made.HangingProtocolCreator = "Mammoscope"
    made.HangingProtocolCreationDateTime = datetime.now(UTC).strftime("%Y%m%d%H%M%S")
    applies = Dataset()
    applies.Modality = "MG"  # an anatomic region may not stand beside it
    applies.ProcedureCodeSequence, applies.ReasonForRequestedProcedureCodeSequence = [], []
    made.HangingProtocolDefinitionSequence = [applies]
    priors = [selector.prior or 0 for selector in protocol.selectors.values()]
    made.NumberOfPriorsReferenced = max(priors, default=0)
    used = [
        n for n in protocol.selectors if any(n == c.name for s in protocol.steps for c in s.cells)
    ]
    numbers = {name: number for number, name in enumerate(used, 1)}
    made.ImageSetsSequence = [_image_set(protocol.selectors[n], numbers[n]) for n in used]
    made.HangingProtocolUserIdentificationCodeSequence = []
    made.NumberOfScreens, made.NominalScreenDefinitionSequence = 1, [_screen()]
    sets: list[Dataset] = []
    for group, step in enumerate(protocol.steps, 1):
        for cell in step.cells:
            selector = protocol.selectors[cell.name]
            sets.append(_display_set(step, cell, selector, numbers[cell.name], group, len(sets)))
    made.DisplaySetsSequence = sets
    collapse = all(step.when_missing == "collapse" for step in protocol.steps)
    made.PartialDataDisplayHandling = "ADAPT_LAYOUT" if collapse else "MAINTAIN_LAYOUT"
    return made, lost(protocol)


def lost(protocol: Protocol) -> list[str]:
    """Return in sentences what of a protocol a DICOM Hanging Protocol can't express."""
    cells = [cell for step in protocol.steps for cell in step.cells]
    selectors = protocol.selectors.values()
    missing = {step.when_missing for step in protocol.steps}
    found = {
        "Links between cells (zoom, pan, window, mirrored)": any(s.links for s in protocol.steps),
        "Sizes other than true size (same size, fits, 1:1 pixels)": any(
            cell.options.size != "true" for cell in cells
        ),
        "Images shown as stored": any(cell.options.orient == "as_stored" for cell in cells),
        "Fallbacks of selectors": any(selector.fallback for selector in selectors),
        "Steps repeated for each image": any(step.each for step in protocol.steps),
        "Steps that are skipped when an image is missing": "skip_step" in missing,
        "Different ways of handling missing images": missing == {"collapse", "leave_empty"},
        "Several generated exams side by side": any(s.variant for s in selectors),
        "Modifiers that must all be there": any(s.all_of for s in selectors),
        "Modifiers that must not be there": any(s.none_of for s in selectors),
        "Real images only": any(s.source == "real" for s in selectors),
        "Modifiers without a code": any("other" in s.any_of for s in selectors),
        "Empty places at the edge of a grid": any(not _fills(step) for step in protocol.steps),
    }
    return [
        f"{words} can't be expressed in DICOM and are left out."
        for words, is_so in found.items()
        if is_so
    ]


def _fills(step: Step) -> bool:
    """Return whether some cell begins or ends at every line of the grid, so that it can be told."""
    rows = {edge for c in step.cells for edge in (c.row, c.row + c.row_span)}
    columns = {edge for c in step.cells for edge in (c.column, c.column + c.column_span)}
    return rows >= set(range(step.rows + 1)) and columns >= set(range(step.columns + 1))


def _code(value: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, "SCT", meaning
    return item


def sct(table: dict[str, str], word: str) -> str | None:
    """Return the SNOMED CT code of a view or modifier; old codes have a letter in them."""
    return next((code for code, name in table.items() if name == word and code.isdigit()), None)


def _screen() -> Dataset:
    screen = Dataset()
    screen.NumberOfVerticalPixels, screen.NumberOfHorizontalPixels = 2048, 2560
    screen.DisplayEnvironmentSpatialPosition = [0.0, 1.0, 1.0, 0.0]
    screen.ScreenMinimumGrayscaleBitDepth = 8
    screen.ApplicationMaximumRepaintTime = 1000
    return screen


def _selecting(attribute: int, vr: str, usage: str, **values: Any) -> Dataset:
    item = Dataset()
    item.ImageSetSelectorUsageFlag = usage
    item.SelectorAttribute, item.SelectorAttributeVR = attribute, vr
    for keyword, value in values.items():
        setattr(item, keyword, value)
    return item


def _image_set(selector: Selector, number: int) -> Dataset:
    made, chosen = Dataset(), []
    if selector.side is not None:
        side = _selecting(
            LATERALITY, "CS", "NO_MATCH", SelectorCSValue=selector.side, SelectorValueNumber=1
        )
        chosen.append(side)
    if selector.view is not None and (code := sct(dict(VIEW_CODES), selector.view)):
        item = _code(code, selector.view)
        view = _selecting(VIEWS, "SQ", "NO_MATCH", SelectorCodeSequenceValue=[item])
        view.SelectorValueNumber = 1
        chosen.append(view)
    words = [name for name in MODIFIERS if name in selector.any_of or ANY in selector.any_of]
    if codes := [_code(c, name) for name in words if (c := sct(dict(MODIFIER_CODES), name))]:
        one = _selecting(VIEW_MODIFIERS, "SQ", "NO_MATCH", SelectorCodeSequenceValue=codes)
        one.SelectorSequencePointer, one.SelectorValueNumber = [VIEWS], 1
        chosen.append(one)
    if selector.source == "synthetic":
        made_up = _selecting(
            SYNTHETIC, "CS", "NO_MATCH", SelectorCSValue="YES", SelectorValueNumber=1
        )
        chosen.append(made_up)
    if not chosen:  # any image at all: those that state a modality are of this one anyway
        chosen = [
            _selecting(0x00080060, "CS", "MATCH", SelectorCSValue="MG", SelectorValueNumber=1)
        ]
    made.ImageSetSelectorSequence = chosen
    when = Dataset()
    when.ImageSetNumber, when.ImageSetLabel = number, selector.name[:64]
    if selector.when in ("current", ANY):
        when.ImageSetSelectorCategory = "RELATIVE_TIME"
        when.RelativeTime = [0, 0 if selector.when == "current" else YEARS]
        when.RelativeTimeUnits = "YEARS"
    else:
        when.ImageSetSelectorCategory = "ABSTRACT_PRIOR"
        back = -1 if selector.when == "oldest" else selector.prior
        when.AbstractPriorValue = [back, back]
    made.TimeBasedImageSetsSequence = [when]
    return made


def _display_set(
    step: Step, cell: Cell, selector: Selector, image_set: int, group: int, before: int
) -> Dataset:
    made, box, options = Dataset(), Dataset(), cell.options
    made.DisplaySetNumber, made.DisplaySetLabel = before + 1, cell.name[:64]
    made.DisplaySetPresentationGroup = group
    made.DisplaySetPresentationGroupDescription = step.name[:64]
    made.ImageSetNumber = image_set
    box.ImageBoxNumber = 1
    left, right = cell.column / step.columns, (cell.column + cell.column_span) / step.columns
    top, bottom = 1 - cell.row / step.rows, 1 - (cell.row + cell.row_span) / step.rows
    box.DisplayEnvironmentSpatialPosition = [left, top, right, bottom]
    box.ImageBoxLayoutType = "STACK" if selector.pick == "all" else "SINGLE"
    made.ImageBoxesSequence = [box]
    made.FilterOperationsSequence = []
    order = Dataset()
    order.SortByCategory = "BY_ACQ_TIME"
    order.SortingDirection = "INCREASING" if selector.pick == "first" else "DECREASING"
    made.SortingOperationsSequence = [order]
    if options.orient == "standard" and selector.side is not None:
        made.DisplaySetPatientOrientation = list(standard_orientation(selector.side, selector.view))
    made.ShowGrayscaleInverted = "YES" if options.invert else "NO"
    made.ShowImageTrueSizeFlag = "YES" if options.size == "true" else "NO"
    made.ShowGraphicAnnotationFlag = "NO" if options.overlay == "none" else "YES"
    made.ShowPatientDemographicsFlag = "YES" if options.overlay == "full" else "NO"
    made.ShowAcquisitionTechniquesFlag = "YES" if options.overlay == "full" else "NO"
    wall = {"R": "RIGHT", "L": "LEFT"}.get(selector.side or "")
    if options.justify == "center":
        made.DisplaySetHorizontalJustification = "CENTER"
    elif wall is not None:
        made.DisplaySetHorizontalJustification = wall
    made.DisplaySetVerticalJustification = "CENTER"
    return made
