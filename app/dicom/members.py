"""What a ZIP archive holds, as locations, without unpacking any of it."""

import zipfile

from app.dicom.location import Unreadable, name_of

MAX_MEMBERS = 100_000
MAX_NAME = 1024  #: characters


def names_in(location: str) -> list[str]:
    """Return the names of the files in an archive, sorted; Unreadable when it is none."""
    name = name_of(location)
    try:
        with zipfile.ZipFile(location) as archive:
            entries = archive.infolist()
    except (OSError, ValueError, NotImplementedError, zipfile.BadZipFile) as error:
        raise Unreadable(f"{name}: is not a ZIP archive that can be read") from error
    if len(entries) > MAX_MEMBERS:
        raise Unreadable(
            f"{name}: holds {len(entries):,} files; at most {MAX_MEMBERS:,} are opened"
        )
    return sorted(e.filename for e in entries if not e.is_dir() and len(e.filename) <= MAX_NAME)
