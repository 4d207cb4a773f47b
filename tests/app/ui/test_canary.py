"""What PySide6 does wrong, without any code of ours: each test tells what we do about it."""

import os
import subprocess
import sys

CODE = """
from PySide6.QtCore import QCoreApplication, QObject, Signal, Slot
app = QCoreApplication([])
class Teller(QObject):
    told = Signal(object, str, object)
class Listener(QObject):
    count = 0
    @Slot(object, str, object)
    def hear(self, a, b, c):
        self.count += 1
teller, listener = Teller(), Listener()
teller.told.connect(listener.hear)
for n in range(10_000):
    teller.told.emit(object(), "x", (n, [n]))
print(listener.count)
"""


CHILDREN = """
import gc, sys
from PySide6.QtWidgets import QApplication, QWidget
app = QApplication([])
window = QWidget()
def once():
    QWidget(window).setParent(None)
for _ in range(20):
    once()
gc.collect()
before = sys.getrefcount(None)
for _ in range(500):
    once()
gc.collect()
print(sys.getrefcount(None) - before)
"""


def test_ten_thousand_slot_calls_do_not_abort() -> None:
    """6.12.0 aborts on Python 3.11 after some 5,000: the reason for our pin."""
    done = subprocess.run(
        [sys.executable, "-c", CODE], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, "10000"), done.stderr[-500:]


def test_a_child_taken_out_leaves_references_to_none() -> None:
    """Why a long day counts more of them (test_long_days.py): harmless, were it never too few."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [sys.executable, "-c", CHILDREN],
        env=environment, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert 0 <= int(done.stdout) <= 500 * 3, "PySide6 gives back more than it takes"
