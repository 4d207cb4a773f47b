"""One way to write a value as bytes, and the hashes and codes made of them."""

import hashlib
import json
from typing import Any

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  #: Crockford's base 32: no I, L, O, U to misread
CODE_BITS = 80


def canonical(value: Any) -> bytes:
    """Return JSON of a value with sorted keys, no spaces, in UTF-8 (as RFC 8785, without floats).

    AssertionError for floats: they have more than one spelling. Write them as text.
    """
    _no_floats(value)
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def _no_floats(value: Any) -> None:
    assert not isinstance(value, float), f"float {value!r} in what is hashed"
    if isinstance(value, dict):
        for key, inner in value.items():
            assert isinstance(key, str), key
            _no_floats(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            _no_floats(inner)


def sha256(*parts: bytes) -> str:
    """Return the SHA-256 of the parts joined, hexadecimal."""
    return hashlib.sha256(b"".join(parts)).hexdigest()


def code_of(data: bytes) -> str:
    """Return the first 80 bits of data, at least 10 bytes, as XXXX-XXXX-XXXX-XXXX."""
    number = int.from_bytes(data[: CODE_BITS // 8])
    letters = [ALPHABET[number >> shift & 31] for shift in range(CODE_BITS - 5, -1, -5)]
    return "-".join("".join(letters[at : at + 4]) for at in range(0, len(letters), 4))


def plain_code(text: str) -> str:
    """Return a code as typed without dashes and spaces, letters that are misread put right."""
    kept = "".join(c for c in text.upper() if c.isalnum())
    return kept.replace("O", "0").replace("I", "1").replace("L", "1")


def loads(data: bytes, name: str) -> Any:
    """Return the value of JSON bytes; ValueError names the file."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        raise ValueError(f"{name}: damaged: not JSON") from None
