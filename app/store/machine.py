"""What a record tells of the machine: which start of it, how long it slept, who holds a store."""

import getpass
import json
import os
import platform
import time
import uuid
from datetime import datetime
from functools import cache
from pathlib import Path

from app.reading.canonical import sha256


@cache
def boot_id() -> str:
    """Return a name for this start of the machine, or of this process where none is known."""
    source = Path("/proc/sys/kernel/random/boot_id")
    try:
        text = source.read_text(encoding="ascii").strip()
    except OSError:
        text = uuid.uuid4().hex
    return sha256(text.encode())[:16]


def sleep_ns() -> int:
    """Return for how long the machine has slept since its start; 0 where it can't be known."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    if clock is None:
        return 0
    return time.clock_gettime_ns(clock) - time.clock_gettime_ns(time.CLOCK_MONOTONIC)


def write_holder(file: Path) -> None:
    """Write down who has a store open; a note for the next one, not the lock itself."""
    note = {
        "pid": os.getpid(),
        "host": platform.node(),
        "user": _user(),
        "since": datetime.now().astimezone().strftime("%H:%M"),
    }
    try:
        file.write_text(json.dumps(note), encoding="utf-8")
    except OSError:
        return


def holder_words(file: Path) -> str:
    """Return who has a store open, as the end of a sentence."""
    try:
        note = json.loads(file.read_text(encoding="utf-8"))
        return (
            f": by {note['user']} on {note['host']}, process {note['pid']}, since {note['since']}"
        )
    except (OSError, ValueError, KeyError, TypeError):
        return " in another program"


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "somebody"
