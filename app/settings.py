"""Settings: defaults in the code, over them the site's file, over that the user's.

Each file holds overrides only, as TOML. A wrong key or value is refused by name; the rest of the
window starts with the levels that can be read.
"""

import os
import tomllib
from collections.abc import Callable, Mapping
from functools import reduce
from pathlib import Path
from typing import Any, Literal

import platformdirs
import tomli_w
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.core.caption import USUAL, Corner
from app.language import later

FILE = "settings.toml"
FOLDER_VARIABLE = "MAMMOSCOPE_SETTINGS"  #: where the user's file and the state are kept instead

AE_TITLE = r"^[ -\[\]-~]{1,16}$"  #: DICOM PS3.5 6.2: 16 characters, no backslash, no control


class Table(BaseModel):
    """A table of the file; unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Look(Table):
    """How everything looks."""

    font_percent: int = Field(default=100, ge=80, le=200, title=later("Font size"), description="%")
    language: str = Field(
        default="system", title=later("Language"), description=later("from the next start on")
    )
    overlay: Literal["as hung", "none", "labels", "full"] = Field(
        default="as hung", title=later("Overlay at the start")
    )
    panel_width: int = Field(
        default=300,
        ge=200,
        le=900,
        title=later("Width of the side panel"),
        description=later("pixels"),
    )


class Overlays(Table):
    """Where the groups of the full overlay stand, and how large it is written."""

    font_percent: int = Field(
        default=100, ge=80, le=250, title=later("Font size over images"), description="%"
    )
    patient: Corner = Field(default=USUAL["patient"], title=later("Patient"))
    exam: Corner = Field(default=USUAL["exam"], title=later("Exam: date, place, machine"))
    technique: Corner = Field(default=USUAL["technique"], title=later("Technique"))
    dose: Corner = Field(default=USUAL["dose"], title=later("Dose"))
    flags: Corner = Field(
        default=USUAL["flags"],
        title=later("Flags"),
        description=later("implant, partial view, lossy, ..."),
    )
    display: Corner = Field(default=USUAL["display"], title=later("Window, zoom, basis of lengths"))
    file: Corner = Field(default=USUAL["file"], title=later("File"))


class Start(Table):
    """What a new window begins with."""

    restore: bool = Field(
        default=True, title=later("Open again what was open when the window was closed")
    )
    remember: bool = Field(default=True, title=later("Remember recent items"))
    training_set: str = Field(
        default="", title=later("Training set"), description=later("for nearest training images")
    )


class Training(Table):
    """What the form for a new training begins with."""

    preset: str = Field(default="small", title=later("Preset"))
    threads: int = Field(
        default=0, ge=0, le=1024, title=later("Processor threads"), description=later("0: all")
    )
    folder: str = Field(
        default="",
        title=later("Folder for new runs"),
        description=later("empty: ask each time"),
    )


class Archive(Table):
    """An archive to fetch exams from and send to, by DIMSE or by DICOMweb."""

    kind: Literal["DICOM", "DICOMweb"] = Field(default="DICOM", title=later("Kind"))
    host: str = Field(default="", title=later("Host"))
    port: int = Field(default=104, ge=1, le=65535, title=later("Port"))
    title: str = Field(default="ANY-SCP", pattern=AE_TITLE, title=later("AE title of the archive"))
    own_title: str = Field(default="MAMMOSCOPE", pattern=AE_TITLE, title=later("Our AE title"))
    retrieve: Literal["C-GET", "C-MOVE"] = Field(default="C-GET", title=later("Retrieve by"))
    own_port: int = Field(default=11112, ge=1, le=65535, title=later("Our port for C-MOVE"))
    url: str = Field(default="", pattern=r"^(https?://\S+)?$", title=later("URL"))
    user: str = Field(default="", title=later("User name"))
    password: str = Field(
        default="", title=later("Password")
    )  #: empty unless its keeping was asked for
    tls: bool = Field(default=False, title=later("Encrypted (TLS)"))
    authority: str = Field(default="", title=later("Certificate file of its authority"))
    patience_s: int = Field(default=20, ge=1, le=600, title=later("Give up after"), description="s")


class Settings(Table):
    """All settings of the application."""

    look: Look = Field(default=Look(), title=later("Look"))
    overlays: Overlays = Field(default=Overlays(), title=later("Full overlay"))
    start: Start = Field(default=Start(), title=later("Start"))
    training: Training = Field(default=Training(), title=later("Training"))
    #: gesture -> what it does, as app.ui.mouse names both
    mouse: dict[str, str] = Field(default={}, title=later("Mouse"))
    #: action id -> keys; an empty list takes an action's keys away
    keys: dict[str, list[str]] = Field(default={}, title=later("Keys"))
    archives: dict[str, Archive] = Field(default={}, title=later("Archives"))  #: by the name shown


def folder() -> Path:
    """Return where the user's settings are kept."""
    given = os.environ.get(FOLDER_VARIABLE)
    return Path(given) if given else Path(platformdirs.user_config_dir("mammoscope", False))


def site_file() -> Path:
    """Return the file an administrator may write for all users of a machine."""
    return Path(platformdirs.site_config_dir("mammoscope", False)) / FILE


def files() -> list[Path]:
    """Return the files that count, the strongest last."""
    return [site_file(), folder() / FILE]


def load(paths: list[Path] | None = None) -> tuple[Settings, list[str]]:
    """Return settings of all levels, and a sentence for each level that had to be left out."""
    troubles = []
    levels: list[Mapping[str, Any]] = []
    for path in files() if paths is None else paths:
        try:
            level = read(path)
            merged([*levels, level])
        except ValueError as error:
            troubles.append(str(error))
        else:
            levels.append(level)
    return merged(levels), troubles


def read(path: Path) -> dict[str, Any]:
    """Return one file's overrides, empty when there is none; ValueError names file and key."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path.name}: not TOML ({error})") from None
    except OSError as error:
        raise ValueError(f"{path.name}: can't be read ({error.strerror})") from None
    try:
        Settings.model_validate(raw)
    except ValidationError as error:
        raise ValueError(f"{path.name}: {reason(error)}; the file was left out") from None
    return raw


def reason(error: ValidationError) -> str:
    """Return the first fault in words: key, what was found, what is allowed."""
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"]) or "file"
    if first["type"] == "extra_forbidden":
        return f"unknown key '{key}'"
    return f"'{key}' is {first['input']!r}; {first['msg'][:1].lower()}{first['msg'][1:]}"


def merged(levels: list[Mapping[str, Any]]) -> Settings:
    """Return the settings of several levels, the later over the earlier, key by key."""
    nothing: Mapping[str, Any] = {}
    return Settings.model_validate(reduce(_over, levels, nothing))


def _over(low: Mapping[str, Any], high: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(low)
    for key, value in high.items():
        below = result.get(key)
        if isinstance(value, Mapping) and isinstance(below, Mapping):
            value = _over(below, value)
        result[key] = value
    return result


def overrides(settings: Settings, below: Settings) -> dict[str, Any]:
    """Return what settings have differently from the levels below the user's."""
    return _differing(settings.model_dump(), below.model_dump())


def _differing(high: Mapping[str, Any], low: Mapping[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in high.items():
        below = low.get(key)
        if isinstance(value, Mapping) and isinstance(below, Mapping):
            if inner := _differing(value, below):
                result[key] = inner
        elif value != below:
            result[key] = value
    return result


def write(path: Path, text: str) -> None:
    """Replace a small file so that it is never half there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.part")
    beside.touch(mode=0o600)  # may hold a password whose keeping was asked for
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)


class Store:
    """The settings in use: changed in one place, told to all who asked, written at once."""

    def __init__(self) -> None:
        self.now, self.troubles = load()
        self._asked: list[Callable[[Settings], None]] = []

    def on_change(self, tell: Callable[[Settings], None]) -> None:
        """Have a function called with the new settings after each change."""
        self._asked.append(tell)

    def change(self, table: str, **values: Any) -> None:
        """Set values of one table; ValueError when one is not allowed, OSError when not written."""
        raw = self.now.model_dump()
        raw[table] = {**raw[table], **values}
        self.put(raw)

    def put(self, raw: Mapping[str, Any]) -> None:
        """Replace all settings by a table of them."""
        try:
            new = Settings.model_validate(raw)
        except ValidationError as error:
            raise ValueError(reason(error)) from None
        if new == self.now:
            return
        self.now = new
        for tell in self._asked:
            tell(new)
        self.save()

    def save(self) -> None:
        """Write the user's overrides, unless the file there is one that can't be read."""
        below, _ = load(files()[:-1])
        path = files()[-1]
        read(path)  # never write over what a person may still mend
        write(path, tomli_w.dumps(overrides(self.now, below)))
