"""What lies open: exams as the scan finds them, how they are hung, and where the reader is."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, Signal

from app import resources
from app.core.hanging import Hanging, HungStep, default_protocol, hang, together
from app.core.mammogram import Exam, Facts, Source
from app.core.marks import Marks
from app.core.protocol import Protocol
from app.ui.jobs import IMPORTS, Job, Jobs
from app.ui.pictures import Pictures

Mode = Literal["real", "generated", "both"]
MODES: tuple[Mode, ...] = ("real", "generated", "both")


class Desk(QObject):
    """Exams, protocol, exam and step in view; every change ends in `hung`."""

    hung = Signal(bool)  #: what the grid shows changed; True when the reader stays where he is
    marked = Signal()  #: marks of others were found
    listed = Signal()  #: exams or refused files changed
    generated_wanted = Signal()  #: the hanging has a place for a generated exam, and there is none

    def __init__(self, pictures: Pictures, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pictures, self._jobs = pictures, jobs
        self.opened: dict[str, Exam] = {}
        self.refused: dict[str, str] = {}
        self.marks: list[Marks] = []  #: of others, on the images that are open
        self.generated: Exam | None = None
        self.mode: Mode = "real"
        self.chosen: str | None = None  #: protocol the user asked for; None leaves it to the exams
        self.group = 0
        self.step = 0
        self._first_step = 0
        self.hanging: Hanging | None = None
        pictures.arrived.connect(self._complete)
        pictures.refused.connect(self._refuse)

    # Opening.

    def begin_at(self, protocol: str | None, step: int, *, both: bool = False) -> None:
        """Say, before anything is open, how the first exam is hung; steps count from 1."""
        if both:
            self.mode = "both"
        if protocol is not None:
            self.choose(protocol)
        self._first_step = max(step - 1, 0)

    def open(self, paths: Sequence[str | Path]) -> None:
        """Scan paths on a thread, in place of what was open."""
        self.opened.clear()
        self.refused.clear()
        self.marks.clear()
        self._pictures.forget(keep=self._generated_files())
        self.group = self.step = 0
        if self.mode == "generated" and self.generated is not None:  # not on the command line
            self.mode, self.chosen = "real", None
        self.listed.emit()
        self.rehang(stay=False)
        places = [str(path) for path in paths]
        self._jobs.run("scan", lambda job: _scan(places, job), self._end, part=self._found)

    def _found(self, found: object) -> None:
        """Take one finding of the scan: an exam, new or grown, or a refused file."""
        if isinstance(found, Exam):
            first = not self.opened
            grown = found.id in self.opened
            self.opened[found.id] = found
            self.listed.emit()
            if first or grown or self.mode == "both":
                self.rehang(stay=not first)
            self._begin()
        elif isinstance(found, Marks):
            self.marks.append(found)
            self.marked.emit()
        elif isinstance(found, tuple):
            self.refused[found[0]] = found[1]
            self.listed.emit()

    def _begin(self) -> None:
        """Go to the step that was asked for at the start, once it is there."""
        if self._first_step and self._first_step < len(self.steps()):
            self.go_step(self._first_step)
            self._first_step = 0

    def _end(self, _: object) -> None:
        self.listed.emit()

    def _refuse(self, file: str, reason: str) -> None:
        self.refused[file] = reason
        self.listed.emit()

    def _complete(self, file: str) -> None:
        """Put what only the pixels tell (side, orientation) into the exam's facts."""
        picture = self._pictures.get(file)
        for exam in self.opened.values():
            for old in exam.images:
                if picture is None or old.file != file or old == picture.mammogram.facts:
                    continue
                new = picture.mammogram.facts
                images = tuple(new if image is old else image for image in exam.images)
                self.opened[exam.id] = replace(exam, images=images)
                if (old.side, old.view) != (new.side, new.view):
                    self.rehang(stay=True)
                return

    def _generated_files(self) -> set[str]:
        return {image.file for image in self.generated.images} if self.generated else set()

    # Hanging.

    def protocol(self) -> Protocol:
        """Return the protocol in use."""
        shipped = resources.protocols()
        if self.chosen is not None:
            return shipped[self.chosen]
        if self.mode == "both":
            return shipped["real-and-generated"]
        if self.mode == "generated":
            return shipped["generated"]
        return default_protocol(list(self.opened.values())[self.group : self.group + 1], shipped)

    def groups(self) -> list[tuple[Exam, ...]]:
        """Return the exams that are hung at once, in the order one pages through them."""
        exams = [
            exam
            for exam in self.opened.values()
            if self.mode != "generated" or exam.source is Source.SYNTHETIC
        ]
        if self.generated is not None and self.mode != "real":
            exams.append(self.generated)
        return together(exams, self.protocol())

    def rehang(self, *, stay: bool) -> None:
        """Hang anew; with `stay` the reader keeps exam and step where they still exist."""
        groups = self.groups()
        self.group = min(self.group, max(len(groups) - 1, 0))
        if not stay:
            self.step = 0
        self.hanging = hang(groups[self.group], self.protocol()) if groups else None
        self.step = min(self.step, max(len(self.steps()) - 1, 0))
        self._fetch(groups)
        self.hung.emit(stay)
        if self.mode != "real" and self.generated is None:
            self.generated_wanted.emit()

    def _fetch(self, groups: list[tuple[Exam, ...]]) -> None:
        """Have read: this step, images whose place is not known, this exam, the next exam."""
        step = self.current()
        wanted: list[Facts] = [c.image for c in step.cells if c.image] if step else []
        for exams in groups[self.group : self.group + 2]:
            images = [image for exam in exams for image in exam.images]
            wanted += sorted(images, key=lambda i: i.side is not None and i.view is not None)
        known = {facts.file: facts for facts in wanted if facts.file not in self._generated_files()}
        self._pictures.want(known.values())

    def steps(self) -> tuple[HungStep, ...]:
        """Return the steps of the exam in view."""
        return self.hanging.steps if self.hanging else ()

    def place(self) -> str:
        """Return in words which exam and step are in view."""
        count = len(self.groups())
        exam = f"exam {self.group + 1} of {count}" if count else ""
        steps = len(self.steps())
        return f"{exam}     step {self.step + 1} / {steps}" if steps else exam

    def current(self) -> HungStep | None:
        """Return the step in view."""
        return self.steps()[self.step] if self.steps() else None

    def go_step(self, number: int) -> None:
        """Show a step; past the last comes the next exam's first, before the first the last's."""
        if 0 <= number < len(self.steps()):
            self.step = number
            self._fetch(self.groups())
            self.hung.emit(False)
        elif number >= len(self.steps()) and self.group + 1 < len(self.groups()):
            self.go_group(self.group + 1)
        elif number < 0 and self.group > 0:
            self.go_group(self.group - 1)

    def go_group(self, number: int) -> None:
        """Show another exam, its first step."""
        if 0 <= number < len(self.groups()) and number != self.group:
            self.group = number
            self.rehang(stay=False)

    def go_exam(self, identity: str) -> None:
        """Show the exam of that id."""
        for number, exams in enumerate(self.groups()):
            if any(exam.id == identity for exam in exams):
                self.go_group(number)
                return

    def choose(self, protocol: str) -> None:
        """Hang by a protocol; one that asks for generated images has one made."""
        self.chosen = protocol
        asked = {s.source for s in resources.protocol(protocol).selectors.values()}
        if "synthetic" in asked:
            self.mode = "both" if "real" in asked else "generated"
        elif self.mode != "real" and "real" in asked:
            self.mode = "real"
        self.rehang(stay=False)

    def show_mode(self, mode: Mode) -> None:
        """Show real exams, the generated one, or both beside each other."""
        self.mode, self.chosen = mode, None
        if mode == "generated":
            self.group = 0
        self.rehang(stay=False)

    def take_generated(self, exam: Exam) -> None:
        """Hang a generated exam; when one hangs already its pictures are enough."""
        assert exam.source is Source.SYNTHETIC
        first, self.generated = self.generated is None, exam
        if first and self.mode != "real":
            self.rehang(stay=True)
            self._begin()
        self.listed.emit()


def _scan(paths: list[str], job: Job) -> None:
    """Hand over what is found, on a thread."""
    with IMPORTS:
        from app.dicom.scan import ExamFound, MarksFound, Progress, scan

    for event in scan(paths, job.cancelled):
        if isinstance(event, Progress):
            job.progress(event.done, event.total)
        elif isinstance(event, ExamFound):
            job.give(event.exam)
        elif isinstance(event, MarksFound):
            job.give(event.marks)
        else:
            job.give((event.file, event.reason))
