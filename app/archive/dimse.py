"""DIMSE: C-ECHO, C-FIND, C-GET, C-MOVE and C-STORE of PS3.4, by pynetdicom."""

import io
import logging
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pydicom
from pydicom.dataset import Dataset
from pydicom.uid import UID
from pynetdicom import AE, build_context, build_role, evt
from pynetdicom.association import Association
from pynetdicom.presentation import PresentationContext
from pynetdicom.sop_class import (  # type: ignore[attr-defined]  # made at run time
    StudyRootQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelGet,
    StudyRootQueryRetrieveInformationModelMove,
    Verification,
)

from app.archive import tls, trouble
from app.archive.files import Outgoing, outgoing, unpacked
from app.archive.link import never, nothing
from app.archive.values import (
    ArchiveError,
    Cancelled,
    FoundExam,
    Query,
    Report,
    Retrieved,
    Sent,
    Shelf,
    checked_uid,
    one_line,
)
from app.settings import Archive

# Their logs quote requests and responses, patients' names among them.
for _quiet in ("pynetdicom", "pydicom"):
    logging.getLogger(_quiet).setLevel(logging.CRITICAL + 1)

PDU = 131_072  #: bytes taken in one piece: eight times the usual, an image is megabytes
PENDING = (0xFF00, 0xFF01)
CANCELLED = 0xFE00
#: What a mammography exam may hold, by SOP class (PS3.4 B.5).
KINDS = tuple(
    f"1.2.840.10008.5.1.4.1.1.{end}"
    for end in (
        "1.2",  # Digital Mammography, For Presentation
        "1.2.1",  # and For Processing
        "13.1.3",  # Breast Tomosynthesis
        "13.1.4",  # Breast Projection, For Presentation
        "1.1",  # Digital X-Ray, which some mammography units write
        "1",  # Computed Radiography
        "7",  # Secondary Capture
        "7.2",  # Multi-frame Grayscale Byte Secondary Capture
        "7.3",  # Multi-frame Grayscale Word Secondary Capture
        "11.1",  # Grayscale Softcopy Presentation State
        "88.50",  # Mammography CAD SR
        "88.22",  # Enhanced SR
        "88.33",  # Comprehensive SR
        "88.34",  # Comprehensive 3D SR
        "88.59",  # Key Object Selection
    )
)
#: A context for each, so that every image can travel as it is stored (PS3.5 A): at most 128.
WRAPPINGS = tuple(
    f"1.2.840.10008.1.2{end}"
    for end in (".1", "", ".4.70", ".4.80", ".4.90", ".5", ".4.57", ".4.91")
)
MOST_CONTEXTS = 128


class Dimse:
    """An archive that is asked by DIMSE."""

    def __init__(self, archive: Archive, name: str) -> None:
        if not archive.host:
            raise ArchiveError(f"{name or 'archive'}: no host is given")
        self._archive, self._name = archive, name

    def echo(self) -> float:
        """Return the seconds until the archive answered (C-ECHO)."""
        with self._open([build_context(Verification)]) as link:
            began = time.monotonic()
            self._check(link.send_c_echo().get("Status"), "the echo")
            return time.monotonic() - began

    def find(self, query: Query, cancelled: Cancelled = never) -> tuple[list[FoundExam], bool]:
        """Return the exams that match (C-FIND, Study Root), newest first, and whether more do."""
        model = StudyRootQueryRetrieveInformationModelFind
        found: list[FoundExam] = []
        more = False
        with self._open([build_context(model)]) as link:
            for status, item in link.send_c_find(_keys(query), model, msg_id=1):
                code = status.get("Status")
                if code in PENDING and item is not None:
                    if len(found) < query.most and not cancelled():
                        found.append(_exam(item))
                    elif not more:
                        more = True
                        link.send_c_cancel(1, query_model=model)
                elif code != CANCELLED:
                    self._check(code, "the search")
        found = [exam for exam in found if exam.uid]
        return sorted(found, key=lambda exam: exam.date, reverse=True), more

    def get(
        self, uid: str, home: Path, report: Report = nothing, cancelled: Cancelled = never
    ) -> Retrieved:
        """Retrieve an exam by C-GET, or C-MOVE where the settings say so."""
        wanted = Dataset()
        wanted.QueryRetrieveLevel, wanted.StudyInstanceUID = "STUDY", checked_uid(uid)
        taker = _Taker(uid, Shelf(home), report, cancelled)
        try:
            if self._archive.retrieve == "C-MOVE":
                self._move(wanted, taker)
            else:
                self._fetch(wanted, taker)
        except ArchiveError as error:
            taker.trouble = taker.trouble or str(error)
        finally:
            taker.shelf.close()
        return taker.outcome(self._name)

    def send(
        self, files: Sequence[Path], report: Report = nothing, cancelled: Cancelled = never
    ) -> Sent:
        """Store files (C-STORE); compressed ones are unpacked where the archive wants them so."""
        sent = Sent(total=len(files))
        ready = outgoing(files, sent)
        for some in _batches(ready):
            if cancelled():
                break
            with self._open(_contexts(some), checked=False) as link:
                for file in some:
                    if cancelled():
                        break
                    self._store(link, file, sent)
                    report(sent.stored + len(sent.refused), sent.total)
        sent.cancelled = cancelled() and sent.stored + len(sent.refused) < sent.total
        return sent

    # The association.

    @contextmanager
    def _open(
        self,
        contexts: list[PresentationContext],
        *,
        taker: "_Taker | None" = None,
        checked: bool = True,
    ) -> Iterator[Association]:
        """Associate; released at the end, aborted after a failure."""
        archive = self._archive
        entity = self._entity()
        handlers: list[Any] = [(evt.EVT_C_STORE, taker.take)] if taker else []
        roles = [build_role(UID(kind), scp_role=True) for kind in KINDS] if taker else []
        context = tls.client(archive.authority) if archive.tls else None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of sockets pynetdicom leaves open when refused
            try:
                link = entity.associate(
                    archive.host,
                    archive.port,
                    contexts=contexts,
                    ae_title=archive.title,
                    max_pdu=PDU,
                    ext_neg=roles,  # type: ignore[arg-type]  # roles are among what it takes
                    evt_handlers=handlers,
                    tls_args=(context, archive.host) if context else None,
                )
            except OSError as error:  # the name of the host
                words = trouble.of_socket(error, archive.host, archive.port, archive.patience_s)
                raise ArchiveError(f"{self._name}: {words}") from None
        if not link.is_established:
            if link.dul.socket is not None:
                link.dul.socket.close()
            raise ArchiveError(f"{self._name}: {trouble.of_association(link, archive)}")
        try:
            accepted = {context.abstract_syntax for context in link.accepted_contexts}
            if checked and contexts[0].abstract_syntax not in accepted:
                raise ArchiveError(f"{self._name}: does not offer what was asked for")
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # odd values are theirs who sent them
                yield link
        except BaseException:
            link.abort()
            raise
        if link.is_established:
            link.release()

    def _entity(self) -> AE:
        entity = AE(ae_title=self._archive.own_title)
        patience = float(self._archive.patience_s)
        entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = patience
        entity.connection_timeout = patience
        entity.maximum_pdu_size = PDU
        return entity

    def _check(self, status: int | None, what: str) -> None:
        """Raise ArchiveError unless an answer means success."""
        if status is None:
            raise ArchiveError(
                f"{self._name}: {what} broke off: the connection was lost, or no answer came "
                f"within {self._archive.patience_s} s"
            )
        if status not in (0x0000, *PENDING):
            raise ArchiveError(f"{self._name}: {what} failed: {trouble.of_status(status)}")

    # Retrieving.

    def _fetch(self, wanted: Dataset, taker: "_Taker") -> None:
        model = StudyRootQueryRetrieveInformationModelGet
        contexts = [build_context(model), *_every(KINDS)][:MOST_CONTEXTS]
        with self._open(contexts, taker=taker) as link:
            taker.follow(link.send_c_get(wanted, model), link.abort, self._check)

    def _move(self, wanted: Dataset, taker: "_Taker") -> None:
        archive, model = self._archive, StudyRootQueryRetrieveInformationModelMove
        entity = self._entity()
        entity.require_called_aet = True
        entity.supported_contexts = [build_context(UID(kind), list(WRAPPINGS)) for kind in KINDS]
        try:
            server = entity.start_server(
                ("", archive.own_port), block=False, evt_handlers=[(evt.EVT_C_STORE, taker.take)]
            )
        except OSError as error:
            raise ArchiveError(
                f"port {archive.own_port} of this machine, where C-MOVE sends to: {error.strerror}"
            ) from None
        try:
            with self._open([build_context(model)]) as link:
                answers = link.send_c_move(wanted, archive.own_title, model)
                taker.follow(answers, link.abort, self._check)
        finally:
            assert server is not None
            server.shutdown()

    # Sending.

    def _store(self, link: Association, file: Outgoing, sent: Sent) -> None:
        """Store one file; what an archive refuses stops no other file."""
        if not link.is_established:
            sent.refused.append((file.path.name, "the connection was lost"))
            return
        accepted = {(c.abstract_syntax, c.transfer_syntax[0]) for c in link.accepted_contexts}
        try:
            if (file.kind, file.wrapping) in accepted:
                status = link.send_c_store(file.path)
            else:
                status = link.send_c_store(unpacked(file))
        except Exception as error:  # what pydicom and pynetdicom make of a file they can't encode
            known = isinstance(error, ArchiveError)
            words = str(error) if known else "the archive takes no images of this kind"
            sent.refused.append((file.path.name, words))
            return
        code = status.get("Status")
        if code == 0x0000 or (code is not None and 0xB000 <= code <= 0xBFFF):  # with a warning
            sent.stored += 1
        else:
            lost = "the connection was lost, or no answer came in time"
            sent.refused.append((file.path.name, trouble.of_status(code) if code else lost))


class _Taker:
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
        if words and count:
            of = f" of {expected}" if expected else ""
            words = f"only {count}{of} images arrived: {words}"
        return replace(found, trouble=words)


def _keys(query: Query) -> Dataset:
    """Return the identifier of a study-level search (PS3.4 C.6.2.1)."""
    keys = Dataset()
    if not f"{query.patient}{query.name}".isascii():
        keys.SpecificCharacterSet = "ISO_IR 192"
    keys.QueryRetrieveLevel = "STUDY"
    keys.PatientID, keys.PatientName = query.patient, query.pattern
    keys.StudyDate, keys.ModalitiesInStudy = query.span, query.modality
    keys.StudyInstanceUID = keys.StudyDescription = ""
    keys.NumberOfStudyRelatedInstances = None
    return keys


def _exam(item: Dataset) -> FoundExam:
    def words(keyword: str) -> str:
        try:
            value = item.get(keyword)
        except Exception:  # a value pydicom can't parse is as good as none
            return ""
        if isinstance(value, pydicom.multival.MultiValue):
            value = " ".join(str(part) for part in value)
        return one_line(value)

    count, uid = words("NumberOfStudyRelatedInstances"), words("StudyInstanceUID")
    return FoundExam(
        uid=uid,
        patient=words("PatientID"),
        name=words("PatientName"),
        date=words("StudyDate"),
        description=words("StudyDescription"),
        modalities=words("ModalitiesInStudy"),
        images=int(count) if count.isdecimal() else None,
    )


def _every(kinds: Sequence[str]) -> list[PresentationContext]:
    return [build_context(UID(kind), UID(form)) for kind in kinds for form in WRAPPINGS]


def _contexts(files: Sequence[Outgoing]) -> list[PresentationContext]:
    """Return a context for each kind and wrapping, and an uncompressed one for each kind."""
    wanted = dict.fromkeys((file.kind, file.wrapping) for file in files)
    wanted |= dict.fromkeys((file.kind, WRAPPINGS[0]) for file in files)
    return [build_context(UID(kind), UID(form)) for kind, form in wanted]


def _batches(files: Sequence[Outgoing]) -> Iterator[list[Outgoing]]:
    """Yield files that fit one association, nearly always all of them."""
    some: list[Outgoing] = []
    for file in files:
        if len(_contexts([*some[-1:], file])) > 2 and len(_contexts([*some, file])) > MOST_CONTEXTS:
            yield some
            some = []
        some.append(file)
    if some:
        yield some
