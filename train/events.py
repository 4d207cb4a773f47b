"""What a training says: one JSON object per line, in the run's events.jsonl and on request stdout.

The only module that prints. The console and the training panel read these lines.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any


class Events:
    """Appends events to a file, each with its kind and the seconds since 1970."""

    def __init__(self, path: Path, *, echo: bool = False) -> None:
        self.path = path
        self.echo = echo

    def write(self, kind: str, **facts: Any) -> None:
        """Append one event."""
        line = json.dumps({"event": kind, "time": round(time.time(), 3), **facts})
        with self.path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
        if self.echo:
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
