"""Judges the steps of word sorting, whoever wrote them. What is said is read by `word_sorting_claims`.

A step is wrong when it puts two words in the wrong order, takes another word than the next one, loses,
doubles or invents a word, or names a letter that is not there. Prose that claims nothing passes, and so does
a list in whatever order where nothing says that it is sorted.
"""

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from .arithmetic_judge import Fault
from .word_sorting_claims import (
    Chain,
    Item,
    chains,
    groups,
    labelled,
    letter_claims,
    ordinal_of,
    place_named,
    plain,
    said_orders,
    said_picks,
    started_with,
    without_arrows,
)
from .word_sorting_lines import SelectionLine, missing_and_extra, without
from .word_sorting_listed import PARTIAL, ListJudge
from .word_sorting_lists import in_order, words_in
from .word_sorting_state import NUMBERED, SortingState, WordFinding, numbered_word

__all__ = ["WordFinding", "judge_sorting"]

MAX_LENGTH = 4_000
"""Longer steps are read to here only."""


def judge_sorting(words: Sequence[str], steps: Sequence[str]) -> tuple[WordFinding, ...]:
    """What is found in each step, judged on the lines before it as they stand."""
    return _judged(tuple(word.lower() for word in words), tuple(steps))


@lru_cache(maxsize=64)
def _judged(words: tuple[str, ...], steps: tuple[str, ...]) -> tuple[WordFinding, ...]:
    """Kept for a while, since an attempt is checked, reviewed, graded and corrected one after the other."""
    state = SortingState(words)
    state.look_ahead([plain(step) for step in steps])
    findings: list[WordFinding] = []
    for i, step in enumerate(steps):
        judge = _Step(state, plain(step[:MAX_LENGTH]), closing=i >= state.last)
        judge.judge()
        if judge.found.line is None:
            state.selecting = False
        elif state.selecting:
            judge.found.left = state.left
        fault = judge.found.fault
        if fault and fault.span not in step:  # signs were written in one way
            judge.found.fault = Fault(step.strip(), fault.reason)
        findings.append(judge.found)
    return tuple(findings)


_TRAILS_OFF = re.compile(r"[<>,]\s*(?:\.\.\.|…)")
_HENCE = re.compile(r"\bhence\b[^.\"]*[\"\[]*$", re.IGNORECASE)
_STATES = re.compile(r"\b(?:have|hence|order|answer|sorted|final\w*)\b", re.IGNORECASE)
_COMPARES = re.compile(
    r"\b(?:between|compar\w*|both|two|these|those|among|start\w*|begin\w*|letters?|group\w*|with|of)\b",
    re.IGNORECASE,
)
_GIVEN = re.compile(r"\b(?:list|given|original|input|question)\b", re.IGNORECASE)


class _Step(ListJudge):
    """Judges one step and takes it into the state."""

    def judge(self) -> None:
        """Take in the step, which is a line of the reference's form or anything else."""
        if line := SelectionLine.read(NUMBERED.sub("", self.text)):
            self.selection(line)
            return
        for text in self.text.splitlines():
            if text.strip():
                self.line(text)
                self.state.header = text if text.rstrip().endswith(":") else ""

    def selection(self, line: SelectionLine) -> None:
        """A line of the reference's form: the word that is taken, and what is left."""
        state, found = self.state, self.found
        found.works, found.line = True, line
        if state.left:
            smallest = in_order(state.left)[0]
            found.due = SelectionLine(smallest, without(state.left, smallest))
        missing, extra = missing_and_extra(line.left, without(state.left, line.taken))
        rest = self.text.partition("|")[2].strip() or self.text
        if found.due is None or line.taken not in state.left:
            self.blame(line.taken, f"'{line.taken}' is not among the words that are left.")
        elif line.taken != found.due.taken:
            self.blame(line.taken, f"'{found.due.taken}' comes before '{line.taken}'.")
        elif extra == line.taken:
            self.blame(rest, f"'{extra}' has been taken and is still left.")
        elif extra:
            again = extra in state.left
            self.blame(rest, f"'{extra}' is there {'too often' if again else 'though it was not before'}.")
        elif missing:
            self.blame(rest, f"'{missing}' was lost.")
        state.taken.append(line.taken)
        state.left = line.left
        found.reaches = state.expected == in_order(state.words) and len(line.left) < 2

    def line(self, text: str) -> None:
        """A line in any other words."""
        number, word = numbered_word(text)
        if word and (word in self.state.words or self.state.items):
            self.item(number, word)
            return
        text = NUMBERED.sub("", text)
        self.letters(text)
        for chain in chains(text):
            self.chain(chain, text)
        self.labels(text)
        for smaller, larger, span in said_orders(text):
            named = set(words_in(span)[1:-1]) & set(self.state.words)  # "after" may be a word to sort
            if not named and self.comparable(smaller) and self.comparable(larger):
                self.ordered(smaller, larger, span)
        lists = self.runs(without_arrows(text))
        for rank, picked, span in said_picks(text):
            if (
                picked in self.state.words
                and rank not in self.state.words
                and not any(picked in words[:1] and len(words) > 1 for _, words in lists)
            ):
                self.pick(rank, picked, span, text)
        if not self.final(text):
            for cue, words in lists:
                self.listed(cue, words, text)
        self.state.known += [words for words in groups(text) if len(words) > 1]

    # Letters

    def letters(self, text: str) -> None:
        """What is said of letters of words, and whose letters are listed."""
        place = ordinal_of(text)
        claims = [claim for claim in letter_claims(text) if claim.word in self.state.words]
        for claim in claims:
            at = place if claim.place is None else claim.place
            if at is None:
                continue
            self.found.works = True
            right = claim.word[at : at + len(claim.letter)]
            if right != claim.letter:
                self.blame(
                    claim.span, f"letter {at + 1} of '{claim.word}' is '{right}', not '{claim.letter}'."
                )
            elif claim.number is not None and right.isascii() and claim.number != ord(right) - 96:
                self.blame(claim.span, f"'{right}' is letter {ord(right) - 96} of the alphabet.")
        listed = tuple(claim.word for claim in claims if claim.place is None)
        whole = re.search(r"\bthe\s+\w+\s+letters?\s*:", text, re.IGNORECASE)
        if place is not None and len(listed) > (0 if whole else 1):
            self.state.place = place
            if whole:
                self.complete(listed, text, [self.state.full] if place == 0 else self.state.known)
            self.state.known.append(listed)
        if said := started_with(text):
            self.beginning(*said, text)

    def beginning(self, start: str, words: Sequence[str], text: str) -> None:
        """Words that are said to begin with `start`."""
        words = tuple(word for word in words if word in self.state.words)
        for word in words:
            self.found.works = True
            if not word.startswith(start):
                self.blame(text, f"'{word}' does not start with '{start}'.")
        if len(words) > 1:
            self.state.known.append(words)

    def labels(self, text: str) -> None:
        """Numbers that say the place of a word's letter in the alphabet: (3) "costume"."""
        place = self.state.place
        items = labelled(text) if re.search(r"[<>?]|\bhave\b", text) else []
        for item in items if place is not None else []:
            for word in item.words:
                letter = word[place : (place or 0) + 1]
                if letter.isascii() and letter.isalpha() and item.label != ord(letter) - 96:
                    self.blame(word, f"'{letter}' of '{word}' is letter {ord(letter) - 96} of the alphabet.")
        if items and not any(item.label is not None for chain in chains(text) for item in chain.items):
            words = tuple(word for item in items for word in item.words)
            self.complete(words, text, [self.state.full, *self.state.known])

    # Order

    def comparable(self, word: str) -> bool:
        """Whether it is a word of the question or a part of one."""
        return any(word in own for own in self.state.words)

    def chain(self, chain: Chain, text: str) -> None:
        """Words with signs of order between them."""
        words = [word for word in chain.words if not word.isdigit()]
        if sum(self.comparable(word) for word in words) < 2:
            return
        for order in chain.orders:
            self.neighbours(order.smaller, order.larger, order.span)
        if alien := next((word for word in words if not self.comparable(word)), None):
            self.blame(alien, f"'{alien}' is not in the list.")
        cue = text[: chain.start]
        states = _STATES.search(cue) or not cue.strip(" \"'([")
        marked = (bool(_HENCE.search(cue)) and '"' in text) or any(
            i.label is not None or len(i.words) > 1 for i in chain.items
        )
        trails_off = _TRAILS_OFF.search(text)
        if (
            states
            and not trails_off
            and not PARTIAL.search(cue)
            and (marked or (self.closing and len(chain.items) > 2))
        ):
            self.complete(chain.words, text, [self.state.full, *self.state.known])
        self.found.reaches = chain.words == in_order(self.state.words)

    def neighbours(self, left: Item, right: Item, span: str) -> None:
        """Two words or groups side by side in a chain."""
        for smaller in left.words:
            for larger in right.words:
                self.ordered(smaller, larger, span)

    def complete(self, words: Sequence[str], text: str, bases: Sequence[Sequence[str]]) -> None:
        """Nothing may be missing of what was named before, and nothing added."""
        self.found.works = True
        wanted = [Counter(base) for base in bases] or [Counter(self.state.full)]
        have = Counter(words)
        if have in wanted or have == Counter(self.state.words):
            return
        base = min((base for base in wanted if have <= base), key=Counter.total, default=wanted[0])
        missing, extra = missing_and_extra(words, tuple(base.elements()))
        if extra:
            where = "too often" if extra in self.state.words else "though it is not in the list"
            self.blame(extra if extra in text else text, f"'{extra}' is there {where}.")
        elif missing:
            self.blame(text, f"'{missing}' is left out.")

    # Words that are taken

    def item(self, number: int, word: str) -> None:
        """A word in a numbered list: of what is given, or of what is sorted."""
        state = self.state
        if state.given:
            state.given -= 1
            return
        self.found.works = True
        if number == 1:
            state.items.clear()
        left = state.words
        for taken in state.items:
            left = without(left, taken)
        if word not in left:
            self.blame(word, f"'{word}' is {'there twice' if word in state.words else 'not in the list'}.")
        elif word != in_order(left)[0]:
            self.blame(word, f"'{in_order(left)[0]}' comes before '{word}'.")
        state.items.append(word)
        self.found.reaches = tuple(state.items) == in_order(state.words)

    def pick(self, rank: str, word: str, span: str, text: str) -> None:
        """A word that is said to be the first, the next, the last."""
        state = self.state
        if rank == "next" and state.inserting:
            return
        mentioned = tuple(other for other in words_in(text) if other in state.words)
        sets = [state.left, state.words, *state.known[-1:]]
        if _COMPARES.search(" ".join(other for other in words_in(text) if other not in state.words)):
            sets += [mentioned] if len(set(mentioned)) > 1 else []
            sets += [tuple(w for w in state.words if w[:n] == word[:n]) for n in range(1, len(word))]
        if rank in ("last", "largest", "biggest"):
            self.found.works = True
            if all(word != in_order(words)[-1] for words in sets if words):
                self.blame(span, f"'{in_order(state.words)[-1]}' comes after '{word}'.")
            return
        if re.match(r"\d|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth", rank):
            place = place_named(rank)
            orders = [in_order(state.words), tuple(state.taken)]
            orders += [state.words] if _GIVEN.search(text) else []
            fits = [words[place : place + 1] for words in orders]
            right = (word,) in fits or (word,) == in_order(state.left)[:1]
        else:
            leasts = [
                in_order(words)[0] for words in sets if words and (rank != "next" or words != state.words)
            ]
            right = word in leasts or state.taken[-1:] == [word]
        self.found.works = True
        if not right:
            least = in_order(state.left or state.words)[0]
            self.blame(
                span, f"'{least}' comes before '{word}'." if least != word else f"'{word}' is not there."
            )
        if word in state.left and (not right or word == in_order(state.left)[0]):
            state.taken.append(word)
            state.left = without(state.left, word)
