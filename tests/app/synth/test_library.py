"""Torch's library is there before torch is imported, and is the one torch then uses."""

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import sys
from pathlib import Path
from app.synth.library import load_ahead

def mapped():
    lines = Path("/proc/self/maps").read_text().splitlines()
    return {line.split()[-1] for line in lines if "libtorch_cpu" in line}

assert not mapped()
print(load_ahead(), "torch" in sys.modules)
before = mapped()
import torch
print(len(before), mapped() == before, float(torch.ones(3).sum()), load_ahead())
"""


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="no list of mapped files here")
def test_the_library_is_there_before_torch() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=Path(__file__).parents[3], capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.split("\n")[:2] == ["True False", "1 True 3.0 False"], done.stderr
