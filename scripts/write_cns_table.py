"""Write the characters of CNS 11643, planes 1 to 3, as `etl.charsets.cns` reads them.

    python scripts/write_cns_table.py src/etl/tables/cns11643.txt

The mapping is the one of the C library's `iconv`, asked code by code; U+FFFD stands where a plane has no character.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PLANES = 3


def plane(number: int) -> str:
    """The 94 times 94 places of a plane."""
    codes = [bytes([0x8E, 0xA0 + number, row, cell]) for row in range(0xA1, 0xFF) for cell in range(0xA1, 0xFF)]
    marked = b"".join(code + b"\n" for code in codes)
    done = subprocess.run(
        ["iconv", "-c", "-f", "EUC-TW", "-t", "UTF-8"], input=marked, capture_output=True, check=False
    )
    lines = done.stdout.decode("utf-8").split("\n")[:-1]
    return "".join(line if len(line) == 1 else "\ufffd" for line in lines)


if __name__ == "__main__":
    planes = [plane(number) for number in range(1, PLANES + 1)]
    Path(sys.argv[1]).write_text("\n".join(planes) + "\n", encoding="utf-8")
