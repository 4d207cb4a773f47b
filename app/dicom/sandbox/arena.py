"""Memory that a process shares with the child it starts, with no name anyone could find it by."""

import math
import mmap
import os
import secrets
import sys
from multiprocessing.shared_memory import SharedMemory

import numpy as np

from app.core.mammogram import Stored

#: Bytes; nothing is set aside before it is written to.
SIZE = 2**29


class Arena:
    """Room for the pixels of one picture at a time; the child writes, the parent copies out."""

    def __init__(self, handle: str = "") -> None:
        """Make an arena, or with `handle` take part in that of the parent."""
        self.fd = -1
        self.name = ""
        self._view: mmap.mmap | None = None
        if sys.platform == "win32":
            self.name = handle or f"mammoscope-{secrets.token_hex(16)}"
        elif handle:
            self.fd = int(handle)
        else:
            self.fd = _unnamed()

    @property
    def handle(self) -> str:
        """What the child finds it by."""
        return self.name or str(self.fd)

    def room(self, shape: tuple[int, ...]) -> Stored:
        """Return the beginning of the memory as an array of a shape; ValueError when too large."""
        if 2 * math.prod(shape) > SIZE:
            raise ValueError("a picture larger than the memory for it")
        if self._view is None:
            if sys.platform == "win32":
                self._view = mmap.mmap(-1, SIZE, tagname=self.name)
            else:
                self._view = mmap.mmap(self.fd, SIZE)
        return np.frombuffer(self._view, np.uint16, math.prod(shape)).reshape(shape)

    def close(self) -> None:
        """Give the memory back once the child has, too."""
        self._view = None  # unmapped when the last array on it goes
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1


def _unnamed() -> int:
    """Return a descriptor of memory that goes when the last process that has it goes."""
    if hasattr(os, "memfd_create"):
        fd = os.memfd_create("mammoscope")
        os.ftruncate(fd, SIZE)
        return fd
    shared = SharedMemory(create=True, size=SIZE)  # macOS
    try:
        return os.dup(shared._fd)  # type: ignore[attr-defined]  # no public way
    finally:
        shared.close()
        shared.unlink()
