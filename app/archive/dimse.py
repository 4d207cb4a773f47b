"""DIMSE: C-ECHO, C-FIND, C-GET, C-MOVE and C-STORE of PS3.4, by pynetdicom."""

import logging
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
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
from app.archive.contexts import KINDS, MOST_CONTEXTS, WRAPPINGS, batches, contexts_for, every
from app.archive.files import Outgoing, outgoing, unpacked
from app.archive.link import never, nothing
from app.archive.taker import CANCELLED, PENDING, Taker
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
        taker = Taker(uid, Shelf(home), report, cancelled)
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
        for some in batches(ready):
            if cancelled():
                break
            with self._open(contexts_for(some), checked=False) as link:
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
        taker: Taker | None = None,
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

    def _fetch(self, wanted: Dataset, taker: Taker) -> None:
        model = StudyRootQueryRetrieveInformationModelGet
        contexts = [build_context(model), *every(KINDS)][:MOST_CONTEXTS]
        with self._open(contexts, taker=taker) as link:
            taker.follow(link.send_c_get(wanted, model), link.abort, self._check)

    def _move(self, wanted: Dataset, taker: Taker) -> None:
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
