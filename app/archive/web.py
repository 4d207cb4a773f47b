"""DICOMweb: QIDO-RS, WADO-RS and STOW-RS of PS3.18, by dicomweb-client."""

import io
import logging
import re
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import pydicom
import requests
from dicomweb_client.api import DICOMwebClient
from pydicom.dataset import Dataset
from requests.auth import HTTPBasicAuth

from app.archive import tls
from app.archive.files import outgoing
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
    arrived_words,
    checked_uid,
    one_line,
)
from app.settings import Archive

# Their logs quote addresses and answers, and with them patients.
for _quiet in ("dicomweb_client", "urllib3", "retrying", "pydicom"):
    logging.getLogger(_quiet).setLevel(logging.CRITICAL + 1)

FIELDS = (
    "StudyDescription",
    "NumberOfStudyRelatedInstances",
    "ModalitiesInStudy",
    "PatientID",
    "PatientName",
    "StudyDate",
)
AS_STORED = (("application/dicom", "*"),)  #: whatever the transfer syntax
_HTTP = {
    400: "it did not understand the request",
    401: "it wants another user name or password",
    403: "this user is not allowed to",
    404: "there is no DICOMweb service, or no such exam, at this URL",
    405: "it does not allow this",
    406: "it can't send in a form we asked for",
    413: "the object is too large for it",
    415: "it does not take this kind of object",
    503: "it is too busy at the moment",
}
_TAG = re.compile(r"[0-9A-Fa-f]{8}")
Answer = TypeVar("Answer")


class _Session(requests.Session):
    """Writes the * of a pattern as itself: RFC 3986 allows it, and some archives want it so."""

    def get(self, url: str | bytes, **options: Any) -> requests.Response:
        """Get a URL, its path as given."""
        path, mark, question = str(url).partition("?")
        return super().get(f"{path}{mark}{question.replace('%2A', '*')}", **options)


class Web:
    """An archive that is asked by DICOMweb."""

    def __init__(self, archive: Archive, name: str, password: str) -> None:
        if not archive.url:
            raise ArchiveError(f"{name or 'archive'}: no URL is given")
        self._archive, self._name = archive, name
        session = _Session()
        session.trust_env = False  # no credentials from elsewhere, no proxy nobody named
        if archive.user or password:
            session.auth = HTTPBasicAuth(archive.user.encode(), password.encode())
        if archive.authority:
            tls.client(archive.authority)  # said now, not when the first request fails
            session.verify = archive.authority
        with self._in_words("the URL"):
            self._client = DICOMwebClient(
                archive.url.rstrip("/"), session=session, timeout=archive.patience_s
            )
        self._client.set_http_retry_params(retry=False)

    def echo(self) -> float:
        """Return the seconds until a search was answered: DICOMweb has no echo."""
        began = time.monotonic()
        self._list("the test", lambda: self._client.search_for_studies(limit=1))
        return time.monotonic() - began

    def find(self, query: Query, cancelled: Cancelled = never) -> tuple[list[FoundExam], bool]:
        """Return the exams that match (QIDO-RS), newest first, and whether more do."""
        asked = {
            "PatientID": query.patient,
            "PatientName": query.pattern,
            "StudyDate": query.span,
            "ModalitiesInStudy": query.modality,
        }
        answers = self._list(
            "the search",
            lambda: self._client.search_for_studies(
                fields=list(FIELDS),
                limit=query.most + 1,
                search_filters={key: value for key, value in asked.items() if value},
            ),
        )
        found = [exam for exam in map(_exam, answers) if exam.uid]
        found.sort(key=lambda exam: exam.date, reverse=True)
        return found[: query.most], len(found) > query.most

    def get(
        self, uid: str, home: Path, report: Report = nothing, cancelled: Cancelled = never
    ) -> Retrieved:
        """Retrieve an exam image by image (WADO-RS), each as it is stored."""
        study = checked_uid(uid)
        ask = partial(self._client.search_for_instances, study)
        listed = self._list("the list of images", ask)
        if not listed:
            raise ArchiveError(f"{self._name}: has no such exam")
        shelf, words = Shelf(home), ""
        report(0, len(listed))
        for item in listed:
            if cancelled():
                break
            try:
                shelf.put(self._instance(study, item))
            except ArchiveError as error:
                words = str(error)
                break
            except OSError as error:
                words = f"can't be written to {shelf.folder.name}: {error.strerror}"
                break
            report(shelf.count, len(listed))
        shelf.close()
        found = Retrieved(folder=shelf.folder, files=shelf.count, expected=len(listed))
        stopped = not words and shelf.count < len(listed)
        words = arrived_words(shelf.count, len(listed), words)
        return replace(found, trouble=words, cancelled=stopped)

    def _instance(self, study: str, item: dict[str, Any]) -> bytes:
        series, image = (checked_uid(_first(item, tag)) for tag in ("0020000E", "00080018"))
        dataset = self._ask(
            "the retrieval",
            lambda: self._client.retrieve_instance(study, series, image, media_types=AS_STORED),
        )
        if str(dataset.get("StudyInstanceUID", "")) != study:
            raise ArchiveError(f"{self._name}: sent an image of another exam")
        content = io.BytesIO()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd values are written as they came
            dataset.save_as(content, enforce_file_format=False)
        return content.getvalue()

    def send(
        self, files: Sequence[Path], report: Report = nothing, cancelled: Cancelled = never
    ) -> Sent:
        """Store files one by one (STOW-RS)."""
        sent = Sent(total=len(files))
        for file in outgoing(files, sent):
            if cancelled():
                sent.cancelled = True
                break
            try:
                self._store(file.path)
            except ArchiveError as error:
                sent.refused.append((file.path.name, str(error)))
            else:
                sent.stored += 1
            report(sent.stored + len(sent.refused), sent.total)
        return sent

    def _store(self, path: Path) -> None:
        dataset = pydicom.dcmread(path)
        answer: Dataset = self._ask("sending", lambda: self._client.store_instances([dataset]))
        if failed := answer.get("FailedSOPSequence"):
            reason = failed[0].get("FailureReason")
            words = f" (reason {reason:04X})" if isinstance(reason, int) else ""
            raise ArchiveError(f"{self._name}: did not take it{words}")

    # In words.

    def _ask(self, what: str, ask: Callable[[], Answer]) -> Answer:
        with self._in_words(what):
            return ask()

    def _list(self, what: str, ask: Callable[[], list[dict[str, Any]]]) -> list[dict[str, Any]]:
        """Return the items of an answer; what else speaks HTTP may answer anything."""
        with self._in_words(what):
            answer = ask()
            if not all(_TAG.fullmatch(key) for item in answer for key in item):
                raise TypeError("no DICOM JSON")
            return answer

    @contextmanager
    def _in_words(self, what: str) -> Iterator[None]:
        """Turn whatever the libraries raise into one plain sentence."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # odd values are theirs who sent them
                yield
        except ArchiveError:
            raise
        except requests.HTTPError as error:
            code = error.response.status_code
            words = _HTTP.get(code, "it had an error of its own" if code >= 500 else "it refused")
            raise ArchiveError(f"{self._name}: {what} failed: {words} (HTTP {code})") from None
        except requests.RequestException as error:
            raise ArchiveError(f"{self._name}: {self._of_request(error)}") from None
        except OSError as error:  # requests raises it for an authority file that is not there
            raise ArchiveError(f"{self._name}: {error.strerror or error}") from None
        except Exception:  # the answer of something that is no DICOMweb service
            raise ArchiveError(
                f"{self._name}: {what} failed: the answer is not that of a DICOMweb service"
            ) from None

    def _of_request(self, error: requests.RequestException) -> str:
        where = urlsplit(self._archive.url)
        at = where.netloc or self._archive.url
        if isinstance(error, requests.exceptions.SSLError):
            text = str(error)
            if "CERTIFICATE_VERIFY_FAILED" in text:
                return (
                    "its certificate is not accepted; name the certificate file of its authority "
                    "in the preferences if it is your own"
                )
            return tls.NONE
        if isinstance(error, requests.exceptions.Timeout):
            return f"no answer from {at} within {self._archive.patience_s} s"
        if isinstance(error, requests.exceptions.ConnectionError):
            text = str(error)
            if "NameResolution" in text or "getaddrinfo" in text:
                return f"no machine is named {where.hostname!r}"
            if "refused" in text:
                return f"nothing listens at {at}"
            return "the connection was lost"
        return "the URL can't be used"


def _first(item: dict[str, Any], tag: str) -> Any:
    values = item.get(tag, {}).get("Value") or [""]
    return values[0]


def _exam(item: dict[str, Any]) -> FoundExam:
    def words(tag: str) -> str:
        values = item.get(tag, {}).get("Value") or []
        texts = [v.get("Alphabetic", "") if isinstance(v, dict) else v for v in values]
        return one_line(" ".join(str(text) for text in texts))

    count = words("00201208")
    return FoundExam(
        uid=words("0020000D"),
        patient=words("00100020"),
        name=words("00100010"),
        date=words("00080020"),
        description=words("00081030"),
        modalities=words("00080061"),
        images=int(count) if count.isdecimal() else None,
    )
