"""The version of Mammoscope that runs."""

from importlib.metadata import PackageNotFoundError, version


def release() -> str:
    """Return the version of Mammoscope, or "from a checkout" where it was not installed."""
    try:
        return version("mammoscope")
    except PackageNotFoundError:
        return "from a checkout"
