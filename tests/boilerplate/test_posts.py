"""Readers' posts in threads: below the line that says who wrote them."""

from __future__ import annotations

import numpy as np

from etl.boilerplate.frame import Frame
from etl.boilerplate.posts import POST_FLOOR, find_posts
from etl.boilerplate.standing import Lines

Line = tuple[str, int, float]
"""What is shown, whether a rule knows it (2 for the head of a post), and its score."""

THREAD: tuple[Line, ...] = (
    ("menu", 0, 1.0),
    ("stamp", 2, -5.0),
    ("question", 0, 4.0),
    ("reply", 1, -5.0),
    ("name", 0, -2.0),
    ("stamp", 2, -5.0),
    ("|", 0, -1.0),
    ("first answer", 0, -2.0),
    ("goes on", 0, -2.0),
    ("reply", 1, -5.0),
    ("name", 0, 1.0),
    ("a quotation", 0, 1.0),
    ("stamp", 2, -5.0),
    ("last answer", 0, -2.0),
    ("other threads", 0, 1.0),
)


def posted(*lines: Line, thread: bool = True) -> list[str]:
    """The posts but for the question, which is all that is of the article."""
    shown = [line[0] for line in lines]
    known = np.array([line[1] for line in lines])
    columns = dict.fromkeys(Lines._fields, np.zeros(len(lines), dtype=np.int64))
    given = {
        "family": known,
        "post_head": known == 2,
        "thread": np.full(len(lines), thread),
        "worded": np.array([any(map(str.isalpha, text)) for text in shown]),
        "twin": np.array([shown.count(text) > 1 for text in shown], dtype=np.int64),
        "prose": np.zeros(len(lines), dtype=np.bool_),
    }
    article = np.array([text == "question" for text in shown])
    frame = Frame.of(columns["document"])
    found = find_posts(Lines(**(columns | given)), np.array([line[2] for line in lines]), article, frame)
    return [text for text, post in zip(shown, found & ~article, strict=True) if post]


def test_posts_of_a_thread_stand_below_the_line_that_says_who_wrote_them() -> None:
    assert posted(*THREAD) == ["first answer", "goes on", "a quotation", "last answer"]


def test_only_threads_have_posts() -> None:
    assert posted(*THREAD, thread=False) == []


def test_what_speaks_loudly_against_itself_is_no_post() -> None:
    lines = [(shown, known, POST_FLOOR if shown == "goes on" else score) for shown, known, score in THREAD]
    assert "goes on" not in posted(*lines)
