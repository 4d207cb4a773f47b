"""What is remembered from one window to the next: recent items, what was open, where it stood.

State, not settings: nobody edits it, and a file that can't be read is as good as none. It stays on
this machine, and nothing of an image but its path is in it.
"""

import json
import os
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import platformdirs

from app.settings import FOLDER_VARIABLE, write

KEPT = 10  #: recent items of each kind
KINDS = ("opened", "runs", "models", "readings")


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What a window leaves behind."""

    recent: dict[str, list[str]] = field(default_factory=dict)  #: kind -> paths, newest first
    open: list[str] = field(default_factory=list)  #: paths open when the window was closed
    protocol: str = ""  #: hanging protocol chosen, empty when none was
    group: int = 0  #: exam in view, from 0
    step: int = 0  #: step in view, from 0
    panel: str = ""  #: side panel that was open
    screens: dict[str, str] = field(default_factory=dict)  #: arrangement -> where images are
    toured: bool = False  #: the first steps were shown
    geometry: str = ""  #: of the window, as Qt writes it, base64

    def with_recent(self, kind: str, paths: list[str]) -> "Session":
        """Return a session in which paths of a kind are the newest ones."""
        assert kind in KINDS
        old = [path for path in self.recent.get(kind, []) if path not in paths]
        return replace(self, recent={**self.recent, kind: [*paths, *old][:KEPT]})


def file() -> Path:
    """Return where the state is kept."""
    given = os.environ.get(FOLDER_VARIABLE)
    place = Path(given) if given else Path(platformdirs.user_state_dir("mammoscope", False))
    return place / "session.json"


def load() -> Session:
    """Return what was remembered; an empty session when there is nothing that can be read."""
    try:
        raw: Any = json.loads(file().read_text(encoding="utf-8"))
        return _session(raw)
    except (OSError, ValueError, TypeError, RecursionError):
        return Session()


def _session(raw: Any) -> Session:
    if not isinstance(raw, dict):
        return Session()
    empty = asdict(Session())
    known = {k: v for k, v in raw.items() if k in empty and type(v) is type(empty[k])}
    recent = known.get("recent", {})
    known["recent"] = {
        kind: [path for path in paths if isinstance(path, str)][:KEPT]
        for kind, paths in recent.items()
        if kind in KINDS and isinstance(paths, list)
    }
    screens = known.get("screens", {})
    known["screens"] = {k: v for k, v in screens.items() if isinstance(v, str)}
    known["open"] = [path for path in known.get("open", []) if isinstance(path, str)]
    return Session(**known)


def save(session: Session) -> None:
    """Remember; OSError when it can't be written."""
    write(file(), json.dumps(asdict(session), indent=1))


def present(paths: list[str]) -> list[str]:
    """Return the paths that are still there; members of archives by their archive."""
    return [path for path in paths if Path(path.split("!", 1)[0]).exists()]
