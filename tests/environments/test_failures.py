"""How failures are counted: by error and reason, numbers and quoted words apart."""

from schoolroom.environments.failures import Failure, Failures
from schoolroom.transcripts.records import Ending, Episode, Question


def episode(number: int, lesson: str, reason: str | None, kind: str = "cut_short") -> Episode:
    return Episode(
        id=f"episode-{number}",
        run="run",
        script="exam",
        question=Question.make(lesson=lesson, subject="sums", text=f"{number}?"),
        seats=(),
        seed=number,
        ending=None if kind == "open" else Ending.model_validate({"kind": kind, "reason": reason}),
    )


def failures(*episodes: Episode) -> tuple[Failure, ...]:
    watching = Failures()
    for one in episodes:
        watching.episode_ended(one, resumed=False)
    return watching.found


def test_only_what_was_cut_short_has_failed() -> None:
    assert failures(episode(0, "a", None, "finished"), episode(1, "a", None, "open")) == ()


def test_what_differs_in_numbers_or_quoted_words_is_one_failure() -> None:
    reasons = [
        "ModelUnavailable: 503 at attempt 3 after 1.25 s.",
        "ModelUnavailable: 500 at attempt 5 after 12 s.",
        "ReplyError: feedback must end with 'all correct', but ends with 'Well, it\\'s 3.'.",
        "ReplyError: feedback must end with 'all correct', but ends with \"I don't know.\".",
        "ReplyError: feedback must end with 'all correct', but ends with ''.",
        "RateLimited: 503 at attempt 3 after 1.25 s.",
        None,
    ]
    found = failures(*(episode(n, "b" if n % 2 else "a", reason) for n, reason in enumerate(reasons)))
    assert [(one.error, one.number, one.lessons, one.episode) for one in found] == [
        ("ReplyError", 3, {"a": 2, "b": 1}, "episode-2"),
        ("ModelUnavailable", 2, {"a": 1, "b": 1}, "episode-0"),
        ("RateLimited", 1, {"b": 1}, "episode-5"),
        ("", 1, {"a": 1}, "episode-6"),
    ]
    assert found[1].reason == "503 at attempt 3 after 1.25 s."
    assert found[3].reason == "no reason given"
