"""A few questions made into many: variants round after round, none twice and none that is forbidden."""

from collections.abc import Collection, Iterator, Sequence

from ...transcripts.errors import QuestionError
from ...transcripts.records import Question, Tier, content_id, derive_seed
from .base import Generalizes, Hardens

__all__ = ["variants"]

PATIENCE = 3
"""Rounds in a row without a new variant before a question is given up."""


def variants(
    subject: Generalizes,
    questions: Sequence[Question],
    *,
    seed: int = 0,
    tiers: Sequence[Tier] = (Tier.GENERALIZED,),
    forbidden: Collection[str] = (),
) -> Iterator[Question]:
    """Variants of `questions`, one of each tier a question and round; ends when nothing new comes.

    Args:
        subject: Makes them; refusals are passed over.
        questions: What they are made from; none of these comes out unchanged.
        seed: The same seed gives the same variants in the same order.
        tiers: ``generalized``, and ``harder`` where the subject can: a generalized question made harder.
        forbidden: Texts or ids of questions that must not come out, such as a test's. Texts are compared
            without regard to case and white space.

    Raises:
        QuestionError: a tier is asked for that cannot be multiplied, or that the subject does not make.
    """
    for tier in tiers:
        if tier not in (Tier.GENERALIZED, Tier.HARDER) or (
            tier is Tier.HARDER and not isinstance(subject, Hardens)
        ):
            raise QuestionError(f"'{tier}' questions cannot be multiplied here; take generalized, or harder.")
    seen = {_same(text) for text in forbidden} | {_same(question.text) for question in questions}
    patience = dict.fromkeys(range(len(questions)), PATIENCE)
    number = 0
    while patience:
        for i in list(patience):
            new = False
            for tier in tiers:
                variant = _variant(subject, questions[i], tier, derive_seed("variants", seed, number))
                number += 1
                if variant is None or variant.id in forbidden or _same(variant.text) in seen:
                    continue
                seen.add(_same(variant.text))
                new = True
                yield variant
            patience[i] = PATIENCE if new else patience[i] - 1
            if not patience[i]:
                del patience[i]


def _variant(subject: Generalizes, question: Question, tier: Tier, seed: int) -> Question | None:
    try:
        other = subject.generalize(question, seed)
        return subject.harder(other, seed) if tier is Tier.HARDER and isinstance(subject, Hardens) else other
    except QuestionError:
        return None


def _same(text: str) -> str:
    """What texts share that differ in case and white space alone; short, for there are many."""
    return content_id(" ".join(text.casefold().split()))
