"""Takes the images of one exam as they arrive by C-GET or C-MOVE."""

import io
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pydicom
from pydicom.dataset import Dataset

from app.archive.values import Cancelled, Report, Retrieved, Shelf, arrived_words

PENDING = (0xFF00, 0xFF01)
CANCELLED = 0xFE00


class Taker:
    """Takes the images of one exam as they arrive."""

    def __init__(self, uid: str, shelf: Shelf, report: Report, cancelled: Cancelled) -> None:
        self.shelf, self._report, self._cancelled = shelf, report, cancelled
        self._uid = uid
        self.expected: int | None = None
        self.trouble = ""
        self.stopped = False

    def take(self, event: Any) -> int:
        """Keep an image that belongs to the exam that was asked for; returns the DIMSE status."""
        if self._cancelled():
            self.stopped = True
            return 0xA700
        content = event.encoded_dataset()
        try:
            header = pydicom.dcmread(
                io.BytesIO(content), stop_before_pixels=True, specific_tags=["StudyInstanceUID"]
            )
        except Exception:  # a damaged object: pydicom raises nearly anything
            return 0xC000
        if str(header.get("StudyInstanceUID", "")) != self._uid:
            return 0xA900
        try:
            self.shelf.put(content)
        except OSError as error:
            self.trouble = f"can't be written to {self.shelf.folder.name}: {error.strerror}"
            return 0xA700
        self._report(self.shelf.count, self.expected or 0)
        return 0x0000

    def follow(
        self,
        answers: Iterator[tuple[Dataset, Dataset | None]],
        abort: Callable[[], None],
        check: Callable[[int | None, str], None],
    ) -> None:
        """Follow the answers of a C-GET or C-MOVE to the end, or until it is cancelled."""
        for status, _ in answers:
            counts = [
                status.get(f"NumberOf{what}Suboperations")
                for what in ("Remaining", "Completed", "Failed", "Warning")
            ]
            if any(count is not None for count in counts):
                self.expected = max(self.expected or 0, sum(count or 0 for count in counts))
                self._report(self.shelf.count, self.expected)
            if self._cancelled() or self.stopped:
                self.stopped = True
                with suppress(Exception):
                    abort()
                return
            code = status.get("Status")
            if code is None or code not in (*PENDING, 0x0000, 0xB000, CANCELLED):
                if not self.trouble:
                    check(code, "the retrieval")
                return
            if code == 0x0000:
                self.expected = max(self.expected or 0, self.shelf.count)

    def outcome(self, name: str) -> Retrieved:
        """Return what arrived, and in words what did not."""
        count, expected = self.shelf.count, self.expected
        found = Retrieved(folder=self.shelf.folder, files=count, expected=expected)
        if self.stopped:
            return replace(found, cancelled=True)
        words = self.trouble
        if not words and (not count or (expected is not None and count < expected)):
            words = f"{name}: sent nothing" if not count else f"{name}: did not send the rest"
        return replace(found, trouble=arrived_words(count, expected, words))
