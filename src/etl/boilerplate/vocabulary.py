"""Words, all of which are found in one look at each character.

A table says of each code point whether a word begins with it. Few characters do, and fewer go on as the word.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from etl.arrays import Flags, Ints
from etl.boilerplate.folding import folded_letters

__all__ = ["Found", "Vocabulary"]


class Found(NamedTuple):
    """Words that texts hold, each as often as it stands there, in no order.

    Attributes:
        text: number of the text.
        word: number of the word.
    """

    text: Ints
    word: Ints


class Vocabulary(NamedTuple):
    """Words as a trie: from its root, state 1, each letter of a word leads to another state.

    Attributes:
        letters: for each code point the number of its letter, 0 for one that is in no word; the last entry stands for
            all beyond. Whatever folds to the same letter is that letter, and so are upper and lower case.
        begins: for each code point whether a word begins with it.
        states: from each state, by the number of each letter, the next state; 0 where no word goes on like this.
        words: for each state the number of the word that ends there, or -1.
    """

    letters: npt.NDArray[np.uint16]
    begins: Flags
    states: Ints
    words: Ints

    @classmethod
    def of(cls, words: Sequence[str]) -> Vocabulary:
        """The vocabulary of distinct words, written as texts are folded, in lower case."""
        number = {letter: place for place, letter in enumerate(sorted(set("".join(words))), start=1)}
        letters = np.array([*(number.get(letter, 0) for letter in folded_letters()), 0], dtype=np.uint16)
        states, ends = [[0] * (len(number) + 1) for _ in range(2)], {}
        for place, word in enumerate(words):
            state = 1
            for letter in word:
                if not (after := states[state][number[letter]]):
                    after = states[state][number[letter]] = len(states)
                    states.append([0] * (len(number) + 1))
                state = after
            ends[state] = place
        table = np.array(states)
        return cls(letters, table[1].take(letters) > 0, table, np.array([ends.get(at, -1) for at in range(len(table))]))

    def find(self, codes: npt.NDArray[np.uint32], ends: Ints) -> Found:
        """Find the words of texts that follow each other.

        Args:
            codes: code points.
            ends: where each text ends.
        """
        found, width = [np.zeros((2, 0), dtype=np.int64)], self.states.shape[1]
        at = np.flatnonzero(self.begins.take(codes, mode="clip"))
        state, before = np.ones(len(at), dtype=np.int64), 0
        while len(at):
            letter = self.letters.take(codes.take(at + before, mode="clip"), mode="clip")
            state = self.states.take(state * width + letter)
            goes_on = np.flatnonzero(state)
            at, state = at.take(goes_on), state.take(goes_on)
            word = self.words.take(state)
            (ended,) = (word >= 0).nonzero()
            text = ends.searchsorted(at[ended], side="right")
            within = at[ended] + before < ends[text]
            found.append(np.stack([text, word[ended]])[:, within])
            before += 1
        return Found(*np.concatenate(found, axis=1))
