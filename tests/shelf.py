"""A registry with real tiny models in it, on the fakes or on the adapters."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

from millrace.adapters import documents
from millrace.domain.errors import MillraceError
from millrace.domain.manifest import Manifest
from millrace.domain.model import AliasMove, ModelVersion
from millrace.domain.schema import Schema
from millrace.domain.spec import Spec
from millrace.inference.sessions import Recent
from millrace.ports import Blobs, Models
from millrace.usecases.open_model import Found, OpenModels
from millrace.usecases.resolve_version import Versions
from tests import tiny
from tests.fakes.blobs import FakeBlobs
from tests.fakes.clock import FakeClock
from tests.fakes.models import FakeModels

_DEFAULTS = Spec()
CREATED = "2026-01-01T00:00:00.000Z"


@dataclass
class Shelf:
    """Registers tiny models and points aliases at them. `kept` is what `OpenModels` reported: (wanted, kept, code)."""

    models: Models = field(default_factory=FakeModels)
    blobs: Blobs = field(default_factory=FakeBlobs)
    clock: FakeClock = field(default_factory=FakeClock)
    tenant: str = "acme"
    model: str = "credit"
    kept: list[tuple[int, int, str]] = field(default_factory=list)

    def register(self, schema: Schema = tiny.CLASSIFIES, bias: float = 0.0, spec: Spec = _DEFAULTS) -> ModelVersion:
        """One more version, whose score is moved by `bias`, made with `spec`."""
        number = len(self.models.versions(self.tenant, self.model)) + 1
        content = tiny.model(schema, bias)
        manifest = tiny.manifest(content, schema, run_id=f"{number:032x}", spec=spec)
        version = ModelVersion(
            tenant=self.tenant,
            model=self.model,
            number=number,
            run_id=manifest.lineage.run_id,
            model_digest=self.blobs.put(self.tenant, content),
            manifest_digest=self.blobs.put(self.tenant, documents.dump(manifest)),
            report_digest="0" * 64,
            model_size=len(content),
            metrics=manifest.metrics,
            accepted=True,
            created=CREATED,
        )
        return self.models.register(version)

    def point(self, number: int, alias: str = "champion") -> None:
        """Move an alias to a version."""
        now = self.models.alias(self.tenant, self.model, alias)
        before, moves = (None, 0) if now is None else (now.version, now.moves)
        move = AliasMove(self.tenant, self.model, alias, moves + 1, before, number, CREATED, "test", "because")
        assert self.models.move(move)

    def open_models(
        self, capacity: int = 10**8, alias_seconds: float = 2, on_found: Found = lambda _: None
    ) -> OpenModels:
        """What serves these models."""

        def kept(wanted: ModelVersion, before: ModelVersion, error: MillraceError) -> None:
            self.kept.append((wanted.number, before.number, error.code))

        return OpenModels(
            versions=Versions(self.models, self.clock, alias_seconds),
            blobs=self.blobs,
            clock=self.clock,
            sessions=Recent(capacity),
            read_manifest=partial(documents.load, Manifest),
            on_kept=kept,
            on_found=on_found,
        )
