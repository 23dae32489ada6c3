"""Encodings: find out which one bytes are in, decode them, and keep the way back.

- `plain`: documents that need no closer look, as columns; `validity`: which are UTF-8; `ordinary`: which texts are.
- `decoding`: one document from bytes to text: the order of the evidence, on one screen.
- `recognition`: the common codecs, many documents at once.
- `candidates`: which codec's reading takes the fewest bits.
- `model`, `classes`: how many bits a text takes, from counts of characters.
- `codecs`: the codecs that are tried; `cns`: two that Python lacks.
- `damage`: the reading of a damaged text that loses least.
- `mojibake`: undo a wrong reading that was saved.
- `accounts`: what the text does not say about its bytes, and how to rebuild them.
"""

from etl.charsets.accounts import AMBIGUOUS, DAMAGED, Remnant
from etl.charsets.decoding import DecodedText, Refusal, decode_all, decode_bytes, rebuild_bytes
from etl.charsets.plain import read_plain

__all__ = [
    "AMBIGUOUS", "DAMAGED", "DecodedText", "Refusal", "Remnant", "decode_all", "decode_bytes", "read_plain",
    "rebuild_bytes",
]  # fmt: skip
