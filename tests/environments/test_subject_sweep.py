"""Subjects that are not found by a bare name keep the rules of subjects, too: reasoning-gym's, and files."""

import json
from pathlib import Path

from schoolroom.environments.checks import subject_problems
from schoolroom.environments.subjects.registry import find_subject, subject_names
from schoolroom.transcripts.records import Json

SETTINGS: dict[str, dict[str, Json]] = {
    "reasoning_gym:composite": {"datasets": [{"name": "chain_sum", "weight": 1.0, "config": {}}]}
}
WORD_PROBLEMS = [
    {
        "question": "Ann sold 48 clips in April and half as many in May. How many in all?",
        "answer": "She sold 48/2 = <<48/2=24>>24 clips in May.\n"
        "In all 48+24 = <<48+24=72>>72 clips.\n#### 72",
    },
    {
        "question": "Bo buys 3 shirts at $12.50 and a hat for $7.25. What does he pay?",
        "answer": "The shirts cost $12.50 * 3 = $<<12.5*3=37.50>>37.50.\n"
        "He pays 37.50 + 7.25 = $<<37.5+7.25=44.75>>44.75.\n#### 44.75",
    },
]


def test_reasoning_gym() -> None:
    names = [name for name in subject_names() if name.startswith("reasoning_gym:")]
    assert len(names) > 100
    for name in names:
        assert subject_problems(find_subject(name), settings=SETTINGS.get(name), seeds=[3]) == [], name


def test_question_files(tmp_path: Path) -> None:
    (tmp_path / "q.jsonl").write_text("\n".join(json.dumps(row) for row in WORD_PROBLEMS))
    assert subject_problems(find_subject("jsonl:q.jsonl", folder=tmp_path), seeds=range(4)) == []
