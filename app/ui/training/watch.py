"""Follows run folders while the training page is looked at: reads them on a thread."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from app import launch, runs
from app.language import thousands, tr
from app.launch import Training
from app.runs import Follower, Run, Sheet
from app.ui.jobs import Job, Jobs
from app.ui.locale import number

EVERY_MS = 1500
LOW_BYTES = 2e9  #: a run's disk with less than that is about to be full


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A run and its surroundings as they were found a moment ago."""

    run: Run
    sheets: tuple[Sheet, ...] = ()
    reals: Sheet | None = None
    training: Training | None = None  #: its process, None when none trains into the folder
    said: str = ""  #: the last sentence of a training that ended otherwise than asked
    free: float | None = None  #: bytes on its disk


class Watch(QObject):
    """Tells every second or two what became of the runs it was given."""

    seen = Signal(object)  #: dict of folder to Seen
    found = Signal(object)  #: folders of runs that are being trained, whoever started them

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._followers: dict[Path, Follower] = {}
        self._folders: list[Path] = []
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY_MS)
        self._timer.timeout.connect(self.look)

    def watch(self, folders: Sequence[Path]) -> None:
        """Follow these runs."""
        self._folders = list(folders)
        if self._timer.isActive():
            self.look()

    def run(self, on: bool) -> None:
        """Look regularly, or rest: nobody is looking at the page."""
        if on and not self._timer.isActive():
            self._timer.start()
            self.look()
        elif not on:
            self._timer.stop()

    def look(self) -> None:
        """Look now."""
        folders = list(self._folders)
        self._jobs.run("runs", lambda job: self._look(folders, job), self._tell, lane="runs")

    def _tell(self, result: object) -> None:
        if isinstance(result, tuple):
            self.found.emit(result[1])
            self.seen.emit(result[0])

    def _look(self, folders: Sequence[Path], job: Job) -> tuple[dict[Path, Seen], list[Path]]:
        """On the thread: only this lane touches the followers."""
        everything = {}
        for folder in folders:
            if job.cancelled():
                break
            everything[folder] = self._one(folder)
        return everything, launch.running()

    def _one(self, folder: Path) -> Seen:
        try:
            follower = self._followers.get(folder)
            if follower is None:
                follower = self._followers[folder] = Follower(folder)
            follower.read()
            run = follower.run
        except (ValueError, OSError) as error:
            self._followers.pop(folder, None)
            starting = (folder / runs.CONSOLE).is_file()  # config.json comes a moment later
            run = Run(folder=folder, trouble="" if starting else str(error))
        training = launch.find(folder)
        sheets, reals = runs.sheets(folder)
        ended = training is None and run.last not in ("finished", "stopped")
        return Seen(
            run=run,
            sheets=tuple(sheets),
            reals=reals,
            training=training,
            said=launch.last_words(folder) if ended else "",
            free=shutil.disk_usage(folder).free if folder.is_dir() else None,
        )


def alarms(seen: Seen) -> list[str]:
    """Return in sentences what a person should look at now, the newest first."""
    run, found = seen.run, []
    if run.trouble:
        found.append(run.trouble)
    if seen.said and not seen.training:
        found.append(tr("The training ended: {reason}", reason=seen.said))
    if seen.free is not None and seen.free < LOW_BYTES and seen.training:
        left = number(seen.free / 1e9, 1)
        found.append(tr("Only {size} GB are left on the disk of this run.", size=left))
    began = run.started.get("time", 0.0)
    raised = [a for a in run.alarms if a.time >= began]
    words = dict.fromkeys(
        tr("{alarm} ({count} images)", alarm=a.text, count=thousands(a.shown))
        for a in reversed(raised)
    )
    return found + list(words)
