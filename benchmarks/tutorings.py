"""Tutorings as language models would hold them, made up by a random generator: something to fill stores with.

Sums in twelve lessons; a scripted student who slips, a teacher played by a language model whose prompts grow
with the conversation, a grader. Four to six turns an episode; a third of all turns cost a model call, whose
prompt has three to five messages and begins as those before it in its episode.
"""

import random
from collections.abc import Iterator

from schoolroom.transcripts.records import (
    Ask,
    Attempt,
    Ending,
    Episode,
    Feedback,
    Grade,
    Line,
    Message,
    ModelCall,
    Question,
    Role,
    Run,
    SeatInfo,
    Turn,
    Usage,
    derive_seed,
)

__all__ = ["LESSONS", "run_of", "tutorings"]

LESSONS = tuple(f"lesson-{number:02}" for number in range(12))
MODEL = "openai/gpt-4o-mini"
SEATS = (
    SeatInfo(seat="student", role=Role.STUDENT, persona="careless@1", model="scripted"),
    SeatInfo(seat="teacher", role=Role.TEACHER, persona="patient@1", model=MODEL),
    SeatInfo(seat="grader", role=Role.GRADER, persona="exact@1", model="scripted"),
)
SYSTEM = (
    "You are a patient teacher of arithmetic. Read the student's attempt line by line, find the first step "
    "that is wrong, quote it, and say in one or two sentences what is wrong with it, without giving the "
    "answer away. If every step is right, say so and praise what was done well. End with a verdict on a line "
    "of its own: 'all correct', or 'step N is wrong'."
)
REMARKS = (
    "look again at the column of tens where you carry what is left over and add each digit once before "
    "going on because this sum was right until here but one number slipped so write it down slowly check "
    "the carry then say which place it belongs to well done nearly there try that step"
)


def run_of(number: int) -> Run:
    """The run of this number."""
    plan = {
        "course": {"id": "arithmetic"},
        "number": number,
        "seats": [info.model_dump(mode="json") for info in SEATS],
    }
    return Run(id=Run.id_of(plan, number), plan=plan, seed=number, ending=Ending(kind="finished"))


def tutorings(run: Run, turns: int) -> Iterator[Episode]:
    """Episodes of `run` that hold as many turns in all, or a few more; the same run has the same ones."""
    made = number = 0
    while made < turns:
        yield (episode := _tutoring(run, number))
        made += len(episode.turns)
        number += 1


def _tutoring(run: Run, number: int) -> Episode:
    rng = random.Random(seed := derive_seed(run.seed, number))
    terms = [rng.randrange(100, 10_000) for _ in range(3)]
    question = Question.make(
        lesson=rng.choice(LESSONS),
        subject="column_addition",
        text=f"{' + '.join(map(str, terms))} =",
        answer=str(sum(terms)),
        solution=_steps(terms, None),
    )
    classroom = _Classroom(rng, question, terms)
    return Episode(
        id=Episode.id_of(run.id, question, seed),
        run=run.id,
        script="tutoring",
        question=question,
        seats=SEATS,
        seed=seed,
        turns=classroom.held(rng.choice((4, 5, 6))),
        ending=Ending(kind="finished") if rng.random() < 0.98 else Ending(kind="cut_short", reason="budget"),
    )


class _Classroom:
    """One conversation while it is made up."""

    def __init__(self, rng: random.Random, question: Question, terms: list[int]) -> None:
        self.rng, self.question, self.terms = rng, question, terms
        self.turns: list[Turn] = []
        self.said = [Message(role="system", content=SYSTEM), Message(role="user", content=question.text)]

    def held(self, length: int) -> tuple[Turn, ...]:
        """An attempt, feedback and revision by turns, and a grade."""
        for place in range(length - 1):
            wrong = place < length - 2 if length > 4 else self.rng.random() < 0.5
            if place % 2 == 0:
                self._attempts(wrong=wrong)
            else:
                self._corrects(wrong=length == 4 or place == 1)
        solution = next(turn for turn in reversed(self.turns) if turn.attempt)
        assert solution.attempt
        right = solution.attempt.answer == self.question.answer
        words = f"score: {int(right)}"
        self._add(
            Ask.GRADE, "grader", Line(text=words, payload=Grade(score=right, correct=right)), [solution]
        )
        return tuple(self.turns)

    def _attempts(self, *, wrong: bool) -> None:
        answer = str(sum(self.terms) + (10 if wrong else 0))
        steps = _steps(self.terms, self.rng.randrange(3) if wrong else None)
        words = "\n".join([*steps, f"answer: {answer}"])
        line = Line(text=words, payload=Attempt(steps=steps, answer=answer))
        self._add(Ask.REVISE if self.turns else Ask.ATTEMPT, "student", line, self.turns[-2:])
        self.said.append(Message(role="user", content=words))

    def _corrects(self, *, wrong: bool) -> None:
        rng = self.rng
        remark = " ".join(rng.choices(REMARKS.split(), k=rng.randrange(25, 60)))
        reply = f"{remark}.\n{'step 2 is wrong' if wrong else 'all correct'}"
        feedback = Feedback(correct=not wrong, step=1 if wrong else None, reason=remark)
        params = {"max_tokens": 512, "temperature": 0.7, "seed": derive_seed(rng.random())}
        call = ModelCall(
            key=ModelCall.key_of(MODEL, params, self.said),
            model=MODEL,
            params=params,
            messages=tuple(self.said),
            reply=reply,
            usage=Usage(prompt_tokens=rng.randrange(200, 500), completion_tokens=rng.randrange(40, 90)),
            cost=rng.random() / 1_000,
            seconds=rng.random() * 2,
        )
        self._add(Ask.FEEDBACK, "teacher", Line(text=reply, payload=feedback, calls=(call,)), self.turns[-1:])
        self.said.append(Message(role="assistant", content=reply))

    def _add(self, ask: Ask, seat: str, line: Line, heard: list[Turn]) -> None:
        info = next(info for info in SEATS if info.seat == seat)
        self.turns.append(
            Turn(
                index=len(self.turns),
                seat=seat,
                role=info.role,
                persona=info.persona,
                ask=ask,
                heard=tuple(turn.index for turn in heard),
                text=line.text,
                payload=line.payload,
                calls=line.calls,
            )
        )


def _steps(terms: list[int], wrong: int | None) -> tuple[str, ...]:
    """Columns from the right; the one at `wrong` comes out one too high."""
    carry, steps = 0, []
    for place in range(5):
        digits = [term // 10**place % 10 for term in terms]
        found = sum(digits) + carry + (place == wrong)
        steps.append(f"{'+'.join(map(str, digits))}+{carry}={found}, write {found % 10} carry {found // 10}")
        carry = found // 10
    return tuple(steps)
