"""Commands that the window starts as processes of their own, and what came of them. Decides on none."""

import asyncio
import json
import os
import secrets
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field

__all__ = ["Job", "Jobs", "Result"]

_AT_ONCE = 2
"""Processes that run at the same time; further ones wait."""

_KEPT = 200
"""Jobs that can still be looked at."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a command."""

    episode: str | None
    """Id of the fork; None where there is none."""
    error: str | None = None
    """Why not, or why it ended early, in a sentence."""
    held_before: bool = False
    """Whether it was stored already, and nobody was asked."""


@dataclass(slots=True)
class Job:
    """Commands that run one after the other."""

    id: str
    about: str
    """Id of the episode that they fork."""
    commands: Sequence[Sequence[str]]
    """Words behind ``schoolroom``."""
    results: list[Result] = field(default_factory=list)

    @property
    def is_done(self) -> bool:
        """Whether nothing more comes of it."""
        return len(self.results) == len(self.commands)


class Jobs:
    """What was started, as long as the window is open; what runs when it closes is interrupted.

    Forks keep what was said, and the same command goes on with them.

    Args:
        address: The database, as `Window.open` takes it. The processes find it in their environment, since
            other people on this machine can read command lines, and an address may hold a password.
    """

    def __init__(self, address: str) -> None:
        self._environment = {**os.environ, "SCHOOLROOM_DB": address}
        self._jobs: dict[str, Job] = {}
        self._running: set[asyncio.Task[None]] = set()
        self._few = asyncio.Semaphore(_AT_ONCE)

    def start(self, about: str, commands: Sequence[Sequence[str]]) -> Job:
        """Begin to run `commands`, the words behind ``schoolroom``; from within an event loop."""
        job = Job(secrets.token_hex(8), about, commands)
        self._jobs[job.id] = job
        for old in list(self._jobs)[:-_KEPT]:
            del self._jobs[old]
        task = asyncio.get_running_loop().create_task(self._run(job))
        self._running.add(task)  # or nobody would hold it
        task.add_done_callback(self._running.discard)
        return job

    def find(self, id_: str) -> Job | None:
        """The job with this id; None where there is none any more."""
        return self._jobs.get(id_)

    async def _run(self, job: Job) -> None:
        async with self._few:
            for words in job.commands:
                job.results.append(await self._result(words))

    async def _result(self, words: Sequence[str]) -> Result:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "schoolroom.cli", *words, "--json"),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=self._environment,
        )
        try:
            out, err = await process.communicate()
        finally:
            if process.returncode is None:
                process.terminate()
                await process.wait()
        return _read(out.decode(errors="replace"), err.decode(errors="replace"), process.returncode)


def _read(out: str, err: str, code: int | None) -> Result:
    """What a command that has ended said."""
    try:
        told = json.loads(out)
        made = told["episode"]
        return Result(str(made["id"]), (made["ending"] or {}).get("reason"), bool(told["held_before"]))
    except (ValueError, KeyError, TypeError):
        lines = [line for line in err.splitlines() if line.strip()]
        said = next((line for line in lines if line.startswith("error: ")), lines[-1] if lines else "")
        return Result(None, said.removeprefix("error: ") or f"the command ended with code {code}.")
