"""What is measured: commands over a corpus."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.corpus import Corpus

__all__ = [
    "DOLMA", "RECIPES", "WORKER_START", "Subject", "etl_command", "pass_through", "peers_of", "pipeline",
    "worker_start", "write_recipes",
]  # fmt: skip

HERE = Path(__file__).parent

DOLMA = "dolma, paragraphs"
"""Name of dolma's Bloom filter, which is compared with one stage of ours, and is given what that stage is given."""

WORKER_START = "a worker's start"
"""Name of what a run over more than a few files pays in its one worker before it begins."""

LEAST_PARAGRAPHS = 250_000
"""What the filter is sized for at least; below, it rounds up to a megabyte and spends its time on needless hashes."""

RECIPES = {
    "exact": '[run]\nstage_text = false\n[duplicates]\nnear_duplicates = "off"\n',
    "exact, stage text": '[duplicates]\nnear_duplicates = "off"\n',
    "near": "[run]\nstage_text = false\n",
    "default": "",
}
"""Recipes of our pipeline, by name: near duplicates or exact ones only, and text in every stage's dataset or not."""


@dataclass(frozen=True)
class Subject:
    """Something to measure.

    Attributes:
        name: what the results call it.
        command: makes the command for a corpus and an output path that does not exist yet.
        ours: whether the output has our reports.
    """

    name: str
    command: Callable[[Corpus, Path], list[str]]
    ours: bool = False


def etl_command() -> str:
    """The command line that is installed beside this Python."""
    return str(Path(sys.executable).with_name("etl"))


def write_recipes(work: Path) -> None:
    """Write `RECIPES` where `pipeline` looks for them."""
    (work / "recipes").mkdir(parents=True, exist_ok=True)
    for name, text in RECIPES.items():
        _recipe(work, name).write_text(text, encoding="utf-8")


def _recipe(work: Path, name: str) -> Path:
    return work / "recipes" / f"{name.replace(', ', '-').replace(' ', '-')}.toml"


def pipeline(work: Path, recipe: str, workers: int = 1) -> Subject:
    """Our pipeline with one of `RECIPES`."""

    def command(corpus: Corpus, output: Path) -> list[str]:
        source, options = str(corpus.pages), str(_recipe(work, recipe))
        return [etl_command(), "run", source, "-o", str(output), "--recipe", options, "--workers", str(workers)]

    name = f"etl, {recipe}" + (f", {workers} workers" if workers > 1 else "")
    return Subject(name, command, ours=True)


def worker_start() -> Subject:
    """What a worker process imports before its first shard; a run over a few small files starts none."""
    return Subject(WORKER_START, lambda corpus, output: [sys.executable, "-c", "import etl.shards"])


def pass_through() -> Subject:
    """Reading the texts from Parquet and writing them back."""
    script = str(HERE / "passthrough.py")
    return Subject("pass-through", lambda corpus, output: [sys.executable, script, str(corpus.texts), str(output)])


def peers_of(environments: Path) -> list[Subject]:
    """The other tools that are installed, each in a folder of its name."""
    found = []
    python, dolma = environments / "datatrove" / "bin" / "python", environments / "dolma" / "bin" / "dolma"
    if python.is_file():
        script = str(HERE / "peers" / "datatrove_pipeline.py")
        found.append(Subject("datatrove", lambda corpus, output: [str(python), script, str(corpus.texts), str(output)]))
    if dolma.is_file():
        found.append(Subject(DOLMA, lambda corpus, output: _dolma(str(dolma), corpus, output)))
    return found


def _dolma(program: str, corpus: Corpus, output: Path) -> list[str]:
    """Dolma's Bloom filter over paragraphs; it writes its findings beside the documents."""
    attributes = corpus.folder / "attributes"
    shutil.rmtree(attributes, ignore_errors=True)
    options = {
        "documents": str(corpus.folder / "documents" / "*.gz"),
        "dedupe.name": "paragraphs",
        "dedupe.paragraphs.attribute_name": "duplicates",
        "bloom_filter.file": str(output),
        "bloom_filter.estimated_doc_count": str(max(corpus.documents * 20, LEAST_PARAGRAPHS)),
        "bloom_filter.desired_false_positive_rate": "1e-6",
        "processes": "1",
    }
    return [
        program,
        "dedupe",
        "--no-bloom_filter.read_only",
        *(part for name, value in options.items() for part in (f"--{name}", value)),
    ]
