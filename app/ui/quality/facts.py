"""What a screen says of itself, and what is known of it beyond that."""

import io
import shutil
import subprocess
import sys
from functools import cache
from typing import Any

from PySide6.QtGui import QGuiApplication, QScreen

from app import displays
from app.language import tr
from app.ui.locale import number
from app.ui.tools import screens


def facts(screen: QScreen) -> dict[str, Any]:
    """Return the facts of a screen; whole numbers in the unit of their name, for records."""
    size, physical, ratio = screen.size(), screen.physicalSize(), screen.devicePixelRatio()
    pitch = screens.calibrated_mm(screen)
    return {
        "screen": screen.model() or screen.name() or "not known",
        "screen_maker": screen.manufacturer(),
        "screen_pixels": [round(size.width() * ratio), round(size.height() * ratio)],
        "screen_mm": [round(physical.width()), round(physical.height())],
        "pixel_ratio_percent": round(100 * ratio),
        "bits": screen.depth(),
        "refresh_mhz": round(1000 * screen.refreshRate()),
        "pixel_pitch_nm": round(pitch * 1e6) if pitch else 0,
        "icc_profile": icc_name() or "not known",
        "display_function": state(screen),
    }


def state(screen: QScreen) -> str:
    """Return how the last check of a screen came out: diagnostic, other, neither, or unchecked."""
    check = displays.latest(screens.identity(screen))
    return check.conformance.verdict if check else "unchecked"


def rows(screen: QScreen) -> list[tuple[str, str]]:
    """Return the facts in words, name and value."""
    found = facts(screen)
    wide, high = found["screen_pixels"]
    mm_wide, mm_high = found["screen_mm"]
    pitch = screens.calibrated_mm(screen)
    stated = screens.stated_mm(screen)
    known = number(pitch, 4) if pitch else number(stated, 4) if stated else ""
    names = (screen.manufacturer(), screen.model(), screen.name())
    how = tr("measured") if pitch else tr("as the screen states, not measured")
    return [
        (
            tr("Name"),
            " ".join(name for name in names if name),
        ),
        (tr("Resolution"), tr("{wide} x {high} pixels", wide=wide, high=high)),
        (
            tr("Physical size"),
            tr("{wide} x {high} mm", wide=mm_wide, high=mm_high) if mm_wide else tr("not known"),
        ),
        (tr("Pixel pitch"), f"{known} mm ({how})" if known else tr("not known")),
        (tr("Depth"), tr("{bits} bits per pixel", bits=found["bits"])),
        (tr("Scale"), f"{found['pixel_ratio_percent']} %"),
        (tr("Refresh rate"), f"{number(screen.refreshRate(), 1)} Hz"),
        (tr("Colour profile"), icc_name() or tr("not known")),
    ]


def at_window() -> list[QScreen]:
    """Return all screens, the primary one first."""
    first = QGuiApplication.primaryScreen()
    return sorted(QGuiApplication.screens(), key=lambda one: one is not first)


@cache
def icc_name() -> str:
    """Return the description of the desktop's ICC profile, empty when it tells none."""
    try:
        profile = _icc_profile()
        return described(profile) if profile else ""
    except (OSError, ValueError, subprocess.SubprocessError):
        return ""


def described(profile: bytes) -> str:
    """Return the description inside an ICC profile; ValueError when it is none."""
    from PIL import ImageCms

    try:
        opened = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        return ImageCms.getProfileDescription(opened).strip()
    except (ImageCms.PyCMSError, OSError) as error:
        raise ValueError(f"ICC profile: {error}") from None


def _icc_profile() -> bytes | None:
    """Return the profile of the primary screen: of Windows, or of X11 (ICC Profiles in X 0.4)."""
    if sys.platform == "win32":
        from PIL import ImageCms

        opened = ImageCms.get_display_profile()
        return opened.tobytes() if opened else None
    reader = shutil.which("xprop")
    if QGuiApplication.platformName() != "xcb" or reader is None:
        return None
    found = subprocess.run(
        [reader, "-root", "-notype", "_ICC_PROFILE"], capture_output=True, text=True, timeout=2
    )
    return of_property(found.stdout)


def of_property(text: str) -> bytes | None:
    """Return the bytes of an X11 property as `xprop` prints them, None when there is none."""
    _, equals, values = text.partition("=")
    numbers = [part.strip() for part in values.split(",")]
    if not equals or not all(part.isdecimal() for part in numbers):
        return None
    return bytes(int(part) for part in numbers)
