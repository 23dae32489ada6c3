"""Tasks that are tried again where waiting may help."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.tasks import Task, exponential_backoff

__all__ = ["retried"]

P = ParamSpec("P")
T = TypeVar("T")

FIRST_DELAY_SECONDS = 10


def retried(tries: int, after: type[Exception]) -> Callable[[Callable[P, T]], Task[P, T]]:
    """Make a function a task that is tried again, first 10 seconds later, then after twice as long each time.

    Each delay is as much again at random longer, so that what failed together does not come back together.

    Args:
        tries: how many there are after the first.
        after: the error that may pass; no other is worth another try.
    """

    def may_pass(task: Task[..., Any], task_run: TaskRun, state: State[Any]) -> bool:
        return isinstance(state.result(raise_on_failure=False), after)

    return task(
        cache_policy=NO_CACHE,
        persist_result=False,
        retries=tries,
        retry_delay_seconds=exponential_backoff(backoff_factor=FIRST_DELAY_SECONDS),
        retry_jitter_factor=1,
        retry_condition_fn=may_pass,
    )
