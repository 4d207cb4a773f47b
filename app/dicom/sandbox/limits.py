"""What a process that opens files of strangers may use, and what it may not do at all."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]  # Windows has none

#: Whether this system bounds memory and processor time of a process; the clock is kept everywhere.
BOUNDED = resource is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of one child, and of one file in it."""

    memory: int = 900 * 2**20  #: bytes beyond what the child holds once it has started
    processor_s: int = 60  #: of the largest file; small ones get less
    clock_s: float = 60.0  #: of one file: a slow network is no attack
    start_s: float = 60.0  #: until a child answers for the first time


#: Events of PEP 578 that parsing and decoding have no use for.
_FORBIDDEN = (
    "socket.", "subprocess.", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.system",
    "os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.truncate",
    "os.chmod", "os.chown", "os.kill", "os.putenv", "shutil.", "webbrowser.", "ftplib.", "urllib.",
    "pickle.find_class",
)  # fmt: skip
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def bound(limits: Limits, *, writes: bool = False) -> None:
    """Bound the memory of this process, and leave no core dump; it writes only with `writes`."""
    if resource is None:
        return
    pages = Path("/proc/self/statm")
    held = int(pages.read_text().split()[0]) * resource.getpagesize() if pages.exists() else 2**30
    _lower(resource.RLIMIT_AS, held + limits.memory)
    if not writes:
        _lower(resource.RLIMIT_FSIZE, 0)
    _lower(resource.RLIMIT_CORE, 0)


def _lower(what: int, value: int) -> None:
    _, most = resource.getrlimit(what)
    value = value if most == resource.RLIM_INFINITY else min(value, most)
    try:
        resource.setrlimit(what, (value, value))
    except (OSError, ValueError):  # macOS knows RLIMIT_AS and does not take it
        return


def grant(processor_s: int) -> None:
    """Give this process so much more processor time; the system ends it when it uses more."""
    if resource is None:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    until = int(used.ru_utime + used.ru_stime) + 1 + processor_s
    until = until if most == resource.RLIM_INFINITY else min(until, most)
    resource.setrlimit(resource.RLIMIT_CPU, (until, most))


def forbid() -> None:
    """Let this process neither write, nor talk, nor start anything, by way of Python at least."""
    sys.addaudithook(_judge)


def _judge(event: str, given: tuple[object, ...]) -> None:
    if event == "open":
        mode, flags = given[1], given[2]
        writes = isinstance(mode, str) and set(mode) & set("wax+")
        if writes or (isinstance(flags, int) and flags & _WRITING):
            raise PermissionError("a process that opens files of strangers writes none")
    elif event.startswith(_FORBIDDEN):
        raise PermissionError(f"a process that opens files of strangers has no use for {event}")
