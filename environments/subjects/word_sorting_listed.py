"""Judges lists of words in a line: what is left, what is sorted, and what the answer is."""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from .arithmetic_judge import Fault
from .word_sorting_lines import missing_and_extra, without
from .word_sorting_lists import WORD, in_order, order_key, words_in
from .word_sorting_state import SortingState, WordFinding

__all__ = ["PARTIAL", "ListJudge"]

_LEFT = re.compile(r"\b(?:remain\w*|left|rest|still)\b(?!\s+(?:half|part|side))", re.IGNORECASE)
_FINAL = re.compile(
    r"\b(?:answer|final\w*(?:\s+(?:sorted|alphabetical))?\s+(?:list|order|result|words)"
    r"|(?:fully|full|complete)\s+\w+\s+list)\b"
    r"(?:\s+(?:of\s+(?:the\s+)?words|in\s+alphabetical\s+order))?\s*(?:\bis\b|\bare\b|[:=])\W*",
    re.IGNORECASE,
)
_THE = re.compile(r"(?:^|\bthe)\W*$", re.IGNORECASE)
_SORTED = re.compile(
    r"\b(?:sorted|alphabetical(?:ly)?|in\s+order|order(?:ed)?|result\w*|so\s+far|insert\w*)\b", re.IGNORECASE
)
_ANY_ORDER = re.compile(
    r"\b(?:original|given|input|unsorted|question|sort|arrange|compar\w*|between|start\w*|begin\w*|swap\w*|"
    r"letters?|pass|split|half|halves|group\w*|not|to\s+be|need(?:s|ed)?|share|same)\b",
    re.IGNORECASE,
)
PARTIAL = re.compile(
    r"\b(?:so\s+far|insert\w*|partial\w*|half|part|among|these|those|group\w*)\b", re.IGNORECASE
)
_ONE = re.compile(
    r"\b(?:sorted|order|remaining|left|rest)(?:\s+(?:words?|lists?|letters?))*"
    r"(?:\s+are|(?<=order)\s+is|\s*:)[\s\"'(\[]*$",
    re.IGNORECASE,
)
"""What stands before a list that may be of one word."""
_SAID_SORTED = re.compile(
    r"\bsorted(?:\s+(?!halves|lists|parts)\w+){0,3}\s*(?:\bis|\bare)?\s*[:=]\W*$", re.IGNORECASE
)
_BETWEEN = re.compile(r"(?:[\s,;\"'`\[\](){}]|\band\b|\bthen\b)+", re.IGNORECASE)


class ListJudge:
    """Judges the lists of one step and takes them into the state."""

    def __init__(self, state: SortingState, text: str, *, closing: bool) -> None:
        self.state, self.text, self.closing = state, text, closing
        self.found = WordFinding()

    def blame(self, span: str, reason: str) -> None:
        """The first fault of a step counts."""
        self.found.works = True
        if self.found.fault is None:
            self.found.fault = Fault(span.strip(), reason)

    def ordered(self, smaller: str, larger: str, span: str) -> None:
        """That one word comes before another."""
        self.found.works = True
        if order_key(smaller) >= order_key(larger) and (smaller, larger) not in self.state.blamed:
            if smaller == larger and self.state.full.count(smaller) > 1:
                return
            self.state.blamed.add((smaller, larger))
            before = "is the same as" if smaller == larger else "comes before"
            self.blame(span, f"'{larger}' {before} '{smaller}'.")

    def runs(self, text: str) -> list[tuple[str, tuple[str, ...]]]:
        """Words of the question in a row, with the text before them; single ones only where a list is due."""
        rows: list[list[re.Match[str]]] = []
        for word in re.finditer(WORD, text):
            if word[0].lower() not in self.state.words:
                continue
            if rows and _BETWEEN.fullmatch(text[rows[-1][-1].end() : word.start()]):
                rows[-1].append(word)
            else:
                rows.append([word])
        found: list[tuple[str, tuple[str, ...]]] = []
        end = 0
        for row in rows:
            before = text[end : row[0].start()]
            if len(row) > 1 or _ONE.search(before):
                found.append((before, tuple(word[0].lower() for word in row)))
                end = row[-1].end()
        return found

    def final(self, text: str) -> bool:
        """All words after "the answer is"; whether there is such a list."""
        cues = [
            cue
            for cue in _FINAL.finditer(text)
            if words_in(cue[0])[0] not in self.state.words or _THE.search(text[: cue.start()])
        ]
        cue = cues[-1] if cues else None
        if cue is None or re.search(r"[<>]", text[cue.end() :]):
            return False
        tail = re.split(r"[.!]\s+(?=[A-Z])", text[cue.end() :])[0]
        words = tuple(w for w in words_in(tail) if w != "and" or w in self.state.words)
        known = sum(word in self.state.words for word in words)
        if not known or (known < len(words) and known < max(2, len(words) / 2)):
            return False
        self.sorted_list(words, tail, whole=True)
        return True

    def listed(self, cue: str, words: tuple[str, ...], text: str) -> None:
        """A list, as what stands before it says."""
        state = self.state
        bare = not words_in(cue)
        said = state.header if bare else cue
        if _LEFT.search(said):
            self.left_over(words, text)
        elif _ANY_ORDER.search(said) and not _SAID_SORTED.search(said):
            pass
        elif _SORTED.search(said):
            whole = self.closing and not PARTIAL.search(said) and not _LEFT.search(text)
            if state.inserting and not whole:
                self.insertion(words, text)
            else:
                self.sorted_list(words, text, whole=whole)
        elif bare and words == state.bare(text):
            if len(words) >= len(state.words) and self.closing:
                self.sorted_list(words, text, whole=True)
            elif state.inserting and words != state.words:
                self.insertion(words, text)
        state.known.append(words)

    def left_over(self, words: tuple[str, ...], text: str) -> None:
        """The words that are said to be left."""
        state = self.state
        taken = [state.taken, state.items, list(state.grown)]
        lefts = [state.left, *(_less(state.words, words) for words in taken if words)]
        if len(lefts) == 1:
            return
        self.found.works = True
        if all(Counter(words) != Counter(left) for left in lefts):
            missing, extra = missing_and_extra(words, state.left)
            reason = f"'{extra}' is not left any more." if extra else f"'{missing}' was lost."
            self.blame(extra or text, reason)
            if state.taken:
                state.left = words

    def insertion(self, words: tuple[str, ...], text: str) -> None:
        """A sorted list into which a word was put."""
        missing, _ = missing_and_extra(words, self.state.grown)
        self.sorted_list(words, text, whole=False)
        if missing:
            self.blame(text, f"'{missing}' was lost.")
        elif self.state.growing and len(words) <= len(self.state.grown):
            self.blame(text, "no word was put in.")
        self.state.grown = words

    def sorted_list(self, words: tuple[str, ...], text: str, *, whole: bool) -> None:
        """A list that is said to be in order; a `whole` one holds all words."""
        state = self.state
        self.found.works = True
        self.found.reaches = words == in_order(state.words)
        if words == state.expected or self.found.reaches:
            return
        base = state.full if whole else max(state.full, state.words, key=len)
        missing, extra = missing_and_extra(words, base)
        if extra:
            self.blame(
                extra, f"'{extra}' is {'there too often' if extra in state.words else 'not in the list'}."
            )
        for smaller, larger in pairwise(words):
            if order_key(smaller) > order_key(larger):
                self.ordered(smaller, larger, _span(text, smaller, larger))
        if whole and missing:
            self.blame(text, f"'{missing}' is left out.")


def _less(words: tuple[str, ...], taken: Sequence[str]) -> tuple[str, ...]:
    for word in taken:
        words = without(words, word)
    return words


def _span(text: str, first: str, second: str) -> str:
    """The stretch of `text` from one word to the next."""
    found = re.search(rf"{re.escape(first)}\W+(?:and\W+|then\W+)?{re.escape(second)}", text, re.IGNORECASE)
    return found[0] if found else second
