"""What holds for every test: no network but this machine, few threads, and hypothesis without a clock.

A PostgreSQL server for those that ask for one.
"""

import ipaddress
import os
import socket
import subprocess
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# Before torch and the hub's client are imported, here and in the processes that tests start.
for name, value in {
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_OFFLINE": "1",
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "GOMP_SPINCOUNT": "0",
    "OMP_NUM_THREADS": "1",
}.items():
    os.environ.setdefault(name, value)

settings.register_profile(
    "schoolroom",
    max_examples=60,
    deadline=None,  # a busy machine is no bug
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=bool(os.environ.get("CI")),
)
settings.load_profile("schoolroom")


@pytest.fixture(scope="session")
def _refused() -> Iterator[list[str]]:
    """Whoever looks up or connects to another machine is refused; the hosts that were asked for."""
    refused: list[str] = []

    def guarded(real: Callable[..., Any], host_of: Callable[..., object]) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            if not _is_here(host := host_of(*given, **named)):
                refused.append(str(host))
                raise RuntimeError(f"a test asks for '{host}', but may only reach this machine.")
            return real(*given, **named)

        return call

    def peer(_: socket.socket, address: object) -> object:
        return address[0] if isinstance(address, tuple) else None  # else a path on this machine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", guarded(socket.getaddrinfo, lambda host, *_, **__: host))
        for name in ("connect", "connect_ex"):
            patch.setattr(socket.socket, name, guarded(getattr(socket.socket, name), peer))
        yield refused


@pytest.fixture(autouse=True)
def refused_hosts(_refused: list[str]) -> Iterator[list[str]]:
    """Other machines that the test asked for: they fail it at its end, whoever caught the error."""
    _refused.clear()
    yield _refused
    assert not _refused, f"the test asked for {', '.join(_refused)}; use a fake server on this machine."


@pytest.fixture(scope="session")
def _postgres_server() -> Iterator[str]:
    """The address of a server of our own, which ends with this process."""
    script = str(Path(__file__).parent.parent / "scripts" / "postgres.sh")
    found = subprocess.run(["sh", script, "--find"], capture_output=True, text=True, check=False)
    if found.returncode:
        pytest.skip(found.stderr.strip())
    with subprocess.Popen(
        ["sh", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as server:
        assert server.stdout is not None
        address = server.stdout.readline().strip()
        assert address, "PostgreSQL did not start; what it said stands above."
        yield address


@pytest.fixture
def postgres(_postgres_server: str) -> Iterator[str]:
    """The address of a new and empty database on a PostgreSQL server."""
    from sqlalchemy import create_engine, make_url

    url = make_url(_postgres_server).set(database=f"test_{uuid.uuid4().hex}")
    server = create_engine(_postgres_server, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {url.database} STRATEGY file_copy")
        yield url.render_as_string(hide_password=False)
        connection.exec_driver_sql(f"DROP DATABASE {url.database} WITH (FORCE)")
    server.dispose()


def _is_here(host: object) -> bool:
    """Whether this is loopback or no host at all."""
    name = host.decode() if isinstance(host, bytes) else host
    if not name or name == "localhost":
        return True
    try:
        return ipaddress.ip_address(str(name)).is_loopback
    except ValueError:
        return False
