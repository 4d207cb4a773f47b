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


def test_a_page_stands_alone_and_escapes_what_it_is_given(tmp_path, monkeypatch):
    for shipped in resources.folder("report").iterdir():
        (tmp_path / shipped.name).write_bytes(shipped.read_bytes())
    (tmp_path / "mine.html").write_text(
        '{% extends "base.html" %}{% from "charts.html" import histogram, shares %}'
        "{% block title %}{{ name }}{% endblock %}"
        '{% block content %}{{ histogram([("a", [1, 3])], 0, 1, "grey") }}'
        '{{ shares("views", {"CC": 2, "": 1}) }}{% endblock %}'
    )
    monkeypatch.setattr(resources, "folder", lambda name: tmp_path)
    page = resources.page("mine.html", name="<script>")
    assert "&lt;script&gt;" in page
    assert "<script" not in page
    assert "http" not in page
    assert "75 %" in page  # of the two bars the higher holds 3 of 4
    assert "not known" in page
