"""Archives: query, retrieve and send by DIMSE (pynetdicom) and DICOMweb (dicomweb-client).

The only importer of network libraries, which come with the extra `net`. Nothing of a patient is
logged, and no file is named by what is in it.
"""

from app.archive.link import Link, connect
from app.archive.values import ArchiveError, FoundExam, Query, Retrieved, Sent

__all__ = ["ArchiveError", "FoundExam", "Link", "Query", "Retrieved", "Sent", "connect"]
