"""The notes of all open images: loaded and saved on a thread, changed only through here."""

import logging
from dataclasses import dataclass, replace
from functools import partial

from PySide6.QtCore import QObject, Signal

from app import notes as files
from app.core.annotation import Annotation, Change, ChangeLog, Notes
from app.core.mammogram import Stored
from app.ui.jobs import Jobs
from app.ui.pane import Pane
from app.ui.pictures import Pictures
from app.ui.tools.by_image import ByImage

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selected:
    """Which annotation the keys act on: the image's content key, and its place in the list."""

    image: str
    number: int


class Notebook(QObject):
    """Annotations and key images by content: a file seen twice has one set of notes."""

    changed = Signal(str)  #: content key of the image whose notes are others now
    noted = Signal()  #: a change that can be undone was made
    selected = Signal()
    failed = Signal(str)

    def __init__(self, pictures: Pictures, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pictures, self._jobs = pictures, jobs
        self._keys: ByImage[str] = ByImage(10_000)
        self._notes: dict[str, Notes] = {}
        self._unsaved: dict[str, Notes] = {}
        self._log = ChangeLog()
        self.selection: Selected | None = None
        pictures.arrived.connect(self._read)

    # Whose notes.

    def _read(self, file: str) -> None:
        """Work out the key of an arrived picture and load its notes, on a thread."""
        picture = self._pictures.get(file)
        if picture is None or self._keys.get(picture.mammogram.pixels) is not None:
            return
        pixels = picture.mammogram.pixels
        self._jobs.run(
            f"notes:{file}",
            lambda job: _loaded(pixels),
            partial(self._take, pixels),
            lane="notes",
            failed=self.failed.emit,
        )

    def _take(self, pixels: Stored, loaded: tuple[str, Notes, str]) -> None:
        key, notes, trouble = loaded
        self._keys.put(pixels, key)
        if notes != Notes():  # else every preview of a moving slider would stay in memory
            self._notes.setdefault(key, notes)  # what is in memory is newer than the file
        if trouble:
            self.failed.emit(trouble)
        self.changed.emit(key)

    def key_of(self, pane: Pane) -> str | None:
        """Return the content key of what a pane shows, None while it is not known."""
        return None if pane.picture is None else self._keys.get(pane.picture.mammogram.pixels)

    def notes(self, key: str | None) -> Notes:
        """Return the notes of an image, empty ones for None."""
        return Notes() if key is None else self._notes.get(key, Notes())

    def of(self, pane: Pane) -> Notes:
        """Return the notes of what a pane shows."""
        return self.notes(self.key_of(pane))

    # Changes.

    def put(self, key: str, notes: Notes) -> None:
        """Take other notes for an image, as one step of undo, and save them."""
        before = self.notes(key)
        if notes == before:
            return
        self._log = self._log.with_change(Change(image=key, before=before, after=notes))
        self._apply(key, notes)
        self.noted.emit()

    def add(self, key: str, annotation: Annotation) -> None:
        """Add an annotation and select it."""
        self.put(key, self.notes(key).with_annotation(annotation))
        self.select(Selected(image=key, number=len(self.notes(key).annotations) - 1))

    def rename(self, chosen: Selected, label: str) -> None:
        """Give an annotation other words."""
        notes = self.notes(chosen.image)
        renamed = replace(notes.annotations[chosen.number], label=label.strip())
        self.put(chosen.image, notes.with_annotation(renamed, chosen.number))

    def delete_selected(self) -> bool:
        """Delete the selected annotation; return whether there was one."""
        chosen = self.selection
        if chosen is None:
            return False
        self.select(None)
        self.put(chosen.image, self.notes(chosen.image).without(chosen.number))
        return True

    def toggle_key(self, pane: Pane) -> None:
        """Mark what a pane shows as a key image, or no longer."""
        if (key := self.key_of(pane)) is not None:
            notes = self.notes(key)
            self.put(key, replace(notes, key=not notes.key))

    def select(self, chosen: Selected | None) -> None:
        """Choose the annotation the keys act on."""
        if chosen != self.selection:
            self.selection = chosen
            self.selected.emit()

    def undo(self) -> None:
        """Take the last change back."""
        self._log, change = self._log.undone()
        if change is not None:
            self._apply(change.image, change.before)

    def redo(self) -> None:
        """Make the change again that was taken back last."""
        self._log, change = self._log.redone()
        if change is not None:
            self._apply(change.image, change.after)

    def _apply(self, key: str, notes: Notes) -> None:
        self._notes[key] = notes
        chosen = self.selection
        if chosen and chosen.image == key and chosen.number >= len(notes.annotations):
            self.select(None)
        self._unsaved[key] = notes
        self._jobs.run(
            f"notes:{key}",
            lambda job: files.save_notes(key, notes),
            lambda _: self._saved(key, notes),
            lane="notes",
            keep=True,
            failed=self.failed.emit,
        )
        self.changed.emit(key)

    def _saved(self, key: str, notes: Notes) -> None:
        if self._unsaved.get(key) == notes:
            del self._unsaved[key]

    def flush(self) -> None:
        """Save what is still on its way; the window is closing."""
        for key, notes in self._unsaved.items():
            try:
                files.save_notes(key, notes)
            except OSError as error:
                log.error("annotations could not be saved: %s", error.strerror)
        self._unsaved.clear()


def _loaded(pixels: Stored) -> tuple[str, Notes, str]:
    key = files.content_key(pixels)
    try:
        return key, files.load_notes(key), ""
    except ValueError as error:  # a damaged file must not keep the reader from drawing
        return key, Notes(), str(error)
