from __future__ import annotations

from threading import current_thread

import pytest

from etl.patterns import keeps_patterns


def test_work_has_one_thread_of_its_own() -> None:
    kept, other = keeps_patterns(current_thread), keeps_patterns(current_thread)
    assert kept() is kept()
    assert len({kept(), other(), current_thread()}) == 3


def test_work_gets_its_arguments_and_raises_what_it_raises() -> None:
    whole = keeps_patterns(int)
    assert whole("z", base=36) == 35
    with pytest.raises(ValueError, match="invalid literal"):
        whole("z")
