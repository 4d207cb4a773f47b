"""What we build on: no copyleft in the core, no release with a known hole, one locked set."""

import json
import re
import tomllib
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
CORE = [Requirement(line) for line in PROJECT["dependencies"]]

# name, a release that has it, what it is
ADVISORIES = [
    ("pydicom", "3.0.1", "CVE-2026-32711: a DICOMDIR names files outside its folder"),
    ("torch", "2.5.1", "CVE-2025-32434: weights_only loading runs code"),
    ("torch", "2.9.1", "CVE-2026-24747: weights_only loading corrupts memory"),
    ("jinja2", "3.1.5", "CVE-2025-27516: a template leaves its sandbox"),
    ("PySide6-Essentials", "6.12.0", "aborts after 5,000 slot calls on Python 3.11"),
]


def closure() -> dict[str, Requirement]:
    """Return the core dependencies and all that they need, by name."""
    found: dict[str, Requirement] = {}
    waiting = list(CORE)
    while waiting:
        one = waiting.pop()
        name = canonicalize_name(one.name)
        if name in found or (one.marker and not one.marker.evaluate({"extra": ""})):
            continue
        found[name] = one
        waiting += [Requirement(line) for line in distribution(name).requires or ()]
    return found


def licences(name: str) -> list[str]:
    """Return the licences one may choose from, as the package tells them."""
    told = distribution(name).metadata
    expression = told.get("License-Expression") or (told.get("License") or "").split("\n")[0]
    if not expression:
        named = [c.split(" :: ")[-1] for c in told.get_all("Classifier", []) if "License ::" in c]
        expression = " OR ".join(named)
    return re.split(r"\s+OR\s+", expression)


def is_copyleft(licence: str) -> bool:
    """Say whether a licence is the GPL or the AGPL; the LGPL, which Qt has, is neither."""
    words = licence.replace("Lesser General Public", "LGPL")
    return bool(re.search(r"\bA?GPL|General Public License", words))


@pytest.mark.parametrize("name", sorted(closure()))
def test_the_core_can_be_had_without_gpl(name):
    choice = licences(name)
    assert any(choice), f"{name} tells no licence"
    assert not all(map(is_copyleft, choice)), f"{name}: {choice}"


def test_what_copyleft_is():
    refused = ["GPL-3.0-only", "AGPL-3.0", "GNU General Public License v3 (GPLv3)", "GPLv2+"]
    allowed = ["LGPL-3.0-only", "MIT", "GNU Lesser General Public License v3 (LGPLv3)"]
    assert all(map(is_copyleft, refused))
    assert not any(map(is_copyleft, allowed))


def test_the_gpl_decoder_stays_out():
    assert "pylibjpeg-libjpeg" not in closure()


def locked() -> dict[str, tuple[str, str]]:
    """Return version and hash of each line of the locked set."""
    found = {}
    for line in (ROOT / ".ci" / "constraints.txt").read_text("utf-8").splitlines():
        parts = re.fullmatch(r"([^=#]+)==(\S+)(?: --hash=sha256:(\w{64}))?", line)
        if parts is None:
            assert line.startswith("# ")
            continue
        name, version, mark = parts.groups()
        found[canonicalize_name(name)] = (version, mark or "")
    return found


@pytest.mark.parametrize(("name", "release", "what"), ADVISORIES)
def test_no_release_with_a_known_hole_is_allowed(name, release, what):
    (asked,) = [r for r in CORE if canonicalize_name(r.name) == canonicalize_name(name)]
    assert not asked.specifier.contains(release), what
    assert asked.specifier.contains(distribution(name).version.split("+")[0])


def test_the_locked_set_is_whole_hashed_and_allowed():
    found = locked()
    assert [name for name, (_, mark) in found.items() if not mark] == ["torch"]
    asked = [Requirement(line) for line in (*PROJECT["optional-dependencies"]["test"], "hatchling")]
    for one in [*closure().values(), *asked]:
        version, _ = found[canonicalize_name(one.name)]
        assert one.specifier.contains(version), one
    for one in CORE:
        assert one.specifier.contains(found[canonicalize_name(one.name)][0]), one


def test_the_security_page_quotes_the_last_run():
    folder = ROOT / "resources" / "guide"
    text = (folder / "12-security.md").read_text("utf-8")
    told = json.loads((folder / "security.json").read_text("utf-8"))
    text = " ".join(text.split())
    assert f"Of {sum(told['kinds'].values())} damaged DICOM files" in text
    for words in ("{refused} were refused", "{opened} opened", "{cautioned} opened with a caution"):
        assert words.format(**told) in text
    assert f"{told['crashed']} ended the process that opened them" in text
    assert f"{told['silently different']} showed something else" in text
    assert (
        f"slowest took {told['slowest_s']} s, the largest process {told['child_MiB']} MiB" in text
    )
    training = told["trainings"]
    for words in (
        "killed {kills at each} times at each of the {steps} steps of writing a checkpoint",
        "stopped {stops} times: {lost} checkpoints were lost, and {other weights} runs ended",
    ):
        assert words.format(**training) in text
    reading = told["readings"]
    for words in (
        "killed {kills of the window} times while {answers} answers were given",
        "the store beneath it {kills of the store} times; {power failures} losses of power",
        "{amid answers} of them in the middle of an answer",
        "{full disks} disks were full",
        "Of the confirmed answers {lost} were lost and {doubled} doubled",
    ):
        assert words.format(**reading) in text
    days = told["days"]
    for words in (
        "{flips} flips through exams, {trials} trials of a reading and {generations} generated",
        "closed {closes} times at random moments, {amid work} of them amid work",
        "after {slowest close_s} s at most",
    ):
        assert words.format(**days) in text
    assert "at most {}, {} and {} MiB".format(*days["growth_MiB"]) in text
