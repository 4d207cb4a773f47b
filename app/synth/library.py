"""Loads torch's largest library without holding the window up."""

import ctypes
import importlib.util
import os
import sys
from contextlib import suppress
from pathlib import Path


def load_ahead() -> bool:
    """Map the library that `import torch` would map next; returns whether that was done.

    CPython keeps its lock while it loads an extension and all it needs: 0.4 s here in which no
    other thread runs. A foreign function, such as dlopen itself, gives the lock back. Whatever goes
    wrong here, the import tells.
    """
    spec = None if "torch" in sys.modules else importlib.util.find_spec("torch")
    if spec is None or spec.origin is None or os.name == "nt":
        return False
    folder = Path(spec.origin).parent / "lib"
    for file in folder.glob("libtorch_python.*"):
        _read_through(file)
    found = sorted(folder.glob("libtorch_cpu.*"))
    if not found:
        return False
    load = ctypes.CDLL(None).dlopen
    load.argtypes, load.restype = (ctypes.c_char_p, ctypes.c_int), ctypes.c_void_p
    return load(os.fsencode(found[0]), sys.getdlopenflags()) is not None


def _read_through(file: Path) -> None:
    """Have the system hold a file: `import` would wait for the disk, and all with it."""
    part = bytearray(1 << 20)
    with suppress(OSError), file.open("rb", buffering=0) as stream:
        while stream.readinto(part):
            pass
