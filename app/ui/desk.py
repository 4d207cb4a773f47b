"""What lies open: exams as the scan finds them, how they are hung, and where the reader is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, Signal

from app import protocols
from app.core.by_hand import placed
from app.core.hanging import Hanging, HungStep, Unhung, default_protocol, hang, together
from app.core.mammogram import Exam, Facts, Source
from app.core.marks import Marks
from app.core.opened import Opened
from app.core.persons import day_words
from app.core.protocol import Protocol
from app.language import tr
from app.ui.browser.finding import Batch, find
from app.ui.hand import ByHand
from app.ui.jobs import Jobs
from app.ui.pictures import Pictures

Mode = Literal["real", "generated", "both"]
MODES: tuple[Mode, ...] = ("real", "generated", "both")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the reader is: what is hung, how, and which step of it is in view."""

    exam: str  #: id of the first exam that is hung, empty when nothing is
    back: int
    prior: int
    mode: Mode
    chosen: str | None
    step: int


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
        self._open = Opened()
        self.refused: dict[str, str] = {}
        self.marks: list[Marks] = []  #: of others, on the images that are open
        self.generated: Exam | None = None
        self.series: tuple[Exam, ...] = ()  #: generated exams side by side
        self.protocols = protocols.every()
        self.by_hand = ByHand(self)
        self.by_hand.changed.connect(lambda: self.rehang(stay=True))
        self.mode: Mode = "real"
        self._mode_before: Mode | None = None  #: before a protocol asked for generated exams
        self.chosen: str | None = None  #: protocol the user asked for; None leaves it to the exams
        self.group = 0
        self.back = 0  #: which of a person's exams counts as the current one, 0 the newest
        self.prior = 1  #: how far before that the first prior lies
        self.step = 0
        self._first_step = 0
        self._grouped: dict[tuple[object, ...], list[tuple[Exam, ...]]] = {}
        self._default: tuple[tuple[Exam, ...], Protocol] | None = None  #: what suits which exams
        self.hanging: Hanging | None = None
        pictures.arrived.connect(self._complete)
        pictures.refused.connect(self._refuse)

    # Opening.

    @property
    def opened(self) -> Mapping[str, Exam]:
        """The exams that lie open, by id, as found."""
        return self._open.exams

    def begin_at(self, protocol: str | None, step: int, *, both: bool = False) -> None:
        """Say, before anything is open, how the first exam is hung; steps count from 1."""
        if both:
            self.mode = "both"
        if protocol is not None:
            self.choose(protocol)
        self._first_step = max(step - 1, 0)

    def open(self, paths: Sequence[str | Path]) -> None:
        """Scan paths on a thread, in place of what was open."""
        self._open = Opened()
        self._grouped.clear()
        self.refused.clear()
        self.marks.clear()
        self.cleared.emit()
        self._pictures.forget(keep=self._generated_files())
        self.group = self.step = 0
        self.back, self.prior = 0, 1
        self.by_hand.clear()
        if self.mode == "generated" and self.generated is not None:  # not on the command line
            self.mode, self.chosen = "real", None
        self.listed.emit()
        self.rehang(stay=False)
        places = [str(path) for path in paths]
        self._jobs.run("scan", lambda job: find(places, job), self._end, part=self._found)

    def _found(self, batch: Batch) -> None:
        """Take what the scan found since it last told: exams, marks, refused files."""
        first, here = not self.opened and bool(batch.exams), self._here()
        grown = self._open.add(batch.exams)
        self._grouped.clear()
        self.refused |= batch.refused
        self.marks += batch.marks
        if batch.exams:
            self.found.emit(list(batch.exams))
            if first or grown or self.mode == "both" or self._here() != here:
                self.rehang(stay=not first)
            elif self.group + 2 >= len(self.groups()) - len(batch.exams):  # one next to it is new
                self._fetch(self.groups())
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
        self._open.replace(replace(exam, images=images))
        self._grouped.clear()
        self.found.emit([exam.id])
        if (old.side, old.view) != (new.side, new.view):
            self.rehang(stay=True)

    def _generated_files(self) -> set[str]:
        made = [*self.series, *([self.generated] if self.generated else [])]
        return {image.file for exam in made for image in exam.images}

    # Hanging.

    def protocol(self) -> Protocol:
        """Return the protocol in use."""
        known = self.protocols
        if self.chosen in known:
            return known[self.chosen]
        if self.mode == "both":
            return known["real-and-generated"]
        if self.mode == "generated":
            return known["generated"]
        groups = self._open.persons()
        exams = groups[self.group] if self.group < len(groups) else ()
        if self._default is None or self._default[0] is not exams:  # asked some 40 times a flip
            self._default = exams, default_protocol(exams, known)
        return self._default[1]

    def read_protocols(self) -> None:
        """Read the user's protocols again: one was written or deleted."""
        self.protocols, self._default = protocols.every(), None
        if self.chosen not in self.protocols:
            self.chosen = None
        self.rehang(stay=True)

    def groups(self) -> list[tuple[Exam, ...]]:
        """Return the exams that are hung at once, in the order one pages through them."""
        protocol = self.protocol()
        made = [id(exam) for exam in (self.generated, *self.series)]
        key = (id(protocol), self.mode, *made)
        if key not in self._grouped:
            self._grouped = {key: self._together(protocol)}
        return self._grouped[key]

    def _together(self, protocol: Protocol) -> list[tuple[Exam, ...]]:
        if self.mode == "real" and self._open.real:
            return self._open.persons()
        wanted = {"real": (Source.REAL, Source.SYNTHETIC), "generated": (Source.SYNTHETIC,)}
        shown = wanted.get(self.mode, wanted["real"])
        if protocol.variants > 1:  # side by side stand the exams made for that
            shown = (Source.REAL,)
        exams = [exam for exam in self._open.in_order() if exam.source in shown]
        if self.mode != "real":
            exams += self._made(protocol)
        return together(exams, protocol)

    def _made(self, protocol: Protocol) -> tuple[Exam, ...]:
        """Return the generated exams that a protocol shows."""
        if protocol.variants > 1:
            return self.series
        return (self.generated,) if self.generated is not None else ()

    def _here(self) -> tuple[Exam, ...]:
        """Return the exams of the group in view, whatever is hung of them."""
        groups = self.groups()
        return groups[self.group] if self.group < len(groups) else ()

    def now(self) -> tuple[Exam, ...]:
        """Return what is hung: the exam that counts as current, those before it, generated ones."""
        exams = self._here()
        real = [exam for exam in exams if exam.source is Source.REAL]
        made = [exam for exam in exams if exam.source is not Source.REAL]
        return (*real[self.back :], *made)

    def arrange(self, ids: list[str] | None) -> None:
        """Page through these exams in this order from now on; None is all of them, as found.

        What is in view stays in view, and comes first when it is not among them.
        """
        if ids == self._open.order:  # a picture came: with ten thousand exams the rest takes long
            return
        here = {exam.id for exam in self._here()}
        self._open.arrange(ids, here)
        self._grouped.clear()
        places = (n for n, exams in enumerate(self.groups()) for exam in exams if exam.id in here)
        self.group = next(places, self.group)
        self.listed.emit()

    def rehang(self, *, stay: bool) -> None:
        """Hang anew; with `stay` the reader keeps exam and step where they still exist."""
        groups = self.groups()
        self.group = min(self.group, max(len(groups) - 1, 0))
        if not stay:
            self.step = 0
        protocol, exams = self.protocol(), self.now()
        self.hanging = None
        if exams:
            by_hand = self.by_hand.of(exams[0].id, protocol.id)
            newest = self.person()[0].date if self.back else ""
            hanging = hang(exams, protocol, prior=self.prior, newest=newest)
            self.hanging = placed(hanging, by_hand)
        self.step = min(self.step, max(len(self.steps()) - 1, 0))
        self._fetch(groups)
        self.hung.emit(stay)
        if self.mode != "real" and self.generated is None:
            self.generated_wanted.emit()
        several = self.mode != "real" and protocol.variants > 1
        self.series_wanted.emit(protocol if several else None)

    def _fetch(self, groups: list[tuple[Exam, ...]]) -> None:
        """Have read this step, images of unknown place, this exam, the next one, the one before.

        The order is that of the list of exams; `Pictures` leaves out what memory has no room for.
        """
        step = self.current()
        wanted: list[Facts] = [c.image for c in step.cells if c.image] if step else []
        wanted += [image for c in step.cells for image in c.stack[1:]] if step else []
        before = groups[self.group - 1 : self.group] if self.group else []
        for exams in (*groups[self.group : self.group + 2], *before):
            images = [image for exam in exams for image in exam.images]
            wanted += sorted(images, key=lambda i: i.side is not None and i.view is not None)
        known = {facts.file: facts for facts in wanted if facts.file not in self._generated_files()}
        self._pictures.want(known.values())

    def steps(self) -> tuple[HungStep, ...]:
        """Return the steps of the exam in view."""
        return self.hanging.steps if self.hanging else ()

    def place(self) -> str:
        """Return in words which exam and step are in view."""
        groups = self.groups()
        count = len(groups)
        exam = tr("exam {number} of {count}", number=self.group + 1, count=count) if groups else ""
        if words := self._prior_words():
            exam += f"     {words}"
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
            self.back, self.prior = 0, 1
            self.rehang(stay=False)

    def place_now(self) -> Place:
        """Return where the reader is."""
        exams = self.now()
        return Place(
            exam=exams[0].id if exams else "",
            back=self.back,
            prior=self.prior,
            mode=self.mode,
            chosen=self.chosen,
            step=self.step,
        )

    def go_to(self, place: Place) -> None:
        """Show what was in view at a place."""
        self.mode, self.chosen, self.prior = place.mode, place.chosen, place.prior
        for number, exams in enumerate(self.groups()):
            if any(exam.id == place.exam for exam in exams):
                self.group = number
        self.back, self.step = place.back, place.step
        self.rehang(stay=True)

    # Priors.

    def person(self) -> tuple[Exam, ...]:
        """Return the real exams of the person in view, the newest first."""
        return tuple(exam for exam in self._here() if exam.source is Source.REAL)

    def go_prior(self, by: int) -> None:
        """Show an older exam, or a newer one: in the prior's places, or in all if there are none.

        Panes keep what they show of the breast, so that two exams can be compared in place.
        """
        exams = self.person()
        if len(exams) < 2:
            self.said.emit(tr("There is no other exam of this person with a date"))
            return
        asked = [s.prior for s in self.protocol().selectors.values() if s.prior]
        if asked:
            last = max(len(exams) - self.back - max(asked), 1)
            number, low, high = self.prior, 1, last
        else:
            number, low, high = self.back, 0, len(exams) - 1
        if not low <= number + by <= high:
            older = tr("There is no older exam of this person")
            self.said.emit(older if by > 0 else tr("There is no newer exam of this person"))
            return
        if asked:
            self.prior += by
        else:
            self.back += by
        self.rehang(stay=True)

    def _prior_words(self) -> str:
        """Return which of a person's exams are in view, with their dates."""
        exams = self.person()
        if len(exams) < 2:
            return ""
        current = tr(
            "{day} ({number} of {count} exams)",
            day=day_words(exams[self.back].date),
            number=self.back + 1,
            count=len(exams),
        )
        at = self.back + self.prior
        if any(s.prior for s in self.protocol().selectors.values()) and at < len(exams):
            prior = day_words(exams[at].date)
            return tr("{current}, prior {day}", current=current, day=prior)
        return current

    # Choosing.

    def go_exam(self, identity: str) -> None:
        """Show the exam of that id."""
        for number, exams in enumerate(self.groups()):
            real = [exam.id for exam in exams if exam.source is Source.REAL]
            if identity in real:
                self.group, self.back, self.prior = number, real.index(identity), 1
                self.rehang(stay=False)
                return
            if any(exam.id == identity for exam in exams):
                self.go_group(number)
                return

    def choose(self, protocol: str) -> None:
        """Hang by a protocol; one that asks for generated images has one made."""
        self.chosen, self.prior = protocol, 1
        asked = {s.source for s in self.protocols[protocol].selectors.values()}
        if "synthetic" in asked:
            self._mode_before = self._mode_before or self.mode
            self.mode = "both" if "real" in asked else "generated"
        elif asked == {"any"} and self._mode_before and self.opened:  # as before that one
            self.mode, self._mode_before = self._mode_before, None
        elif self.mode != "real" and "real" in asked:
            self.mode = "real"
        self.rehang(stay=False)

    def show_mode(self, mode: Mode) -> None:
        """Show real exams, the generated one, or both beside each other."""
        self.mode, self.chosen, self._mode_before = mode, None, None
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

    def take_series(self, exams: tuple[Exam, ...]) -> None:
        """Hang generated exams side by side; when such hang already their pictures are enough."""
        same = [exam.id for exam in exams] == [exam.id for exam in self.series]
        titles = [exam.title for exam in exams] == [exam.title for exam in self.series]
        self.series = exams
        if not (same and titles):
            self.rehang(stay=True)

    def hang_by_hand(self, cell: str, part: int, image: Facts) -> None:
        """Put an image into a place of the step in view."""
        step, exams = self.current(), self.now()
        if step is not None and exams:
            place = step.name, cell, part
            self.by_hand.put(exams[0].id, self.protocol().id, place, image)

    def rearranged(self) -> bool:
        """Return whether an image of the exam in view was hung by hand."""
        exams = self.now()
        return bool(exams) and bool(self.by_hand.of(exams[0].id, self.protocol().id))

    def left_out(self) -> tuple[Unhung, ...]:
        """Return what of the exams in view no step shows."""
        return self.hanging.unhung if self.hanging else ()
