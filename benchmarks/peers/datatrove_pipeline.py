"""What datatrove offers of our pipeline, as `python datatrove_pipeline.py TEXTS OUTPUT`, in the peers' environment.

It reads decoded texts, drops lines by the rules of C4 and lines of symbols, removes paragraphs that another document
has too, and composes Unicode with ftfy. It neither decodes nor finds sections, and keeps no books.
"""

import os
import shutil
import sys
from pathlib import Path

os.environ["TQDM_DISABLE"] = "1"

from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.dedup import SentenceDedupFilter, SentenceDedupSignature, SentenceFindDedups
from datatrove.pipeline.dedup.sentence_dedup import SentDedupConfig
from datatrove.pipeline.filters import C4QualityFilter
from datatrove.pipeline.formatters import FTFYFormatter, SymbolLinesFormatter
from datatrove.pipeline.readers import ParquetReader
from datatrove.pipeline.writers import ParquetWriter


def main(texts: str, output: str) -> None:
    """Run the steps one after the other, in one process."""
    shutil.rmtree(output, ignore_errors=True)
    # A paragraph is a line; every line counts, in every document.
    lines = SentDedupConfig(n_sentences=1, split_sentences=False, min_doc_words=0, min_num_sentences=0)
    # The rules about sentences and words suppose English.
    rules = C4QualityFilter(
        filter_no_terminal_punct=False,
        min_num_sentences=-1,
        min_words_per_line=-1,
        filter_curly_bracket=False,
        filter_lorem_ipsum=False,
    )
    found, dropped, clean = (f"{output}/{name}" for name in ("signatures", "duplicates", "clean"))
    steps = {
        "filter": [
            ParquetReader(str(Path(texts).parent), glob_pattern=Path(texts).name),
            rules,
            SymbolLinesFormatter(),
            ParquetWriter(f"{output}/filtered", compression="zstd"),
        ],
        "sign": [ParquetReader(f"{output}/filtered"), SentenceDedupSignature(found, finder_workers=1, config=lines)],
        "find": [SentenceFindDedups(found, dropped, config=lines)],
        "drop": [
            ParquetReader(f"{output}/filtered"),
            SentenceDedupFilter(dropped, config=lines),
            FTFYFormatter(normalization="NFC"),
            ParquetWriter(clean, compression="zstd"),
        ],
    }
    for name, step in steps.items():
        LocalPipelineExecutor(step, tasks=1, workers=1, logging_dir=f"{output}/log/{name}").run()


if __name__ == "__main__":
    main(*sys.argv[1:])
