"""Pictures of the trial at hand and the next, decrypted on a thread before they are due."""

from functools import partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from app.reading.session import Trial
from app.ui.jobs import Job, Jobs
from app.ui.reading.conductor import Conductor

Cases = list[NDArray[np.uint8]]


class Loader(QObject):
    """Keeps no more than is about to be shown."""

    arrived = Signal()  #: pictures, or the reason why there are none

    def __init__(self, conductor: Conductor, parent: QObject) -> None:
        super().__init__(parent)
        self._conductor = conductor
        self._jobs = Jobs(self)
        self.ready: dict[tuple[str, ...], Cases] = {}
        self.damaged: dict[tuple[str, ...], str] = {}  #: trials that can't be shown, and why

    def want(self, trial: Trial | None) -> None:
        """Fetch a trial's pictures, if they are not here."""
        if trial is None or trial.cases in self.ready:
            return
        package, key = self._conductor.package, self._conductor.key

        def work(job: Job) -> Cases:
            return [package.pack.pictures(case, key, package.reading) for case in trial.cases]

        self._jobs.run(
            f"trial:{trial.number}",
            work,
            partial(self._take, trial),
            failed=partial(self._refuse, trial),
        )

    def want_next(self) -> None:
        """Fetch the trial after the one at hand, and drop what was shown before it."""
        now = self._conductor.trial
        if now is None:
            return
        session = self._conductor.course.sessions[now.session]
        following = session[now.number + 1] if now.number + 1 < len(session) else None
        keep = {trial.cases for trial in (now, following) if trial is not None}
        self.ready = {cases: made for cases, made in self.ready.items() if cases in keep}
        self.want(following)

    def close(self) -> None:
        """Stop."""
        self._jobs.close()

    def _take(self, trial: Trial, cases: Cases) -> None:
        self.ready[trial.cases] = cases
        self.arrived.emit()

    def _refuse(self, trial: Trial, reason: str) -> None:
        self.damaged[trial.cases] = reason
        self.arrived.emit()
