"""What of DICOM an association is asked for: kinds of objects, each in every transfer syntax."""

from collections.abc import Iterator, Sequence

from pydicom.uid import UID
from pynetdicom import build_context
from pynetdicom.presentation import PresentationContext

from app.archive.files import Outgoing

#: What a mammography exam may hold, by SOP class (PS3.4 B.5).
KINDS = tuple(
    f"1.2.840.10008.5.1.4.1.1.{end}"
    for end in (
        "1.2",  # Digital Mammography, For Presentation
        "1.2.1",  # and For Processing
        "13.1.3",  # Breast Tomosynthesis
        "13.1.4",  # Breast Projection, For Presentation
        "1.1",  # Digital X-Ray, which some mammography units write
        "1",  # Computed Radiography
        "7",  # Secondary Capture
        "7.2",  # Multi-frame Grayscale Byte Secondary Capture
        "7.3",  # Multi-frame Grayscale Word Secondary Capture
        "11.1",  # Grayscale Softcopy Presentation State
        "88.50",  # Mammography CAD SR
        "88.22",  # Enhanced SR
        "88.33",  # Comprehensive SR
        "88.34",  # Comprehensive 3D SR
        "88.59",  # Key Object Selection
    )
)
#: A context for each, so that every image can travel as it is stored (PS3.5 A): at most 128.
WRAPPINGS = tuple(
    f"1.2.840.10008.1.2{end}"
    for end in (".1", "", ".4.70", ".4.80", ".4.90", ".5", ".4.57", ".4.91")
)
MOST_CONTEXTS = 128


def every(kinds: Sequence[str]) -> list[PresentationContext]:
    """Return a context for each kind of object in each transfer syntax."""
    return [build_context(UID(kind), UID(form)) for kind in kinds for form in WRAPPINGS]


def contexts_for(files: Sequence[Outgoing]) -> list[PresentationContext]:
    """Return a context for each kind and wrapping, and an uncompressed one for each kind."""
    wanted = dict.fromkeys((file.kind, file.wrapping) for file in files)
    wanted |= dict.fromkeys((file.kind, WRAPPINGS[0]) for file in files)
    return [build_context(UID(kind), UID(form)) for kind, form in wanted]


def batches(files: Sequence[Outgoing]) -> Iterator[list[Outgoing]]:
    """Yield files that fit one association, nearly always all of them."""
    some: list[Outgoing] = []
    for file in files:
        if (
            len(contexts_for([*some[-1:], file])) > 2
            and len(contexts_for([*some, file])) > MOST_CONTEXTS
        ):
            yield some
            some = []
        some.append(file)
    if some:
        yield some
