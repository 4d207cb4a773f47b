"""What the process is told: seen from the system, in a process of its own."""

import subprocess
import sys

import pytest

STORY = """
import resource, sys
import numpy as np
from app.ui import process

def faults(rounds):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(rounds):
        parts = [np.empty(3 << 20, np.uint8) for _ in range(6)]  # what a frame takes
        for part in parts:
            part[::4096] = 1
        del parts, part
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

if sys.argv[1] == "tuned":
    process.tune()
faults(2)
print(faults(20))
"""


def faults(how: str) -> int:
    done = subprocess.run(
        [sys.executable, "-c", STORY, how], capture_output=True, text=True, check=True
    )
    return int(done.stdout)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="counts what glibc does")
def test_memory_of_a_frame_is_fetched_once() -> None:
    assert faults("tuned") < 200 < faults("plain")
