"""Files of tensors and facts that cannot be half written, nor read when a byte has changed.

One safetensors file; its metadata holds the facts and a manifest, the SHA-256 of every tensor and
of the facts. `train.checkpoint` writes runs' states with it; `app.synth` reads what they say.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from gan.checkpoint import weights_hash


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sealed:
    """Contents of a sealed file: tensors by name, JSON facts, and one hash over all of it."""

    tensors: Mapping[str, Tensor]
    facts: Mapping[str, Any]
    hash: str


def seal(tensors: Mapping[str, Tensor], facts: Mapping[str, Any]) -> tuple[dict[str, str], str]:
    """Return the manifest, SHA-256 by name, and the SHA-256 over the manifest, hexadecimal."""
    manifest = {name: weights_hash({name: value}) for name, value in tensors.items()}
    manifest["facts"] = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
    whole = hashlib.sha256(json.dumps(manifest, sort_keys=True).encode()).hexdigest()
    return manifest, whole


def write(path: Path, tensors: Mapping[str, Tensor], facts: Mapping[str, Any]) -> str:
    """Write a sealed file, tensors on the CPU; returns its hash, OSError when it can't be done.

    Written beside its place, flushed to disk, re-opened and checked, then renamed: at every
    moment the place holds the whole old file, the whole new one, or nothing.
    """
    beside = path.with_suffix(".part")
    manifest, mark = seal(tensors, facts)
    try:
        _save(dict(tensors), beside, {"facts": json.dumps(facts), "manifest": json.dumps(manifest)})
        with beside.open("rb+") as file:
            os.fsync(file.fileno())
        try:
            whole = read(beside).hash == mark
        except ValueError:
            whole = False
        if not whole:
            raise OSError(f"{path.name}: what was written does not read back as it was")
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    if os.name == "posix":  # elsewhere a folder can't be opened, nor need it be flushed
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    return mark


def _save(tensors: dict[str, Tensor], path: Path, metadata: dict[str, str]) -> None:
    try:
        save_file(tensors, path, metadata=metadata)
    except SafetensorError as error:  # it wraps the system's refusals: disk full, no permission
        raise OSError(f"{path.name}: could not be written ({error})") from error


def read(path: Path) -> Sealed:
    """Return the contents of a sealed file; ValueError when it is damaged or something else."""
    try:
        with safe_open(path, framework="pt") as file:
            meta = file.metadata() or {}
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (not a mapping)
        facts = json.loads(meta.get("facts", "null"))
        manifest = json.loads(meta.get("manifest", "null"))
    except (SafetensorError, ValueError, RecursionError) as error:
        raise ValueError(f"{path.name}: damaged ({error})") from error
    if not isinstance(facts, dict):
        raise ValueError(f"{path.name}: not a checkpoint")
    if manifest is None:
        return _first_format(path, tensors, facts)
    found, mark = seal(tensors, facts)
    wrong = sorted(name for name in {*found, *manifest} if found.get(name) != manifest.get(name))
    if wrong:
        raise ValueError(f"{path.name}: damaged ({', '.join(wrong[:3])} do not match the manifest)")
    return Sealed(tensors=tensors, facts=facts, hash=mark)


def _first_format(path: Path, tensors: dict[str, Tensor], facts: dict[str, Any]) -> Sealed:
    """Return a checkpoint of the first format: one hash, over the tensors alone."""
    if facts.pop("sha256", None) != weights_hash(tensors):
        raise ValueError(f"{path.name}: damaged (its contents do not match its hash)")
    return Sealed(tensors=tensors, facts=facts, hash=seal(tensors, facts)[1])
