"""The skeleton of a DICOM file, walked before the parser builds anything (PS3.5 7, PS3.10 7.1).

Values are neither kept nor understood. What would cost the parser its stack, its memory or its time
is refused here in linear time: sequences nested without end, a million elements, elements that say
they are longer than the file.
"""

import io
import zlib
from dataclasses import dataclass, field
from typing import BinaryIO

from app.dicom.location import Unreadable

NESTED = 64  #: real reports nest about 15 deep
ELEMENTS = 200_000
LARGEST = 2**27  #: bytes of one element that is no pixels
_PIXELS = (b"\xe0\x7f\x08\0", b"\xe0\x7f\x09\0", b"\xe0\x7f\x10\0")
_ITEM, _ITEM_END, _SEQUENCE_END = b"\xfe\xff\0\xe0", b"\xfe\xff\x0d\xe0", b"\xfe\xff\xdd\xe0"
_LONG = {b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"}
_UNDEFINED = 0xFFFFFFFF
_IMPLICIT, _BIG, _DEFLATED = "1.2.840.10008.1.2", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"
_PROGRAMS = (
    b"MZ", b"\x7fELF", b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe", b"#!",
)  # fmt: skip


@dataclass(slots=True)
class Skeleton:
    """What was noticed on the way; `program` and `repeated` are worth a caution."""

    program: bool = False  #: the preamble makes it a program, too (CVE-2019-11687)
    repeated: bool = False  #: an element is stated twice, or the elements are not in order
    elements: int = 0
    _last: bytes = field(default=b"", repr=False)


def is_dicom(file: BinaryIO) -> bool:
    """Say whether a file has the preamble and prefix of DICOM (PS3.10 7.1)."""
    file.seek(128)
    return file.read(4) == b"DICM"


def is_bare(file: BinaryIO) -> bool:
    """Say whether a file is a data set without preamble: an identifying group, then lengths."""
    file.seek(0)
    head = file.read(8)
    if len(head) < 8 or head[:2] not in (b"\x02\0", b"\x08\0") or head[3] != 0:
        return False
    explicit = head[4:6].isalpha() and head[4:6].isupper()
    return explicit or int.from_bytes(head[4:], "little") < 256


def walk(file: BinaryIO, name: str) -> Skeleton:
    """Return what was noticed in a file; Unreadable when it is not worth parsing.

    What is merely odd is left to the parser: nothing is refused here for the order of its elements
    or a value representation nobody knows.
    """
    found = Skeleton()
    file.seek(0)
    start = file.read(132)
    found.program = start[:128].startswith(_PROGRAMS)
    if start[128:] != b"DICM":
        file.seek(0)
        _meta(file, name)
        _Walker(file, name, found, _implicit_at(file), "<").run()
        return found
    syntax = _meta(file, name)
    if syntax == _DEFLATED:  # its size was looked at before
        packed = file.read()
        try:
            file = io.BytesIO(zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, 2**30))
        except zlib.error:
            return found
    order = ">" if syntax == _BIG else "<"
    implicit = syntax == _IMPLICIT if order == ">" else _implicit_at(file)
    _Walker(file, name, found, implicit, order).run()
    return found


def _implicit_at(file: BinaryIO) -> bool:
    """Say whether what begins here has no value representations, whatever the header says."""
    at = file.tell()
    word = file.read(6)[4:]
    file.seek(at)
    return not (len(word) == 2 and word.isalpha() and word.isupper())


def _meta(file: BinaryIO, name: str) -> str:
    """Step over the file meta information and return the transfer syntax it states."""
    syntax = ""
    while True:
        at = file.tell()
        head = file.read(8)
        if len(head) < 8 or head[:2] != b"\x02\0":
            file.seek(at)
            return syntax
        kind, length = head[4:6], int.from_bytes(head[6:8], "little")
        if not (kind.isalpha() and kind.isupper()):
            raise Unreadable(f"{name}: is damaged: its file meta information is no DICOM")
        if kind in _LONG:
            length = int.from_bytes(file.read(4), "little")
        if length > 2**20:
            raise Unreadable(f"{name}: is damaged: its file meta information is longer than any")
        value = file.read(length)
        if head[2:4] == b"\x10\0":
            syntax = value.rstrip(b"\0 ").decode("ascii", "replace")


class _Walker:
    """Steps from element to element; a stack holds where each open sequence or item ends."""

    def __init__(
        self, file: BinaryIO, name: str, found: Skeleton, implicit: bool, order: str
    ) -> None:
        self.file, self.name, self.found = file, name, found
        self.order = "little" if order == "<" else "big"
        here = file.tell()
        self.size = file.seek(0, io.SEEK_END)
        file.seek(here)
        self.implicit = implicit
        #: Where it ends, whether it is a sequence, implicit inside, holds no elements but bytes.
        self.stack: list[tuple[float, bool, bool, bool]] = []
        self.depth = 0

    def run(self) -> None:
        """Walk to the pixels or the end."""
        file = self.file
        at = file.tell()
        while True:
            while self.stack and at >= self.stack[-1][0]:
                self._pop()
            head = file.read(8)
            if len(head) < 8:
                return
            self.found.elements += 1
            if self.found.elements > ELEMENTS:
                raise Unreadable(f"{self.name}: holds more elements than any image has")
            at = self._step(head, at + 8)
            if at < 0:
                return
            file.seek(at)

    def _pop(self) -> None:
        self.depth -= self.stack.pop()[1]

    def _number(self, data: bytes) -> int:
        return int.from_bytes(data, "little" if self.order == "little" else "big")

    def _step(self, head: bytes, at: int) -> int:
        """Return where what follows an element's first eight bytes goes on; below 0 at the end."""
        tag = head[:4]
        if self.order == "big":
            tag = tag[1::-1] + tag[:1:-1]
        if tag == _ITEM:
            length = self._number(head[4:])
            if self.stack and self.stack[-1][3]:  # a fragment of encapsulated pixels
                return at + length
            end = float("inf") if length == _UNDEFINED else at + length
            self.stack.append((end, False, self._is_implicit(), False))
            return at
        if tag in (_ITEM_END, _SEQUENCE_END):
            if self.stack:
                self._pop()
            return at
        kind = b"" if self._is_implicit() else head[4:6]
        if kind and not (kind.isalpha() and kind.isupper()):
            kind = b""  # the parser takes such an element for an implicit one
        if not kind:
            length = self._number(head[4:])
        elif kind in _LONG:
            length, at = self._number(self.file.read(4)), at + 4
        else:
            length = self._number(head[6:])
        if not self.stack:
            if tag in _PIXELS:
                return -1
            self._note_order(tag)
        if kind == b"SQ" or length == _UNDEFINED:
            return self._open(kind, length, at, tag in _PIXELS)
        if at + length > self.size:
            raise Unreadable(f"{self.name}: is damaged: an element is longer than the file")
        if length > LARGEST:
            raise Unreadable(f"{self.name}: is damaged: an element is longer than any is")
        return at + length

    def _is_implicit(self) -> bool:
        return self.stack[-1][2] if self.stack else self.implicit

    def _open(self, kind: bytes, length: int, at: int, pixels: bool) -> int:
        if length == _UNDEFINED and not pixels and kind not in (b"", b"SQ", b"UN"):
            raise Unreadable(f"{self.name}: is damaged: an element does not say how long it is")
        if length != _UNDEFINED and at + length > self.size:
            raise Unreadable(f"{self.name}: is damaged: an element is longer than the file")
        self.depth += 1
        if self.depth > NESTED:
            raise Unreadable(f"{self.name}: nests sequences more than {NESTED} deep")
        end = float("inf") if length == _UNDEFINED else at + length
        # PS3.5 6.2.2: an unknown one of undefined length is implicit inside.
        self.stack.append((end, True, self._is_implicit() or kind == b"UN", pixels))
        return at

    def _note_order(self, tag: bytes) -> None:
        key = tag[1::-1] + tag[:1:-1]
        if key <= self.found._last:
            self.found.repeated = True
        self.found._last = key
