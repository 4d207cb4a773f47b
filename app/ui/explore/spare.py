"""Work for the time in which the exam itself needs no drawing: thumbnails, strips, pages."""

from collections.abc import Callable
from typing import Any

from app.ui.jobs import Job, Jobs

Work = Callable[[Job], object]
Part = Callable[[Any], None]


class Spare:
    """Keeps what is wanted until it is done; what a hand interrupts begins anew at rest.

    Work hands over each part as it goes and remembers itself what it has handed over.
    """

    def __init__(self, jobs: Jobs, lane: str) -> None:
        self._jobs, self._lane = jobs, lane
        self._wanted: dict[str, tuple[Work, Part]] = {}
        self._paused = True

    def want(self, key: str, work: Work, part: Part) -> None:
        """Do work as soon as there is time, in place of what was wanted under the key."""
        self._wanted[key] = (work, part)
        if not self._paused:
            self._start(key)

    def drop(self, key: str) -> None:
        """Want nothing more under a key."""
        self._wanted.pop(key, None)
        self._jobs.cancel(key)

    def pause(self) -> None:
        """Make way."""
        self._paused = True
        for key in self._wanted:
            self._jobs.cancel(key)

    def go_on(self) -> None:
        """Take up what is still wanted."""
        if self._paused:
            self._paused = False
            for key in self._wanted:
                self._start(key)

    def _start(self, key: str) -> None:
        work, part = self._wanted[key]

        def done(_: object) -> None:
            if (now := self._wanted.get(key)) is not None and now[0] is work:
                del self._wanted[key]

        self._jobs.run(key, work, done, part=part, lane=self._lane)
