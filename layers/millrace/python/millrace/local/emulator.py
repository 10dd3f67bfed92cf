"""The embedded cloud: an AWS emulator as one background process on loopback, with TLS and IAM enforced."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import socket
import ssl
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from millrace.domain.errors import Unavailable
from millrace.local import certificate, process

ACCOUNT = "000000000000"
REGION = "us-east-1"
ROOT_KEY = "test"  # the emulator's own root caller; it listens on loopback only
START_SECONDS = 60.0
WARM_SECONDS = 300  # after this long without a call a function's process ends: scale to zero
_HOST = "127.0.0.1"
_TICK = 0.05
_PORT_TRIES = 20
_SERVER = Path(__file__).with_name("server.py")
# What the emulator and its functions may see of the caller's environment: no credentials, proxies or Python settings.
_KEPT = ("PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH")


@dataclass(frozen=True, slots=True)
class Cloud:
    """A running embedded cloud."""

    endpoint: str
    ca_bundle: Path
    state: Path
    pid: int

    @property
    def env(self) -> dict[str, str]:
        """What a client's environment needs to reach it: boto3, the CDK command line and httpx read these."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_CA_BUNDLE": str(self.ca_bundle),
            "NODE_EXTRA_CA_CERTS": str(self.ca_bundle),
            "SSL_CERT_FILE": str(self.ca_bundle),
            "AWS_ACCESS_KEY_ID": ROOT_KEY,
            "AWS_SECRET_ACCESS_KEY": ROOT_KEY,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": f"{_HOST},localhost",
            "no_proxy": f"{_HOST},localhost",
            "CDK_DEFAULT_ACCOUNT": ACCOUNT,
            "CDK_DEFAULT_REGION": REGION,
        }

    def over(self, environ: Mapping[str, str]) -> dict[str, str]:
        """`environ` pointed at this cloud, without the caller's own profile, session token or endpoint."""
        return {name: value for name, value in environ.items() if not name.startswith("AWS_")} | self.env


def start(state: Path, *, warm_seconds: int = WARM_SECONDS, ours: bool = False) -> Cloud:
    """Return the running cloud of this state folder, or start one and wait until it answers.

    It outlives this process, unless it is `ours`: then it ends when we do, however that is. Raises Unavailable with the
    log's last lines when it does not come up.
    """
    state = state.resolve()
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone(state):
        child = process.find(_record(state))
        if child is not None and _answers(child, _authority(state)):
            return _cloud(state, child)
        process.stop(_record(state))  # one that lives but doesn't answer
        return _start(state, warm_seconds, ours=ours)


def find(state: Path) -> Cloud | None:
    """The running cloud of this state folder, or None."""
    state = state.resolve()
    running = process.find(_record(state))
    return None if running is None else _cloud(state, running)


def stop(state: Path) -> bool:
    """Stop gracefully, which saves its state; False when none ran."""
    state = state.resolve()
    stopped = process.stop(_record(state))
    if stopped:
        shutil.rmtree(state / "tmp", ignore_errors=True)
    return stopped


def save(cloud: Cloud) -> bool:
    """Have it write its state, so that what stands survives a power cut, as otherwise only S3's objects do.

    Returns whether that was done within START_SECONDS.
    """
    mark = cloud.state / "state" / "saved"
    mark.unlink(missing_ok=True)
    with contextlib.suppress(ProcessLookupError):
        os.kill(cloud.pid, signal.SIGUSR1)
    deadline = time.monotonic() + START_SECONDS
    while not mark.exists() and time.monotonic() < deadline and find(cloud.state) is not None:
        time.sleep(_TICK)
    return mark.exists()


def wipe(state: Path) -> None:
    """Stop, and forget everything it held."""
    stop(state)
    shutil.rmtree(state, ignore_errors=True)


def _start(state: Path, warm_seconds: int, *, ours: bool) -> Cloud:
    tls = certificate.ensure(state / "tls")
    _clean(state)
    log = state / "emulator.log"
    if log.exists():
        log.replace(state / "emulator.previous.log")
    with _listener(state) as listener:
        port = listener.getsockname()[1]
        # The emulator inherits a socket that already listens, so nobody can take the port in between.
        descriptor = listener.fileno()
        told = [str(descriptor), str(tls.certificate), str(tls.key), *([str(os.getpid())] if ours else [])]
        command = [sys.executable, "-P", str(_SERVER), *told]
        env = _environment(state, port, tls, warm_seconds)
        note = {"port": str(port)}
        child = process.spawn(_record(state), command, env, log, note, cwd=state / "tmp", pass_fds=[descriptor])
    if not _answers(child, tls.authority):
        process.stop(_record(state), patience=2)
        raise Unavailable(
            f"the embedded cloud did not start:\n{process.tail(log)}",
            code="cloud_did_not_start",
            hint=f"see {log}, or run `millrace doctor`",
        )
    (state / "port").write_text(str(port))
    return _cloud(state, child)


def _clean(state: Path) -> None:
    """Remove what an emulator that died left: what its functions had unpacked, and buckets that no saved stack owns."""
    shutil.rmtree(state / "tmp", ignore_errors=True)
    if not any((state / "state").glob("*.json")):
        shutil.rmtree(state / "s3", ignore_errors=True)


@contextlib.contextmanager
def _alone(state: Path) -> Iterator[None]:
    """One starter at a time: a second command waits here and then finds the cloud of the first."""
    with (state / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _record(state: Path) -> Path:
    return state / "emulator.json"


def _authority(state: Path) -> Path:
    return state / "tls" / "ca.crt"


def _cloud(state: Path, running: process.Process) -> Cloud:
    return Cloud(f"https://{_HOST}:{running.note['port']}", _authority(state), state, running.pid)


def _listener(state: Path) -> socket.socket:
    """A listening socket on the port used last time if it is free, so that stored addresses stay true; else on any.

    A killed process can look ended a moment before its last thread gives up the port, so that one is tried again.
    """
    former = state / "port"
    wanted = [int(former.read_text())] * _PORT_TRIES if former.exists() else []
    for port in [*wanted, 0]:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((_HOST, port))
            listener.listen(128)
        except OSError:
            listener.close()
            time.sleep(_TICK)
            continue
        return listener
    raise Unavailable(f"no free port on {_HOST}", code="no_port", hint="end a program that holds many ports")


def _environment(state: Path, port: int, tls: certificate.Tls, warm_seconds: int) -> dict[str, str]:
    """The emulator's own environment, which the functions it runs inherit: nothing of the caller's AWS settings."""
    scratch = state / "tmp"
    scratch.mkdir(mode=0o700)
    return {name: os.environ[name] for name in _KEPT if name in os.environ} | {
        "GATEWAY_PORT": str(port),
        "BIND_HOST": _HOST,
        "MINISTACK_HOST": _HOST,
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "MINISTACK_REGION": REGION,
        "USE_SSL": "1",
        "MINISTACK_SSL_CERT": str(tls.certificate),
        "MINISTACK_SSL_KEY": str(tls.key),
        "AWS_ENDPOINT_URL": f"https://{_HOST}:{port}",
        "AWS_CA_BUNDLE": str(tls.authority),
        "NODE_EXTRA_CA_CERTS": str(tls.authority),
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AUTH": "true",
        "LAMBDA_EXECUTOR": "local",
        "LAMBDA_WARM_TTL_SECONDS": str(warm_seconds),
        "PERSIST_STATE": "1",
        "STATE_DIR": str(state / "state"),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(state / "s3"),
        "IOT_MTLS_ENABLED": "0",  # else it takes port 8883
        "SFTP_ENABLED": "0",
        "DOCKER_HOST": f"unix://{scratch}/none.sock",  # else it looks for containers of its own to remove
        "TMPDIR": str(scratch),
        "LOG_LEVEL": "WARNING",
    }


def _answers(child: process.Process, authority: Path) -> bool:
    """Whether it answers over TLS within START_SECONDS; False as soon as the process has ended."""
    url = f"https://{_HOST}:{child.note['port']}/_ministack/health"
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}),
        urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=str(authority))),
    )
    deadline = time.monotonic() + START_SECONDS
    while child.alive and time.monotonic() < deadline:
        try:
            with opener.open(url, timeout=2) as answer:
                if answer.status == 200:
                    return True
        except (urllib.error.URLError, OSError):
            time.sleep(_TICK)
    return False
