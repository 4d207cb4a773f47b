"""Images in and out: the only importer of pydicom. Files are read to values and never changed."""

# All of it, before any module here: its imports go round, and two threads that begin at two ends of
# the round (a scan, the pictures of the start page) would each meet it half made.
import pydicom
import pydicom.pixels

__all__ = ["pydicom"]
