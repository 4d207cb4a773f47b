"""The scan of what is opened, on a thread, told of a few times a second."""

import time
from dataclasses import dataclass, field

from app.core.mammogram import Exam
from app.core.marks import Marks
from app.ui.jobs import IMPORTS, Job

TELL_S = 0.1  #: between two reports while there are few exams
MANY = 5000  #: exams with which that time has grown by half a second: each report costs more then


@dataclass(slots=True)
class Batch:
    """What a scan found since it last told."""

    exams: dict[str, Exam] = field(default_factory=dict)
    marks: list[Marks] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.exams or self.marks or self.refused)


def find(paths: list[str], job: Job) -> None:
    """Hand over what is found, on a thread, a few times a second: ten thousand exams are many."""
    with IMPORTS:
        from app.dicom.scan import ExamFound, MarksFound, Progress, scan

    batch, told, done, total = Batch(), 0.0, 0, 0
    known: set[str] = set()
    for event in scan(paths, job.cancelled):
        if isinstance(event, Progress):
            done, total = event.done, event.total
        elif isinstance(event, ExamFound):
            batch.exams[event.exam.id] = event.exam
            known.add(event.exam.id)
        elif isinstance(event, MarksFound):
            batch.marks.append(event.marks)
        else:
            batch.refused[event.file] = event.reason
        if time.monotonic() - told >= TELL_S + 0.5 * len(known) / MANY:
            job.progress(done, total)
            if batch:
                job.give(batch)
                batch = Batch()
            told = time.monotonic()
    if batch:
        job.give(batch)
