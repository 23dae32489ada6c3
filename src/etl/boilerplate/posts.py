"""Readers' posts in threads, at which the stretch of the article breaks off."""

from __future__ import annotations

from etl.arrays import Flags, Floats
from etl.boilerplate.frame import Frame
from etl.boilerplate.standing import Lines

__all__ = ["POST_FLOOR", "find_posts"]

POST_FLOOR = -4.0
"""Log odds up to which a line below the head of a post is none of it: posts are short, and score low."""


def find_posts(lines: Lines, score: Floats, article: Flags, frame: Frame) -> Flags:
    """Whether each line is of a post in a thread, below where the article begins.

    A post begins below its head, the line that says who wrote it, and ends at the next line that a rule knows. Of the
    last one only the first line is sure, since the page goes on below it. Any other line has to speak for itself. A
    short line that the page has twice is somebody's name.

    Args:
        lines: all of them.
        score: of each, log odds.
        article: whether each is of the article.
        frame: where they stand.
    """
    if not lines.thread.any():
        return lines.thread
    text = lines.worded & ~lines.known & (lines.prose | (lines.twin == 0))
    begins, within = (frame.below(lines.post_head, nearest) for nearest in (text | lines.known, lines.known))
    before_last = frame.nearest(lines.post_head)[1].found
    post = (begins | (within & before_last)) & (score > POST_FLOOR)
    above, _ = frame.edges(article)
    posts: Flags = lines.thread & text & ~above & (post | (before_last & (score > 0)))
    return posts
