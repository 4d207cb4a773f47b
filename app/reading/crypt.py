"""Encryption by the library `cryptography`: Argon2id (RFC 9106), ChaCha20-Poly1305 (RFC 8439)."""

import base64
import os
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

NONCE = 12
TAG = 16
#: RFC 9106 section 4, second recommended option, with 256 MiB in place of 64 MiB for the key.
KEY_COST = {"iterations": 3, "lanes": 4, "memory_kib": 256 * 1024}
CODE_COST = {"iterations": 3, "lanes": 4, "memory_kib": 64 * 1024}
#: Costs a file may ask for; more would only stall the machine that opens it.
MOST = {"iterations": 16, "lanes": 16, "memory_kib": 2 * 1024 * 1024}


def locked(key: bytes, plain: bytes, about: bytes) -> bytes:
    """Return nonce and authenticated ciphertext of plain; `about` is bound to it, not stored."""
    nonce = os.urandom(NONCE)
    return nonce + ChaCha20Poly1305(key).encrypt(nonce, plain, about)


def unlocked(key: bytes, data: bytes, about: bytes) -> bytes:
    """Return what `locked` was given; ValueError when key, data or `about` are not those."""
    try:
        return ChaCha20Poly1305(key).decrypt(data[:NONCE], data[NONCE:], about)
    except (InvalidTag, ValueError):
        raise ValueError("damaged, or opened with the wrong key") from None


def _derived(secret: str, salt: bytes, cost: dict[str, int]) -> bytes:
    return Argon2id(
        salt=salt,
        length=32,
        iterations=cost["iterations"],
        lanes=cost["lanes"],
        memory_cost=cost["memory_kib"],
    ).derive(secret.encode())


def wrapped(secret: str, plain: bytes, about: str, cost: dict[str, int]) -> dict[str, Any]:
    """Return plain locked under a passphrase or code, as a JSON table."""
    salt = os.urandom(16)
    data = locked(_derived(secret, salt, cost), plain, about.encode())
    return {
        "kdf": "argon2id",
        **cost,
        "salt": salt.hex(),
        "cipher": "chacha20-poly1305",
        "data": base64.b64encode(data).decode(),
    }


def unwrapped(secret: str, table: dict[str, Any], about: str) -> bytes:
    """Return what `wrapped` was given; ValueError when the secret or the table is wrong."""
    try:
        cost = {name: int(table[name]) for name in KEY_COST}
        salt, data = bytes.fromhex(table["salt"]), base64.b64decode(table["data"], validate=True)
        known = (table["kdf"], table["cipher"]) == ("argon2id", "chacha20-poly1305")
    except (KeyError, TypeError, ValueError):
        raise ValueError("damaged: not a locked table") from None
    if not known or not all(0 < cost[name] <= MOST[name] for name in cost) or len(salt) < 8:
        raise ValueError("damaged: its cost or cipher is none of ours")
    try:
        key = _derived(secret, salt, cost)
    except ValueError:
        raise ValueError("damaged: its cost can't be met") from None
    return unlocked(key, data, about.encode())
