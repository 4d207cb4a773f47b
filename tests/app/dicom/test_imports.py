"""The package is imported on threads, by whichever asks first."""

import subprocess
import sys

CODE = """
import importlib, sys, threading
names = ["app.dicom.direct", "app.dicom.write", "app.dicom.results"]
start, wrong = threading.Barrier(len(names)), []

def load(name):
    start.wait()
    try:
        importlib.import_module(name)
    except Exception as error:
        wrong.append(f"{name}: {error}")

threads = [threading.Thread(target=load, args=(name,)) for name in names]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
sys.exit("; ".join(wrong) or 0)
"""


def test_threads_that_import_at_once_do_not_meet_half_made_modules():
    """Without care pydicom's circular imports break here every time."""
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
