"""The window drawn to a file, in a process of its own."""

import os
import subprocess
import sys

import numpy as np
from PIL import Image

SCRIPT = """
import sys
from pathlib import Path
from app import resources
model = Path(sys.argv[2])
resources.default_model = lambda: model
from app.ui import application
protocol = sys.argv.pop() if sys.argv[-1] in resources.protocols() else None
code = application.run(sys.argv[3:], protocol=protocol, step=1, demo=model.is_file(),
                       screenshot=Path(sys.argv[1]), size=(1000, 700))
print("torch" in sys.modules, "pyqtgraph" in sys.modules)
sys.exit(code)
"""


def shot(tmp_path, *arguments):
    return subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path / "a.png"), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
    )


def test_a_screenshot_of_real_and_generated(tmp_path, mammogram_cases, model_file) -> None:
    done = shot(tmp_path, model_file, mammogram_cases[0])
    assert done.returncode == 0, done.stderr
    picture = np.asarray(Image.open(tmp_path / "a.png").convert("RGB"))
    assert picture.shape == (700, 1000, 3)
    mark = (picture == (0xC9, 0xA2, 0x27)).all(axis=2)
    assert mark[350:].any(), "the generated row carries its mark"
    assert not mark[:350].any(), "the real row does not"
    assert picture[:350].max() > 200


def test_a_protocol_for_generated_exams_hangs_one(tmp_path, mammogram_cases, model_file) -> None:
    done = shot(tmp_path, model_file, mammogram_cases[0], "generated")
    assert done.returncode == 0, done.stderr
    picture = np.asarray(Image.open(tmp_path / "a.png").convert("RGB"))
    mark = (picture == (0xC9, 0xA2, 0x27)).all(axis=2)
    assert mark[:350].any(), "all four panes carry the mark"
    assert mark[350:].any()


def test_real_images_alone_never_import_torch(tmp_path, mammogram_cases) -> None:
    done = shot(tmp_path, "no-model", mammogram_cases[0])
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["False", "False"]


def test_what_went_wrong_is_told(tmp_path) -> None:
    (tmp_path / "letter.dcm").write_text("Dear colleague")
    done = shot(tmp_path, "no-model", tmp_path / "letter.dcm")
    assert "letter.dcm" in done.stderr
