"""What a training says: one JSON object per line, in the run's events.jsonl.

Every event has `event` (its kind), `time` (seconds since 1970) and `shown` (images shown so far).
The kinds and their fields are listed in train/README.md; the training panel reads them.
"""

import json
import math
import time
from pathlib import Path
from typing import Any


class Events:
    """Appends events to a file; silent in all processes but the leading one."""

    def __init__(self, path: Path, *, silent: bool = False) -> None:
        self.path = path
        self.silent = silent

    def write(self, event: str, /, **facts: Any) -> None:
        """Append one event; what is not a finite number becomes null, so that all can read it."""
        if self.silent:
            return
        plain = {
            k: None if isinstance(v, float) and not math.isfinite(v) else v
            for k, v in facts.items()
        }
        line = json.dumps({"event": event, "time": round(time.time(), 3), **plain})
        with self.path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
