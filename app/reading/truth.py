"""The sealed truth: what the key file holds, and the commitments to it in the protocol.

Nothing here is imported by the reading process (import-linter keeps it so).
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from app.reading.canonical import canonical, loads
from app.reading.crypt import KEY_COST, unwrapped, wrapped

FORMAT = 1
ROLES = ("test", "training", "repeat")
SHORTEST = 12  #: letters of a passphrase


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseTruth:
    """The truth of one case; `salt`, 256 random bits, keeps its commitment from being guessed."""

    id: str
    generated: bool
    arm: str  #: "real" or the name of a generated arm
    origin: str  #: file name, or the recipe as JSON
    view: str  #: such as CC, or "exam"
    side: str
    role: str  #: test, training, or repeat of the case `repeats`
    repeats: str
    image: str  #: SHA-256 of the stimulus
    salt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """All that is sealed: truth, seed of the orders, key of the pictures, private design."""

    reading: str
    seed: str
    content_key: str
    private: dict[str, Any]
    private_salt: str
    cases: tuple[CaseTruth, ...]

    def by_id(self) -> dict[str, CaseTruth]:
        """Return the cases by id."""
        return {case.id: case for case in self.cases}


def leaf(case: CaseTruth) -> bytes:
    """Return the commitment to one case."""
    return sha256(b"\0mammoscope case\0" + canonical(asdict(case))).digest()


def merkle_root(leaves: Sequence[bytes]) -> str:
    """Return the root over leaves, kept apart from nodes as in RFC 6962; an odd one goes up."""
    level = list(leaves)
    while len(level) > 1:
        pairs = [level[at : at + 2] for at in range(0, len(level), 2)]
        level = [sha256(b"\1" + b"".join(p)).digest() if len(p) == 2 else p[0] for p in pairs]
    return level[0].hex() if level else sha256(b"").hexdigest()


def root_of(cases: Sequence[CaseTruth]) -> str:
    """Return the root over the commitments to cases, sorted by id."""
    return merkle_root([leaf(case) for case in sorted(cases, key=lambda c: c.id)])


def seed_commitment(seed: str) -> str:
    """Return the commitment to the seed of the orders, itself 256 random bits."""
    return sha256(b"\0mammoscope seed\0" + seed.encode()).hexdigest()


def private_commitment(private: dict[str, Any], salt: str) -> str:
    """Return the commitment to the part of the design that readers must not see."""
    return sha256(b"\0mammoscope private\0" + salt.encode() + canonical(private)).hexdigest()


def check_passphrase(passphrase: str) -> None:
    """Raise ValueError when a passphrase is too short to protect the key."""
    if len(passphrase.strip()) < SHORTEST:
        raise ValueError(f"the passphrase has fewer than {SHORTEST} letters; use several words")


def key_bytes(key: Key, passphrase: str) -> bytes:
    """Return a key file's bytes, encrypted to a passphrase; ValueError when it is too short."""
    check_passphrase(passphrase)
    sealed = wrapped(passphrase, canonical(asdict(key)), key.reading, KEY_COST)
    return canonical({"format": FORMAT, "reading": key.reading, "locked": sealed})


def read_key(path: Path, passphrase: str) -> Key:
    """Return the key of a file; ValueError when file or passphrase is wrong."""
    table = loads(path.read_bytes(), path.name)
    if not isinstance(table, dict) or table.get("format") != FORMAT or "locked" not in table:
        raise ValueError(f"{path.name}: is no key file of format {FORMAT}")
    if canonical(table) != path.read_bytes():
        raise ValueError(f"{path.name}: damaged: not as it was written")
    try:
        plain = unwrapped(passphrase, table["locked"], str(table["reading"]))
    except ValueError:
        raise ValueError(f"{path.name}: damaged, or the passphrase is wrong") from None
    raw = loads(plain, path.name)
    raw["cases"] = tuple(CaseTruth(**case) for case in raw["cases"])
    return Key(**raw)
