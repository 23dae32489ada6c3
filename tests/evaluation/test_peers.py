"""The other tools, played by stand-ins: whether they are installed here does not matter."""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from etl.evaluation import peers


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> Any:
    def put(name: str, **functions: Any) -> None:
        module = ModuleType(name)
        module.__spec__ = ModuleSpec(name, loader=None)
        module.__dict__.update(functions)
        monkeypatch.setitem(sys.modules, name, module)

    return put


def fail(*_: Any, **__: Any) -> Any:
    raise ValueError("the tool gives up")


def test_a_tool_that_is_not_installed_is_left_out() -> None:
    assert peers.installed({"none": ("no_such_module_at_all", fail), "json": ("json", fail)}) == {"json": fail}


def test_figures_come_with_versions() -> None:
    assert peers.versions(["ftfy", "no-such-tool"])[1] == "no-such-tool of an unknown version"
    assert peers.versions(["ftfy"])[0].split()[1][0].isdigit()


def test_extractors_give_the_article(stand_in: Any) -> None:
    stand_in("readability", Document=lambda html: SimpleNamespace(summary=lambda: f"<p>{html}</p>"))
    stand_in("lxml")
    stand_in("lxml.html", fromstring=lambda html: SimpleNamespace(text_content=lambda: html.strip("</p>")))
    stand_in("trafilatura", extract=lambda html: html)
    stand_in("resiliparse")
    stand_in("resiliparse.extract")
    stand_in("resiliparse.extract.html2text", extract_plain_text=lambda html, main_content: html)
    texts = [SimpleNamespace(text="文", is_boilerplate=False), SimpleNamespace(text="菜单", is_boilerplate=True)]
    stand_in("justext", justext=lambda *_, **__: texts)
    stand_in("gne", GeneralNewsExtractor=lambda: SimpleNamespace(extract=lambda html: {"content": html}))
    found = {tool: extract("文") for tool, extract in peers.extractors().items()}
    assert found == dict.fromkeys(["readability", "trafilatura", "resiliparse", "jusText", "GNE"], "文")


def test_a_tool_that_fails_found_nothing(stand_in: Any) -> None:
    stand_in("trafilatura", extract=fail)
    stand_in("gne", GeneralNewsExtractor=fail)
    stand_in("chardet", detect=lambda data: {"encoding": None})
    assert peers.extractors()["trafilatura"]("文") == ""
    assert peers.readers()["GNE"]("文") == {"title": "", "published": "", "author": ""}
    assert peers.detectors()["chardet"](b"\x80") is None


def test_a_reader_gives_our_names(stand_in: Any) -> None:
    said = {"title": "新桥开通", "publish_time": "2024-05-06", "author": None}
    stand_in("gne", GeneralNewsExtractor=lambda: SimpleNamespace(extract=lambda html: said))
    assert peers.readers()["GNE"]("") == {"title": "新桥开通", "published": "2024-05-06", "author": ""}


def test_detectors_and_repairers_give_text(stand_in: Any) -> None:
    stand_in("chardet", detect=lambda data: {"encoding": "gbk"})
    assert peers.detectors()["chardet"]("新桥".encode("gbk")) == "新桥"
    assert peers.detectors()["charset-normalizer"](b"plain words in plain letters") == "plain words in plain letters"
    assert peers.repairers()["ftfy"]("schÃ¶n") == "schön"
