"""Train the weights of the boilerplate model on labelled pages, and replace those of the package.

    python scripts/train_boilerplate.py FOLDER

docs/evaluation.md tells what FOLDER holds. The weights depend on nothing else. `etl evaluate held-out` measures, on
sites that took no part in it, what the same training is good for.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from etl.boilerplate.model import weights_path
from etl.evaluation.training import load_sample, train


def main() -> None:
    """Train and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="labelled material")
    weights = train(load_sample(parser.parse_args().folder))
    rows = [f'"{name}" = {weight:.3f}' for name, weight in weights.items()]
    head = "# Weights of the boilerplate score, written by scripts/train_boilerplate.py."
    weights_path().write_text("\n".join([head, *rows, ""]), encoding="utf-8")


if __name__ == "__main__":
    main()
