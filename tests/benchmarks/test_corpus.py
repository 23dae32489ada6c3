from __future__ import annotations

import csv
import re
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from benchmarks.corpus import Corpus, Spec, prepare
from benchmarks.material import clauses
from benchmarks.pages import Press

CLAUSES = [f"第{number}号桥的两岸" for number in "一二三四五六七八九十百千万甲乙丙丁戊己庚辛壬癸"]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    mix = {"utf-8": 0.4, "gb18030": 0.2, "big5": 0.2, "utf-16": 0.2}
    return prepare(Spec("small", megabytes=0.3, mix=mix), CLAUSES, tmp_path_factory.mktemp("corpora"))


def texts(corpus: Corpus) -> dict[str, str]:
    table = pq.read_table(corpus.texts)
    return dict(zip(table["id"].to_pylist(), table["text"].to_pylist(), strict=True))


def test_a_corpus_has_the_size_that_was_asked_for(corpus: Corpus) -> None:
    assert 0.3 <= corpus.megabytes < 0.35
    assert len(list(corpus.pages.rglob("*.txt"))) == corpus.documents == len(texts(corpus))
    assert sum(path.stat().st_size for path in corpus.pages.rglob("*.txt")) == corpus.raw_megabytes * 1e6


def test_every_page_is_its_text_in_some_encoding(corpus: Corpus) -> None:
    for name, text in texts(corpus).items():
        data = (corpus.pages / name).read_bytes()
        readings = [data.decode(codec, "replace") for codec in ("utf-8-sig", "gb18030", "big5", "utf-16", "utf-16-le")]
        lost_byte = any(re.sub("�+", "", reading)[:50] == text[:50] for reading in readings)
        assert text in readings or lost_byte, name


def test_a_corpus_of_the_same_seed_is_the_same(corpus: Corpus, tmp_path: Path) -> None:
    mix = {"utf-8": 0.4, "gb18030": 0.2, "big5": 0.2, "utf-16": 0.2}
    again = prepare(Spec("small", megabytes=0.3, mix=mix), CLAUSES, tmp_path)
    for path in again.pages.rglob("*.txt"):
        assert path.read_bytes() == (corpus.pages / path.relative_to(again.pages)).read_bytes()


def test_a_corpus_is_made_once(corpus: Corpus) -> None:
    before = corpus.texts.stat().st_mtime_ns
    mix = {"utf-8": 0.4, "gb18030": 0.2, "big5": 0.2, "utf-16": 0.2}
    assert prepare(Spec("small", megabytes=0.3, mix=mix), CLAUSES, corpus.folder.parent) == corpus
    assert corpus.texts.stat().st_mtime_ns == before


def test_a_corpus_can_be_so_many_files(tmp_path: Path) -> None:
    assert prepare(Spec("files", files=12), CLAUSES, tmp_path).documents == 12


def test_a_corpus_that_was_made_otherwise_is_made_anew(tmp_path: Path) -> None:
    prepare(Spec("files", files=12), CLAUSES, tmp_path)
    assert prepare(Spec("files", files=3), CLAUSES, tmp_path).documents == 3
    assert len(list((tmp_path / "files").rglob("*.txt"))) == 3


def test_copies_are_on_record(corpus: Corpus) -> None:
    with (corpus.folder / "copies.csv").open(encoding="utf-8") as file:
        copies = list(csv.DictReader(file))
    assert {copy["copy"] for copy in copies} == {"reprint", "near"}
    assert {copy[name] for copy in copies for name in ("id", "copy_of")} <= texts(corpus).keys()


def test_pages_of_a_site_share_its_template() -> None:
    press = Press(CLAUSES, 5)
    pages = [press.page() for _ in range(1_500)]
    by_site: dict[str, list[str]] = {}
    for page in pages:
        by_site.setdefault(page.host, []).append(page.text.splitlines()[0])
    assert len(by_site) > 250
    assert all(len(set(heads)) == 1 for heads in by_site.values())


def test_clauses_come_from_the_samples_where_nothing_else_is_given() -> None:
    found = clauses(None)
    assert len(found) == len(set(found)) > 100
    assert all(4 <= len(clause) <= 30 for clause in found)


def test_a_folder_without_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="holds 0 clauses"):
        clauses(tmp_path)


def test_clauses_come_from_articles_and_journals(tmp_path: Path) -> None:
    (tmp_path / "news" / "gold").mkdir(parents=True)
    (tmp_path / "gbk_real").mkdir()
    numbers = [chr(0x4E00 + place) for place in range(120)]
    (tmp_path / "news" / "gold" / "a.txt").write_text("，".join(f"新桥{name}已经通车" for name in numbers), "utf-8")
    (tmp_path / "gbk_real" / "b.txt").write_bytes("学报的一行在\r\n这里断开。".encode("gb18030"))
    found = clauses(tmp_path)
    assert "新桥一已经通车" in found
    assert "学报的一行在这里断开" in found
