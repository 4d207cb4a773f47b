"""What lies open: exams as the scan finds them, how they are hung, and where the reader is."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app import protocols
from app.core.by_hand import placed
from app.core.hanging import Hanging, HungStep, Unhung, hang
from app.core.mammogram import Exam, Facts, Source
from app.core.marks import Marks
from app.core.paging import Mode, Paging, Place
from app.core.protocol import Protocol
from app.language import tr
from app.ui.browser.finding import Batch, find
from app.ui.hand import ByHand
from app.ui.jobs import Jobs
from app.ui.pictures import Pictures


class Desk(QObject):
    """Exams, protocol, exam and step in view; every change ends in `hung`."""

    hung = Signal(bool)  #: what the grid shows changed; True when the reader stays where he is
    marked = Signal()  #: marks of others were found
    listed = Signal()  #: exams or refused files changed
    found = Signal(list)  #: ids of exams that are new or grown
    cleared = Signal()  #: nothing lies open any more: something else is being opened
    generated_wanted = Signal()  #: the hanging has a place for a generated exam, and there is none
    series_wanted = Signal(object)  #: Protocol that shows several generated exams, or None
    said = Signal(str)  #: one sentence for the reader

    def __init__(self, pictures: Pictures, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pictures, self._jobs = pictures, jobs
        self.paging = Paging(protocols.every())
        self.refused: dict[str, str] = {}
        self.marks: list[Marks] = []  #: of others, on the images that are open
        self.by_hand = ByHand(self)
        self.by_hand.changed.connect(lambda: self.rehang(stay=True))
        self.step = 0
        self._first_step = 0
        self.hanging: Hanging | None = None
        pictures.arrived.connect(self._complete)
        pictures.refused.connect(self._refuse)

    # Opening.

    @property
    def opened(self) -> Mapping[str, Exam]:
        """The exams that lie open, by id, as found."""
        return self.paging.open.exams

    def begin_at(self, protocol: str | None, step: int, *, both: bool = False) -> None:
        """Say, before anything is open, how the first exam is hung; steps count from 1."""
        if both:
            self.paging.mode = "both"
        if protocol is not None:
            self.choose(protocol)
        self._first_step = max(step - 1, 0)

    def open(self, paths: Sequence[str | Path]) -> None:
        """Scan paths on a thread, in place of what was open."""
        self.paging.clear()
        self.refused.clear()
        self.marks.clear()
        self.cleared.emit()
        self._pictures.forget(keep=self.paging.generated_files())
        self.step = 0
        self.by_hand.clear()
        self.listed.emit()
        self.rehang(stay=False)
        places = [str(path) for path in paths]
        self._jobs.run("scan", lambda job: find(places, job), self._end, part=self._found)

    def _found(self, batch: Batch) -> None:
        """Take what the scan found since it last told: exams, marks, refused files."""
        paging = self.paging
        first, here = not self.opened and bool(batch.exams), paging.here()
        grown = paging.add(batch.exams)
        self.refused |= batch.refused
        self.marks += batch.marks
        if batch.exams:
            self.found.emit(list(batch.exams))
            if first or grown or paging.mode == "both" or paging.here() != here:
                self.rehang(stay=not first)
            elif paging.group + 2 >= len(paging.groups()) - len(batch.exams):  # a neighbour is new
                self._fetch()
            self._begin()
        if batch.exams or batch.refused:
            self.listed.emit()
        if batch.marks:
            self.marked.emit()

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
        picture = self._pictures.peek(file)
        exam = self.opened.get(picture.mammogram.facts.exam) if picture is not None else None
        if picture is None or exam is None:
            return
        new = picture.mammogram.facts
        old = next((image for image in exam.images if image.file == file), new)
        if old == new:
            return
        images = tuple(new if image is old else image for image in exam.images)
        self.paging.replace(replace(exam, images=images))
        self.found.emit([exam.id])
        if (old.side, old.view) != (new.side, new.view):
            self.rehang(stay=True)

    # Hanging.

    def protocol(self) -> Protocol:
        """Return the protocol in use."""
        return self.paging.protocol()

    def read_protocols(self) -> None:
        """Read the user's protocols again: one was written or deleted."""
        self.paging.know(protocols.every())
        self.rehang(stay=True)

    def arrange(self, ids: list[str] | None) -> None:
        """Page through these exams in this order from now on; None is all of them, as found."""
        if self.paging.arrange(ids):
            self.listed.emit()

    def rehang(self, *, stay: bool) -> None:
        """Hang anew; with `stay` the reader keeps exam and step where they still exist."""
        paging = self.paging
        paging.group = min(paging.group, max(len(paging.groups()) - 1, 0))
        if not stay:
            self.step = 0
        protocol, exams = paging.protocol(), paging.now()
        self.hanging = None
        if exams:
            by_hand = self.by_hand.of(exams[0].id, protocol.id)
            newest = paging.person()[0].date if paging.back else ""
            hanging = hang(exams, protocol, prior=paging.prior, newest=newest)
            self.hanging = placed(hanging, by_hand)
        self.step = min(self.step, max(len(self.steps()) - 1, 0))
        self._fetch()
        self.hung.emit(stay)
        if paging.mode != "real" and paging.generated is None:
            self.generated_wanted.emit()
        several = paging.mode != "real" and protocol.variants > 1
        self.series_wanted.emit(protocol if several else None)

    def _fetch(self) -> None:
        """Have read this step, images of unknown place, this exam, the next one, the one before.

        The order is that of the list of exams; `Pictures` leaves out what memory has no room for.
        """
        step = self.current()
        wanted: list[Facts] = [c.image for c in step.cells if c.image] if step else []
        wanted += [image for c in step.cells for image in c.stack[1:]] if step else []
        groups, at = self.paging.groups(), self.paging.group
        before = groups[at - 1 : at] if at else []
        for exams in (*groups[at : at + 2], *before):
            images = [image for exam in exams for image in exam.images]
            wanted += sorted(images, key=lambda i: i.side is not None and i.view is not None)
        made = self.paging.generated_files()
        known = {facts.file: facts for facts in wanted if facts.file not in made}
        self._pictures.want(known.values())

    def steps(self) -> tuple[HungStep, ...]:
        """Return the steps of the exam in view."""
        return self.hanging.steps if self.hanging else ()

    def place(self) -> str:
        """Return in words which exam and step are in view."""
        count, here = len(self.paging.groups()), self.paging.group + 1
        exam = tr("exam {number} of {count}", number=here, count=count) if count else ""
        if dates := self.paging.dates():
            exam += f"     {dates}"
        steps = len(self.steps())
        at = tr("step {number} / {count}", number=self.step + 1, count=steps)
        return f"{exam}     {at}" if steps else exam

    def current(self) -> HungStep | None:
        """Return the step in view."""
        return self.steps()[self.step] if self.steps() else None

    def go_step(self, number: int) -> None:
        """Show a step; past the last comes the next exam's first, before the first the last's."""
        if 0 <= number < len(self.steps()):
            self.step = number
            self._fetch()
            self.hung.emit(False)
        elif number >= len(self.steps()) and self.paging.group + 1 < len(self.paging.groups()):
            self.go_group(self.paging.group + 1)
        elif number < 0 and self.paging.group > 0:
            self.go_group(self.paging.group - 1)

    def go_group(self, number: int) -> None:
        """Show another exam, its first step."""
        if 0 <= number < len(self.paging.groups()) and number != self.paging.group:
            self.paging.turn(number)
            self.rehang(stay=False)

    def place_now(self) -> Place:
        """Return where the reader is."""
        return self.paging.place(self.step)

    def go_to(self, place: Place) -> None:
        """Show what was in view at a place."""
        self.paging.go_to(place)
        self.step = place.step
        self.rehang(stay=True)

    def go_prior(self, by: int) -> None:
        """Show an older exam of the person, or a newer one.

        Panes keep what they show of the breast, so that two exams can be compared in place.
        """
        if refusal := self.paging.go_prior(by):
            self.said.emit(refusal)
        else:
            self.rehang(stay=True)

    # Choosing.

    def go_exam(self, identity: str) -> None:
        """Show the exam of that id."""
        if self.paging.find(identity):
            self.rehang(stay=False)

    def choose(self, protocol: str) -> None:
        """Hang by a protocol; one that asks for generated images has one made."""
        self.paging.choose(protocol)
        self.rehang(stay=False)

    def show_mode(self, mode: Mode) -> None:
        """Show real exams, the generated one, or both beside each other."""
        self.paging.show_mode(mode)
        self.rehang(stay=False)

    def take_generated(self, exam: Exam) -> None:
        """Hang a generated exam; when one hangs already its pictures are enough."""
        assert exam.source is Source.SYNTHETIC
        first, self.paging.generated = self.paging.generated is None, exam
        if first and self.paging.mode != "real":
            self.rehang(stay=True)
            self._begin()
        self.listed.emit()

    def take_series(self, exams: tuple[Exam, ...]) -> None:
        """Hang generated exams side by side; when such hang already their pictures are enough."""
        before, self.paging.series = self.paging.series, exams
        if [(exam.id, exam.title) for exam in exams] != [(exam.id, exam.title) for exam in before]:
            self.rehang(stay=True)

    def hang_by_hand(self, cell: str, part: int, image: Facts) -> None:
        """Put an image into a place of the step in view."""
        step, exams = self.current(), self.paging.now()
        if step is not None and exams:
            place = step.name, cell, part
            self.by_hand.put(exams[0].id, self.protocol().id, place, image)

    def rearranged(self) -> bool:
        """Return whether an image of the exam in view was hung by hand."""
        exams = self.paging.now()
        return bool(exams) and bool(self.by_hand.of(exams[0].id, self.protocol().id))

    def left_out(self) -> tuple[Unhung, ...]:
        """Return what of the exams in view no step shows."""
        return self.hanging.unhung if self.hanging else ()
