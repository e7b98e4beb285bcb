"""`run --engine ray`: what two workers hold is what one process holds, also when one of them is killed."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from schoolroom.cli.cluster import engine_of
from schoolroom.cli.plan import described_seat
from schoolroom.cli.run import _school, described_school
from schoolroom.cli.settings import Settings, load_settings
from schoolroom.environments.observers import Observer
from schoolroom.transcripts.records import Episode
from schoolroom.transcripts.store import Store

from .conftest import Cli

RUN = ("run", "--course", "addition", "--student", "anxious", "--gate", "taught", "--episodes", "40", "-q")
RAY = ("--engine", "ray", "--workers", "2")

pytestmark = pytest.mark.xdist_group("ray")  # one process of the tests starts the cluster, not each


@pytest.fixture(scope="module")
def _cluster() -> Iterator[None]:
    """A cluster that all tests of this file share, since one takes seconds to start."""
    from schoolroom.environments.ray_engine import ray_cluster

    with ray_cluster(workers=2):
        yield


def held(database: str) -> list[Episode]:
    with Store.open(database, must_exist=True) as store:
        return list(store.episodes())


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.usefixtures("_cluster")
def test_two_workers_on_a_server_hold_what_one_process_holds(cli: Cli, postgres: str) -> None:
    alone = json.loads(cli(*RUN, "--json").stdout)
    shared = json.loads(cli(*RUN, *RAY, "--json", "--db", postgres).stdout)
    changes = {"seconds": alone["seconds"], "database": alone["database"]}
    assert shared | changes == alone
    assert held(postgres) == held("schoolroom.db")
    cli("replay", shared["run"], "--verify", "--db", postgres)
    again = json.loads(cli(*RUN, *RAY, "--json", "--db", postgres).stdout)
    assert again["resumed"] == alone["episodes"]


class Killer(Observer):
    """Kills a worker's process once some episodes have ended."""

    def __init__(self, pid: int) -> None:
        self._pid, self._left = pid, 20

    def episode_ended(self, episode: Episode, *, resumed: bool) -> None:
        self._left -= 1
        if self._left == 0:
            os.kill(self._pid, signal.SIGKILL)


@pytest.mark.slow
@pytest.mark.usefixtures("_cluster")
def test_a_worker_that_is_killed_is_replaced_and_its_episodes_go_on(
    cli: Cli, capfd: pytest.CaptureFixture[str]
) -> None:
    import ray

    cli(*RUN, "--json")
    given: dict[str, Any] = {"seats.student.who": "anxious", "classroom.gate": "taught"}
    engine_settings = {"engine.name": "ray", "engine.workers": 2, "database": "shared.db"}
    settings = load_settings(given={**given, **engine_settings, "classroom.episodes": 40})
    course, described = described_school(settings)
    with Store.open("shared.db") as store, engine_of(settings, described.planned, store) as engine:
        first, second = engine.actors  # type: ignore[union-attr]
        pid: Any = ray.get(first.__ray_call__.remote(lambda _: os.getpid()))
        seats = {name: described_seat(settings, name) for name in settings.seats.names}
        school = _school(settings, course, seats, store=store, engine=engine, observers=[Killer(pid)])
        report = asyncio.run(school.run())
        assert second in engine.actors  # type: ignore[union-attr]
        assert first not in engine.actors  # type: ignore[union-attr]
    assert report.totals.episodes == len(held("schoolroom.db"))
    assert held("shared.db") == held("schoolroom.db")
    assert "died" not in capfd.readouterr().out


@pytest.mark.slow
@pytest.mark.usefixtures("_cluster")
def test_a_cluster_that_is_too_small_and_what_a_worker_cannot_find_are_said(cli: Cli) -> None:
    said = cli(*RUN, "--engine", "ray", "--workers", "900", code=2).stderr
    assert "900 workers need 900 CPUs, but the cluster has " in said
    assert "Traceback" not in said


def test_options_of_ray_without_ray_are_refused(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "are for Ray; say --engine ray, too." in cli(*RUN, "--workers", "2", code=2).stderr
    assert "'engine.name' is \"rey\"" in cli(*RUN, "--engine", "rey", code=2).stderr
    said = cli(*RUN, "--engine", "ray", "--address", "ray://host:1", code=2).stderr
    assert "'ray://host:1' is no HOST:PORT; start the command on a machine of the cluster." in said
    monkeypatch.setitem(sys.modules, "ray", None)
    said = cli(*RUN, "--engine", "ray", code=2).stderr
    assert "the engine 'ray' needs Ray; install schoolroom[ray]." in said


def test_the_engine_is_no_part_of_the_plan() -> None:
    def planned(**given: Any) -> str:
        settings: Settings = load_settings(given=given)
        return described_school(settings)[1].planned.id

    assert planned() == planned(**{"engine.name": "ray", "engine.workers": 3})
