"""Forking from a page: a form, the commands that it stands for, and what came of them. It writes nothing."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import parse_qsl

from pydantic import Field, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from ..agents.persona import SCRIPTED
from ..agents.persona_files import persona_names
from ..environments.forks import check_fork, last_fork
from ..transcripts.errors import ConfigError, NotStored, UnknownName
from ..transcripts.records import Episode, Record, Run, SeatInfo
from .fork_jobs import Job, Jobs
from .serving import Site

__all__ = ["Fork", "Seating", "commands", "read_form", "refusal", "routes", "seatings"]


class Seating(Record):
    """A seat of a fork's form."""

    seat: SeatInfo
    model: str | None
    """What plays whoever sits there, now and then; None where nobody but a script does."""
    personas: tuple[str, ...]
    """Who else could sit there, by name."""


class Fork(Record):
    """What a form asks for."""

    at: int = Field(ge=1)
    """The first turn that is said anew, from 1."""
    seats: Mapping[str, str] = Field(default_factory=dict)
    """Who sits elsewhere than before: a persona's name by that of the seat."""
    seed: int | None = Field(default=None, ge=0, lt=2**63)
    number: int = Field(default=1, ge=1, le=20)
    """How many samples; several take the seeds from `seed` on."""


def seatings(episode: Episode, run: Run) -> list[Seating]:
    """The seats of `episode`, and who could sit in them: also personas of the folders that its run named."""
    began = Path(str(run.settings.get("folder", ".")))
    folders = [folder for name in run.settings.get("personas", ()) if (folder := began / name).is_dir()]
    found = {role: tuple(persona_names(folders, role)) for role in {info.role for info in episode.seats}}
    return [
        Seating(
            seat=info,
            model=None if info.model == SCRIPTED else info.model.partition("#")[0],
            personas=found[info.role],
        )
        for info in episode.seats
    ]


def read_form(form: Mapping[str, str], seats: Sequence[Seating]) -> Fork:
    """What a form that was sent asks for.

    Raises:
        ConfigError: a number is none, or out of range.
        UnknownName: nobody of that name can sit there.
    """
    wanted = {}
    for seating in seats:
        name = seating.seat.seat
        if persona := form.get(f"seat.{name}", ""):
            if persona not in seating.personas:
                raise UnknownName(f"{seating.seat.role}", persona, seating.personas)
            wanted[name] = persona
    numbers = {name: value for name in ("at", "seed", "number") if (value := form.get(name, "").strip())}
    try:
        return Fork.model_validate({**numbers, "seats": wanted})
    except ValidationError as error:
        first = error.errors()[0]
        raise ConfigError(
            f"'{first['loc'][0]}' of the fork cannot be {first['input']!r}: {first['msg']}."
        ) from None


def commands(episode: Episode, fork: Fork, seats: Sequence[Seating]) -> Iterator[tuple[str, ...]]:
    """The words behind ``schoolroom`` that hold `fork`, a command for each sample."""
    words = ["fork", episode.id, "--at", str(fork.at)]
    for seating in seats:
        name = seating.seat.seat
        if name in fork.seats:
            played = f"@{seating.model}" if seating.model else ""
            words += ["--seat", f"{name}={fork.seats[name]}{played}"]
    first = 1 if fork.seed is None else fork.seed
    for sample in range(fork.number):
        is_same = fork.seed is None and fork.number == 1
        yield (*words, *(() if is_same else ("--seed", str(first + sample))))


def refusal(episode: Episode, run: Run) -> str | None:
    """Why no command can fork `episode`; None where one can."""
    try:
        check_fork(episode, run, last_fork(episode))
    except ConfigError as error:
        return str(error)
    if not run.settings:
        return f"run {run.id} was not begun at a command line; 'environments.forks.fork' forks it in Python."
    return None


def routes(site: Site) -> list[Route]:
    """``/episodes/EPISODE/fork``, a form that is sent to the same address, and ``/forks/JOB``."""
    jobs = Jobs(site.store.address)

    def parent_of(request: Request) -> tuple[Episode, Run]:
        episode = site.store.episode(request.path_params["episode"])
        return episode, site.store.run(episode.run)

    def show_form(request: Request) -> Response:
        episode, run = parent_of(request)
        at = request.query_params.get("at", "")
        return site.page(
            "fork.html",
            request,
            episode=episode,
            seats=seatings(episode, run),
            at=at if at.isdecimal() else "1",
            last=last_fork(episode) + 1,
            refusal=refusal(episode, run),
        )

    def read(request: Request, body: bytes) -> tuple[Episode, list[tuple[str, ...]]]:
        episode, run = parent_of(request)
        seats = seatings(episode, run)
        fork = read_form(dict(parse_qsl(body.decode(errors="replace"))), seats)
        check_fork(episode, run, fork.at - 1)
        return episode, list(commands(episode, fork, seats))

    async def start(request: Request) -> Response:
        episode, lines = await run_in_threadpool(read, request, await request.body())
        return RedirectResponse(f"/forks/{jobs.start(episode.id, lines).id}", 303)

    def job_of(request: Request) -> Job:
        if (job := jobs.find(request.path_params["job"])) is None:
            raise NotStored("nothing is known of this fork; the window may have been opened anew since.")
        return job

    def page(template: str, request: Request, job: Job) -> Response:
        where = ("--db", site.store.where)
        lines = [shlex.join(("schoolroom", *words, *where)) for words in job.commands]
        return site.page(template, request, job=job, lines=lines)

    def show_job(request: Request) -> Response:
        return page("fork_job.html", request, job_of(request))

    def show_results(request: Request) -> Response:
        job = job_of(request)
        return Response(status_code=204) if job.is_done else page("fork_results.html", request, job)

    return [
        Route("/episodes/{episode}/fork", show_form, name="fork"),
        Route("/episodes/{episode}/fork", start, methods=["POST"]),
        Route("/forks/{job}", show_job, name="job"),
        Route("/forks/{job}/results", show_results),
    ]
