"""PySide6 6.12.0 aborts on Python 3.11 after some 5,000 slot calls: the reason for our pin."""

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


def test_ten_thousand_slot_calls_do_not_abort() -> None:
    done = subprocess.run(
        [sys.executable, "-c", CODE], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, "10000"), done.stderr[-500:]
