"""What the whole process is told once there is a window: turns on the interpreter, freed memory."""

import ctypes
import sys

#: A thread that computes lets the GUI thread in after so long; a paint asks for that many times.
SWITCH_S = 0.001
TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3  #: options of glibc's mallopt
KEPT, LARGE = 64 << 20, 16 << 20  #: bytes that stay when freed; size from which all goes back


def tune() -> None:
    """Have a frame wait for nothing but its own work."""
    sys.setswitchinterval(SWITCH_S)
    _keep_freed()


def _keep_freed() -> None:
    """Let memory that a frame frees stay for the next one, where the C library can (glibc does).

    By default it is given back now and then and fetched again page by page: 20 ms of a frame.
    """
    if not sys.platform.startswith("linux"):
        return
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):  # another C library, as on Alpine
        return
    mallopt(TRIM_THRESHOLD, KEPT)
    mallopt(MMAP_THRESHOLD, LARGE)
