"""How the process handles its memory on a CPU."""

import ctypes
import sys

TRIM_THRESHOLD, MMAP_MAX = -1, -4  #: options of glibc's mallopt


def keep_memory() -> bool:
    """Let freed memory stay with the process; returns whether the C library can (glibc does).

    By default every large tensor is fetched from the system page by page and given back at once:
    a third of a training step on a CPU.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):  # another C library, as on Alpine
        return False
    return bool(mallopt(MMAP_MAX, 0) and mallopt(TRIM_THRESHOLD, 2**31 - 1))
