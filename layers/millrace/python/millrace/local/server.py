"""The embedded cloud's own process: `python server.py DESCRIPTOR CERTIFICATE KEY [OWNER]`.

The emulator's own `main` binds port 443 as well, picks its port by looking first, and needs half a minute to stop while
an idle client is connected, after which its state might never be saved. This one serves the same application on one
inherited socket.
"""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import ssl
import sys
from pathlib import Path
from typing import Any

from hypercorn.asyncio import serve
from hypercorn.config import Config
from ministack.app import _build_persistence_save_dict, app
from ministack.core.persistence import STATE_DIR, save_all

from millrace.local import conditions, deliveries, media_types, repeats

WATCH_SECONDS = 1.0
SAVED = "saved"  # in the emulator's state folder
GOODBYE_SECONDS = 0.5  # an idle client doesn't read, so it never answers TLS's goodbye; asyncio would wait 30 s for it


class PromptLoop(asyncio.SelectorEventLoop):
    """An event loop whose TLS servers don't wait long for a client's goodbye."""

    async def create_server(self, *args: Any, **options: Any) -> asyncio.Server:
        """As the base class's, with a bound on the TLS shutdown."""
        if options.get("ssl") is not None:
            options.setdefault("ssl_shutdown_timeout", GOODBYE_SECONDS)
        return await super().create_server(*args, **options)

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Pass over clients that went away without a goodbye, or never finished saying hello."""
        if not isinstance(context.get("exception"), ssl.SSLError | TimeoutError):
            super().call_exception_handler(context)


def save() -> None:
    """Write every service's state, as the emulator itself does only when it ends in order, and then a mark of it."""
    save_all(_build_persistence_save_dict())
    Path(STATE_DIR, SAVED).touch()


def watch(loop: asyncio.AbstractEventLoop, owner: int) -> None:
    """End in order once the process that started this one is gone."""
    if os.getppid() == owner:
        loop.call_later(WATCH_SECONDS, watch, loop, owner)
    else:
        os.kill(os.getpid(), signal.SIGTERM)


def main(descriptor: int, certificate: str, key: str, owner: int | None = None) -> None:
    """Serve until SIGTERM, then save the state and return. SIGUSR1 saves it and goes on."""
    conditions.enforce()
    deliveries.enforce()
    media_types.enforce()
    repeats.enforce()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))  # a burst of connections and their functions' pipes
    config = Config()
    config.bind = [f"fd://{descriptor}"]
    config.certfile, config.keyfile = certificate, key
    config.keep_alive_timeout = 75
    config.loglevel = "WARNING"
    with asyncio.Runner(loop_factory=PromptLoop) as runner:
        loop = runner.get_loop()
        loop.add_signal_handler(signal.SIGUSR1, save)
        if owner is not None:
            loop.call_later(WATCH_SECONDS, watch, loop, owner)
        runner.run(serve(app, config))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3], *map(int, sys.argv[4:]))
