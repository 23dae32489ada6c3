from __future__ import annotations

from pathlib import Path

import pytest

from etl.datasets import CommittedRun


@pytest.fixture(scope="module")
def output(committed: CommittedRun) -> Path:
    return committed.folder.parents[1]
