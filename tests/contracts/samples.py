"""Records for the contract suites, with every optional part filled and with text beyond ASCII."""

from __future__ import annotations

import uuid

from millrace.domain.access import ApiKey, Scope
from millrace.domain.dataset import DatasetVersion
from millrace.domain.digest import of_bytes
from millrace.domain.model import AliasMove, ModelVersion
from millrace.domain.run import Attempt, DataLocation, Failure, Outcome, Run, RunState
from millrace.domain.spec import Metric, Spec, Task

RUNNING = Outcome(RunState.RUNNING)
SUCCEEDED = Outcome(RunState.SUCCEEDED, version=3, promoted=True)
REJECTED = Outcome(RunState.REJECTED, Failure("no_target", "no column “größe”", hint="name one", field="target"))


def moment(second: int) -> str:
    """A time in UTC."""
    return f"2026-02-28T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}.{second % 1000:03}Z"


def key(tenant: str, number: int = 1) -> ApiKey:
    return ApiKey(
        tenant=tenant,
        id=f"{number:016x}",
        secret_digest=of_bytes(b"secret"),
        scopes=frozenset(Scope),
        created=moment(number),
        expires=moment(80_000),
        label="Jörg: laptop 🔑",
    )


def location(content: bytes = b"a,b\n1,2\n") -> DataLocation:
    return DataLocation("landing", "tenant/données/fichier été.csv", "v1", of_bytes(content), len(content))


def dataset(tenant: str, number: int = 1) -> DatasetVersion:
    return DatasetVersion(tenant, "iris", location(str(number).encode()), moment(number))


def run(tenant: str, number: int = 1, *, features: int = 2) -> Run:
    spec = Spec(
        target="größe",
        task=Task.REGRESSION,
        features=tuple(f"column {index}" for index in range(features)),
        metric=Metric.RMSE,
        margin=0.1,
        seed=2**53 + 1,
    )
    identifier = f"{number:032x}"
    return Run(tenant, "iris", identifier, location(), spec, created=moment(number), outcome=RUNNING)


def attempt(of: Run, number: int = 1) -> Attempt:
    return Attempt(of.tenant, of.id, number, started=moment(100 + number), outcome=RUNNING)


def version(tenant: str, model: str = "iris", run_id: str | None = None) -> ModelVersion:
    return ModelVersion(
        tenant=tenant,
        model=model,
        number=0,
        run_id=run_id or uuid.uuid4().hex,
        model_digest=of_bytes(b"model"),
        manifest_digest=of_bytes(b"manifest"),
        report_digest=of_bytes(b"report"),
        model_size=123_456,
        metrics={Metric.LOG_LOSS: 0.1 + 0.2, Metric.AUC: 1.0, Metric.R2: -1e-200, Metric.RMSE: 1.7976931348623157e308},
        accepted=True,
        created=moment(7),
    )


def move(tenant: str, sequence: int, before: int | None, after: int, *, alias: str = "champion") -> AliasMove:
    why = "log_loss 0.51 ≤ 0.55"
    return AliasMove(tenant, "iris", alias, sequence, before, after, at=moment(sequence), who="gate", why=why)
