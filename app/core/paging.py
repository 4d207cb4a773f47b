"""What of the opened exams is hung at once, and which of it is in view."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from app.core.hanging import default_protocol, together
from app.core.mammogram import Exam, Source
from app.core.opened import Opened
from app.core.persons import day_words
from app.core.protocol import Protocol
from app.language import tr

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


class Paging:
    """Groups of exams that are hung at once, one after the other, and where in them one is."""

    def __init__(self, protocols: Mapping[str, Protocol]) -> None:
        self.open = Opened()
        self.generated: Exam | None = None
        self.series: tuple[Exam, ...] = ()  #: generated exams side by side
        self.mode: Mode = "real"
        self._mode_before: Mode | None = None  #: before a protocol asked for generated exams
        self.chosen: str | None = None  #: protocol the user asked for; None leaves it to the exams
        self.group = 0
        self.back = 0  #: which of a person's exams counts as the current one, 0 the newest
        self.prior = 1  #: how far before that the first prior lies
        self._grouped: dict[tuple[object, ...], list[tuple[Exam, ...]]] = {}
        self.know(protocols)

    def know(self, protocols: Mapping[str, Protocol]) -> None:
        """Hang by these protocols from now on."""
        self.protocols = protocols
        self._default: tuple[tuple[Exam, ...], Protocol] | None = None  #: what suits which exams
        if self.chosen not in protocols:
            self.chosen = None

    def clear(self) -> None:
        """Begin anew with no real exams; how they are hung stays."""
        self.open = Opened()
        self._grouped.clear()
        self.turn(0)
        if self.mode == "generated" and self.generated is not None:  # not on the command line
            self.mode, self.chosen = "real", None

    def add(self, exams: Mapping[str, Exam]) -> bool:
        """Take exams in; returns whether one of them was there and has grown."""
        self._grouped.clear()
        return self.open.add(exams)

    def replace(self, exam: Exam) -> None:
        """Put what is now known of an exam in its place."""
        self.open.replace(exam)
        self._grouped.clear()

    # What is hung.

    def protocol(self) -> Protocol:
        """Return the protocol in use."""
        if self.chosen is not None:
            return self.protocols[self.chosen]
        if self.mode == "both":
            return self.protocols["real-and-generated"]
        if self.mode == "generated":
            return self.protocols["generated"]
        groups = self.open.persons()
        exams = groups[self.group] if self.group < len(groups) else ()
        if self._default is None or self._default[0] is not exams:  # asked some 40 times a flip
            self._default = exams, default_protocol(exams, self.protocols)
        return self._default[1]

    def groups(self) -> list[tuple[Exam, ...]]:
        """Return the exams that are hung at once, in the order one pages through them."""
        protocol = self.protocol()
        made = [id(exam) for exam in (self.generated, *self.series)]
        key = (id(protocol), self.mode, *made)
        if key not in self._grouped:
            self._grouped = {key: self._together(protocol)}
        return self._grouped[key]

    def _together(self, protocol: Protocol) -> list[tuple[Exam, ...]]:
        if self.mode == "real" and self.open.real:
            return self.open.persons()
        wanted = {"real": (Source.REAL, Source.SYNTHETIC), "generated": (Source.SYNTHETIC,)}
        shown = wanted.get(self.mode, wanted["real"])
        if protocol.variants > 1:  # side by side stand the exams made for that
            shown = (Source.REAL,)
        exams = [exam for exam in self.open.in_order() if exam.source in shown]
        if self.mode != "real":
            exams += self._made(protocol)
        return together(exams, protocol)

    def _made(self, protocol: Protocol) -> tuple[Exam, ...]:
        """Return the generated exams that a protocol shows."""
        if protocol.variants > 1:
            return self.series
        return (self.generated,) if self.generated is not None else ()

    def here(self) -> tuple[Exam, ...]:
        """Return the exams of the group in view, whatever is hung of them."""
        groups = self.groups()
        return groups[self.group] if self.group < len(groups) else ()

    def person(self) -> tuple[Exam, ...]:
        """Return the real exams of the person in view, the newest first."""
        return tuple(exam for exam in self.here() if exam.source is Source.REAL)

    def now(self) -> tuple[Exam, ...]:
        """Return what is hung: the exam that counts as current, those before it, generated ones."""
        made = [exam for exam in self.here() if exam.source is not Source.REAL]
        return (*self.person()[self.back :], *made)

    def generated_files(self) -> set[str]:
        """Return the names of the images of generated exams."""
        made = [*self.series, *([self.generated] if self.generated else [])]
        return {image.file for exam in made for image in exam.images}

    # Where the reader is.

    def turn(self, group: int) -> None:
        """Go to a group, its newest exam."""
        self.group, self.back, self.prior = group, 0, 1

    def arrange(self, ids: list[str] | None) -> bool:
        """Page through these exams in this order from now on; None is all of them, as found.

        What is in view stays in view, and comes first when it is not among them. Returns whether
        that is another order: with ten thousand exams the rest takes long.
        """
        if ids == self.open.order:
            return False
        here = {exam.id for exam in self.here()}
        self.open.arrange(ids, here)
        self._grouped.clear()
        places = (n for n, exams in enumerate(self.groups()) for exam in exams if exam.id in here)
        self.group = next(places, self.group)
        return True

    def find(self, identity: str) -> bool:
        """Go to an exam by its id; returns whether it is there."""
        for number, exams in enumerate(self.groups()):
            real = [exam.id for exam in exams if exam.source is Source.REAL]
            if identity in real:
                self.turn(number)
                self.back = real.index(identity)
                return True
            if any(exam.id == identity for exam in exams):
                self.turn(number)
                return True
        return False

    def place(self, step: int) -> Place:
        """Return where the reader is, at a step of what is hung."""
        exams = self.now()
        return Place(
            exam=exams[0].id if exams else "",
            back=self.back,
            prior=self.prior,
            mode=self.mode,
            chosen=self.chosen,
            step=step,
        )

    def go_to(self, place: Place) -> None:
        """Go to where the reader was."""
        self.mode, self.chosen, self.prior = place.mode, place.chosen, place.prior
        for number, exams in enumerate(self.groups()):
            if any(exam.id == place.exam for exam in exams):
                self.group = number
        self.back = place.back

    def go_prior(self, by: int) -> str:
        """Go back in time, or forward: in the prior's places, or in all if there are none.

        Returns in words why that can't be, empty when it is done.
        """
        exams = self.person()
        if len(exams) < 2:
            return tr("There is no other exam of this person with a date")
        asked = [s.prior for s in self.protocol().selectors.values() if s.prior]
        if asked:
            last = max(len(exams) - self.back - max(asked), 1)
            number, low, high = self.prior, 1, last
        else:
            number, low, high = self.back, 0, len(exams) - 1
        if not low <= number + by <= high:
            older = tr("There is no older exam of this person")
            return older if by > 0 else tr("There is no newer exam of this person")
        if asked:
            self.prior += by
        else:
            self.back += by
        return ""

    def dates(self) -> str:
        """Return which of a person's exams are in view, with their dates; empty when it is one."""
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

    # How it is hung.

    def choose(self, protocol: str) -> None:
        """Hang by a protocol; generated and real exams come and go as it asks for them."""
        self.chosen, self.prior = protocol, 1
        asked = {s.source for s in self.protocols[protocol].selectors.values()}
        if "synthetic" in asked:
            self._mode_before = self._mode_before or self.mode
            self.mode = "both" if "real" in asked else "generated"
        elif asked == {"any"} and self._mode_before and self.open.exams:  # as before that one
            self.mode, self._mode_before = self._mode_before, None
        elif self.mode != "real" and "real" in asked:
            self.mode = "real"

    def show_mode(self, mode: Mode) -> None:
        """Show real exams, the generated one, or both beside each other."""
        self.mode, self.chosen, self._mode_before = mode, None, None
        if mode == "generated":
            self.group = 0
