import pytest

from app import resources


def test_folders_are_found_in_the_checkout():
    assert (resources.folder("protocols") / "screening-4up.toml").is_file()


def test_a_wheel_keeps_them_inside_the_package(tmp_path, monkeypatch):
    (tmp_path / "app" / "_resources" / "protocols").mkdir(parents=True)
    (tmp_path / "resources" / "protocols").mkdir(parents=True)
    monkeypatch.setattr(resources, "__file__", str(tmp_path / "app" / "resources.py"))
    assert resources.folder("protocols") == tmp_path / "app" / "_resources" / "protocols"


def test_what_is_absent_is_said():
    with pytest.raises(FileNotFoundError, match="resources/nothing is missing"):
        resources.folder("nothing")
