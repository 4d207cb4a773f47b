"""What a DICOMDIR (PS3.10 8.6, PS3.3 F) lists, as file names under its folder.

Records are taken one by one: pydicom's FileSet follows their offsets, which may run in a circle,
and makes a folder of its own, which a process that opens files of strangers may not.
"""

from pydicom.multival import MultiValue

from app.dicom.direct import dataset_of, in_plain_words
from app.dicom.location import Unreadable, name_of

NAME = "DICOMDIR"
MOST = 100_000  #: files of one directory
MEDIA_DIRECTORY = "1.2.840.10008.1.3.10"


def files_of(location: str) -> list[list[str]]:
    """Return the parts of the path of each file listed; Unreadable when it is no DICOMDIR.

    Only parts that are plain names are given: a path that leads out of the folder is left out.
    """
    name = name_of(location)
    with in_plain_words(location, "its list of files can't be parsed"):
        dataset = dataset_of(location, with_pixels=False)
        if str(dataset.file_meta.get("MediaStorageSOPClassUID", "")) != MEDIA_DIRECTORY:
            raise Unreadable(f"{name}: is no DICOMDIR")
        found: dict[tuple[str, ...], None] = {}
        for record in dataset.get("DirectoryRecordSequence") or []:
            parts = record.get("ReferencedFileID")
            if not parts or record.get("RecordInUseFlag") == 0:
                continue
            names = tuple(map(str, parts if isinstance(parts, MultiValue) else [parts]))
            if all(map(_plain, names)):
                found[names] = None
            if len(found) > MOST:
                raise Unreadable(f"{name}: lists more than {MOST:,} files")
    return [list(names) for names in found]


def _plain(name: str) -> bool:
    """Return whether a name can only be that of a file or folder right here."""
    return (
        name not in ("", ".", "..")
        and not set(name) & set("/\\:\0")
        and name == name.strip()
        and len(name) < 256
    )
