"""All of pydicom at once: its imports go round, and two threads would meet it half made."""

import pydicom
import pydicom.pixels

__all__ = ["pydicom"]
