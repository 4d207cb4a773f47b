"""Prepares a training set as a process of its own that tells how far it is, one JSON line a step.

`python -P -m app.prepare.lines SRC... --out SET --rows N`; the training page reads the lines.
"""

import argparse
import json
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Any

from app.prepare import Progress, Settings, prepare

EVERY_S = 0.2  #: a line at most so often


def tell(**facts: Any) -> None:
    """Write one line."""
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


class Told:
    """Passes progress on, not more often than anyone can see."""

    def __init__(self) -> None:
        self._last = 0.0

    def __call__(self, progress: Progress) -> None:
        """Tell how many images are done."""
        now = time.monotonic()
        if progress.done == progress.total or now - self._last >= EVERY_S:
            self._last = now
            tell(done=progress.done, total=progress.total)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main(arguments: Sequence[str] | None = None) -> int:
    """Prepare; returns 0, or 2 after a line that says in a sentence what is wrong."""
    parser = argparse.ArgumentParser()
    parser.add_argument("sources", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--rows", type=int, required=True)
    given = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        made = prepare(given.sources, given.out, Settings(rows=given.rows), told=Told())
    except KeyboardInterrupt:  # what is done is kept for the next time
        return 130
    except (ValueError, OSError) as error:
        tell(error=str(error))
        return 2
    tell(used=made.used, held_out=made.held_out, left=len(made.left))
    return 0


if __name__ == "__main__":
    sys.exit(main())
