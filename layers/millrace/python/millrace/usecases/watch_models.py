"""One look at every model that serves, those first that were not begun for longest; one that fails stops no other.

A look is noted before it begins: a model that ends the whole process is the last in line for the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from millrace.domain.drift import Drift, Look, Standing, look_key
from millrace.domain.errors import MillraceError, Unavailable
from millrace.ports import Models, Tenants
from millrace.usecases.detect_drift import DetectPorts, detect

SECONDS_LEFT = 60.0  # with fewer no further model is begun: the next look begins with those that are left

Address = tuple[str, str]  # a tenant and its model
Looked = Callable[[Address, Drift | None], None]
Failed = Callable[[Address, Exception], None]


@dataclass(frozen=True, slots=True)
class WatchPorts:
    """What watching needs from outside. `looked` and `failed` hear of each model as it was looked at."""

    tenants: Tenants
    models: Models
    detecting: DetectPorts
    looked: Looked = lambda _, __: None
    failed: Failed = lambda _, __: None


@dataclass(slots=True)
class Watch:
    """How many models stand how; `unwatched` can't be, `left` were not come to, `troubles` name the errors."""

    standings: dict[str, int] = field(default_factory=dict)
    unwatched: int = 0
    left: int = 0
    troubles: list[str] = field(default_factory=list)

    def check(self) -> None:
        """Raise Unavailable(code="not_looked_at") where models could not be looked at, or were not come to."""
        if self.troubles or self.left:
            raise Unavailable(
                f"{len(self.troubles)} models could not be looked at, {self.left} were not come to",
                code="not_looked_at",
                hint="see what the function says of each: millrace logs",
            )


def watch(ports: WatchPorts, seconds_left: Callable[[], float], only: Address | None = None) -> Watch:
    """Look for drift in every model of every tenant that serves, or in one. Raises Unavailable without a registry."""
    seen = Watch()
    addresses = [only] if only else _by_age(_serving(ports), ports)
    for number, address in enumerate(addresses):
        if seconds_left() < SECONDS_LEFT:
            seen.left = len(addresses) - number
            break
        try:
            documents = ports.detecting.documents
            documents.write(Look(ports.detecting.clock.now()), look_key(*address))
            drift = detect(*address, ports.detecting)
        except Exception as error:  # noqa: BLE001  # whatever breaks on one model, the others are looked at
            seen.troubles.append(error.code if isinstance(error, MillraceError) else type(error).__name__)
            ports.failed(address, error)
            continue
        _count(seen, drift)
        ports.looked(address, drift)
    return seen


def _serving(ports: WatchPorts) -> Iterable[Address]:
    for tenant in ports.tenants.all():
        for model in ports.models.of_tenant(tenant.name):
            if model.champion is not None:
                yield tenant.name, model.name


def _by_age(addresses: Iterable[Address], ports: WatchPorts) -> Sequence[Address]:
    def looked_at(address: Address) -> str:
        try:
            return ports.detecting.documents.read(Look, look_key(*address)).at
        except MillraceError:  # never yet; what can't be read is told when the model's turn comes
            return ""

    return sorted(addresses, key=looked_at)


def _count(seen: Watch, drift: Drift | None) -> None:
    if drift is None:
        seen.unwatched += 1
        return
    standing = Standing(drift.standing).value
    seen.standings[standing] = seen.standings.get(standing, 0) + 1
