"""Hanging protocols to choose from: those that come with Mammoscope, and the user's own.

The user's lie in the folder `protocols` beside his settings, one TOML file each. One that can't be
read is left out and said in a sentence; the others work.
"""

import re
from dataclasses import replace
from pathlib import Path

import tomli_w

from app import resources, settings
from app.core.protocol import Protocol
from app.core.protocol_file import parse_protocol, protocol_table


def folder() -> Path:
    """Return where the user's protocols are kept."""
    return settings.folder() / "protocols"


def own() -> tuple[dict[str, Protocol], list[str]]:
    """Return the user's protocols by id, and a sentence for each file left out."""
    found: dict[str, Protocol] = {}
    troubles = []
    try:
        paths = sorted(folder().glob("*.toml"))
    except OSError as error:
        return found, [f"{folder().name}: can't be read ({error.strerror})"]
    for path in paths:
        try:
            found[path.stem] = read(path)
        except ValueError as error:
            troubles.append(str(error))
    return found, troubles


def read(path: Path) -> Protocol:
    """Return the protocol of one of the user's files; ValueError says what is wrong with it."""
    try:
        protocol = parse_protocol(path.read_text(encoding="utf-8"), path.name)
    except UnicodeDecodeError:
        raise ValueError(f"{path.name}: not TOML: it is not UTF-8 text") from None
    except OSError as error:
        raise ValueError(f"{path.name}: can't be read ({error.strerror})") from None
    if protocol.id != path.stem:
        raise ValueError(f"{path.name}: 'id' is {protocol.id!r}; it must be the file's name")
    if protocol.id in resources.protocols():
        raise ValueError(f"{path.name}: 'id' is that of a protocol of Mammoscope; choose another")
    return protocol


def every() -> dict[str, Protocol]:
    """Return all protocols by id in order of their numbers; the user's after Mammoscope's."""
    both = {**resources.protocols(), **own()[0]}
    ours = set(resources.protocols())
    order = sorted(both, key=lambda i: (both[i].number or 100, i not in ours, i))
    return {identity: both[identity] for identity in order}


def protocol(identity: str) -> Protocol:
    """Return the protocol of that id; ValueError lists the ids there are, and wrong files."""
    known = every()
    if identity in known:
        return known[identity]
    wrong = "".join(f"; {trouble}" for trouble in own()[1])
    raise ValueError(f"no hanging protocol '{identity}'; there are {', '.join(known)}{wrong}")


def check(protocol: Protocol) -> str:
    """Return a protocol as the text of its file; ValueError says why it would not be read."""
    if not protocol.title.strip():
        raise ValueError("A protocol needs a title")
    names = [step.name.strip() for step in protocol.steps]
    if "" in names:
        raise ValueError(f"Step {names.index('') + 1} needs a name")
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ValueError(f"Two steps are named '{twice}'; each needs a name of its own")
    several = [s for s in protocol.selectors.values() if (s.variant or 1) > 1]
    if several and protocol.generate == "none":
        raise ValueError(
            f"{several[0].name} asks for generated exam {several[0].variant}: choose what several "
            "generated exams are, next seeds or a direction swept"
        )
    text = tomli_w.dumps(protocol_table(protocol))
    parse_protocol(text, f"{protocol.id}.toml")
    return text


def save(protocol: Protocol) -> Path:
    """Write one of the user's protocols and return its file; ValueError when it can't be."""
    path = folder() / f"{protocol.id}.toml"
    if protocol.id in resources.protocols():
        raise ValueError(f"'{protocol.id}' is a protocol of Mammoscope; save it under another name")
    text = check(protocol)
    try:
        settings.write(path, text)
    except OSError as error:
        raise ValueError(f"{path.name}: can't be written ({error.strerror})") from None
    return path


def delete(identity: str) -> None:
    """Delete one of the user's protocols; ValueError when there is none of that id."""
    path = folder() / f"{identity}.toml"
    try:
        path.unlink()
    except OSError as error:
        raise ValueError(f"{path.name}: can't be deleted ({error.strerror})") from None


def free_id(title: str, keep: str = "") -> str:
    """Return an id made of a title that no protocol has yet, but the one whose id is `keep`."""
    base = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") or "protocol"
    known = {*resources.protocols(), *(p.stem for p in folder().glob("*.toml") if p.stem != keep)}
    number = 1
    while (identity := base if number == 1 else f"{base}-{number}") in known:
        number += 1
    return identity


def copy_of(protocol: Protocol) -> Protocol:
    """Return a copy under a title and an id of its own, without its number."""
    title = f"{protocol.title} (copy)"
    return replace(protocol, id=free_id(title), title=title, number=0)
