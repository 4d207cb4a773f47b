"""How the process handles its memory, and how it is told that there is none left."""

import ctypes
import sys

import torch

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


def is_out_of_memory(error: RuntimeError) -> bool:
    """Say whether an error means that the device, or the machine, has no memory left."""
    text = str(error)  # the libraries behind convolutions and products have words of their own
    told = ("DefaultCPUAllocator", "CUDA error: out of memory", "_STATUS_ALLOC_FAILED")
    return isinstance(error, torch.OutOfMemoryError) or any(words in text for words in told)
