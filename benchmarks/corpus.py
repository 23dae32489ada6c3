"""Corpora to measure with: folders of pages in mixed encodings, and the same texts for tools that decode nothing."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from random import Random

import opencc
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.pages import Page, Press

__all__ = ["MIX", "Corpus", "Spec", "prepare"]

GENERATOR = 1
"""Version of what is generated; a corpus of another version is made anew."""

MIX = {"utf-8": 0.90, "gb18030": 0.08, "big5": 0.01, "utf-16": 0.01}
"""Shares of pages by encoding."""

BOM_SHARE, LOST_BYTE_SHARE = 0.02, 0.01
"""Shares of the UTF-8 pages that begin with a byte-order mark, and that lack one byte."""

TEXTS_A_GROUP = 4_096
"""Rows a row group of the text file, some 13 MB: what a reader holds at a time."""

TEXTS = pa.schema([("id", pa.string()), ("text", pa.string())])


@dataclass(frozen=True)
class Spec:
    """What a corpus is to be; the first limit that is reached ends it.

    Attributes:
        name: of its folder.
        megabytes: 10^6 bytes of text as UTF-8.
        files: pages.
        mix: shares of pages by encoding.
        seed: of all that is drawn.
    """

    name: str
    megabytes: float = float("inf")
    files: int = 2**62
    mix: Mapping[str, float] = field(default_factory=lambda: MIX)
    seed: int = 1


@dataclass(frozen=True)
class Corpus:
    """A corpus on disk.

    Attributes:
        folder: holds `pages/`, `text.parquet` (id, text) and `copies.csv` (id, copy_of, copy).
        documents: pages.
        megabytes: 10^6 bytes of text as UTF-8, in which speed is stated.
        raw_megabytes: 10^6 bytes on disk.
    """

    folder: Path
    documents: int
    megabytes: float
    raw_megabytes: float

    @property
    def pages(self) -> Path:
        """The folder of pages."""
        return self.folder / "pages"

    @property
    def texts(self) -> Path:
        """The decoded texts."""
        return self.folder / "text.parquet"


def prepare(spec: Spec, clauses: list[str], work: Path) -> Corpus:
    """Make a corpus, or find the one that was made before.

    Args:
        spec: what it is to be.
        clauses: what its pages are written with.
        work: folder of corpora.
    """
    folder = work / spec.name
    wanted = json.loads(json.dumps(asdict(spec) | {"generator": GENERATOR, "clauses": len(clauses)}))
    facts = folder / "corpus.json"
    if facts.is_file():
        found = json.loads(facts.read_text(encoding="utf-8"))
        if found["spec"] == wanted:
            return Corpus(folder, *found["size"])
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    size = _write(spec, Press(clauses, spec.seed), folder)
    facts.write_text(json.dumps({"spec": wanted, "size": size}), encoding="utf-8")
    return Corpus(folder, *size)


def _write(spec: Spec, press: Press, folder: Path) -> tuple[int, float, float]:
    pages, raw, plain, group, names = folder / "pages", 0, 0, [], []
    with (
        pq.ParquetWriter(folder / "text.parquet", TEXTS, compression="zstd", compression_level=1) as texts,
        (folder / "copies.csv").open("w", encoding="utf-8", newline="") as copies,
    ):
        table = csv.writer(copies)
        table.writerow(["id", "copy_of", "copy"])
        for number, (page, text, data) in enumerate(_encoded(press, spec)):
            if number >= spec.files or plain >= spec.megabytes * 1e6:
                break
            names.append(f"{page.host}/{number:07d}.txt")
            path = pages / names[-1]
            if not path.parent.exists():
                path.parent.mkdir(parents=True)
            path.write_bytes(data)
            raw, plain = raw + len(data), plain + len(text.encode())
            if page.copy_of is not None:
                table.writerow([names[-1], names[page.copy_of], page.copy])
            group.append((names[-1], text))
            if len(group) == TEXTS_A_GROUP:
                _flush(texts, group)
        _flush(texts, group)
    return len(names), plain / 1e6, raw / 1e6


def _flush(texts: pq.ParquetWriter, group: list[tuple[str, str]]) -> None:
    if group:
        ids, contents = zip(*group, strict=True)
        texts.write_table(pa.table([list(ids), list(contents)], schema=TEXTS))
        group.clear()


def _encoded(press: Press, spec: Spec) -> Iterator[tuple[Page, str, bytes]]:
    """Pages without end, each with its text and its bytes."""
    random = Random(spec.seed)
    names, shares = list(spec.mix), list(spec.mix.values())
    encoders: dict[str, Callable[[str], tuple[str, bytes]]] = {
        "utf-8": partial(_utf_8, random),
        "gb18030": lambda text: (text, text.encode("gb18030")),
        "big5": partial(_big5, opencc.OpenCC("s2t")),
        "utf-16": partial(_utf_16, random),
    }
    for _ in count():
        page = press.page()
        yield (page, *encoders[random.choices(names, shares)[0]](page.text))


def _utf_8(random: Random, text: str) -> tuple[str, bytes]:
    data, draw = text.encode(), random.random()
    if draw < BOM_SHARE:
        return text, b"\xef\xbb\xbf" + data
    if draw < BOM_SHARE + LOST_BYTE_SHARE:
        place = random.randrange(len(data))
        return text, data[:place] + data[place + 1 :]
    return text, data


def _big5(converter: opencc.OpenCC, text: str) -> tuple[str, bytes]:
    data = converter.convert(text).encode("big5", errors="ignore")
    return data.decode("big5"), data


def _utf_16(random: Random, text: str) -> tuple[str, bytes]:
    """Little end first with and without a byte-order mark, or big end first with one."""
    draw = random.randrange(3)
    if draw == 0:
        return text, b"\xfe\xff" + text.encode("utf-16-be")
    return text, (b"\xff\xfe" if draw == 1 else b"") + text.encode("utf-16-le")
