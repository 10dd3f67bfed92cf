"""From an address to a model that is ready to answer; a new champion that can't be loaded does not stop the old one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from millrace.domain.errors import Corrupt, MillraceError, NotFound, TooLarge
from millrace.domain.manifest import Manifest
from millrace.domain.model import ModelAddress, ModelVersion
from millrace.domain.spec import Spec
from millrace.inference.sessions import Recent
from millrace.inference.tabular import TabularModel, session_bytes
from millrace.ports import Blobs, Clock
from millrace.usecases.resolve_version import Versions

BROKEN_SECONDS = 30.0  # how long an artifact that can't be opened here is not fetched again
_REMEMBERED = 4096

ReadManifest = Callable[[bytes], Manifest]
Kept = Callable[[ModelVersion, ModelVersion, MillraceError], None]
Found = Callable[[ModelVersion], None]


@dataclass(frozen=True, slots=True)
class OpenModel:
    """One version, loaded. A whole answer comes from one of these, so that it never mixes two versions.

    `spec` is the one that it was made with.
    """

    version: ModelVersion
    model: TabularModel
    spec: Spec


@dataclass(frozen=True, slots=True)
class Artifact:
    """What is kept of a version's artifact while it is open."""

    model: TabularModel
    spec: Spec


@dataclass(frozen=True, slots=True)
class _Broken:
    error: Corrupt | TooLarge
    until: float


class OpenModels:
    """Opens models and keeps the recently used ones open.

    When an alias moves to a version that can't be loaded, the version it served before keeps serving, answers name
    it, and `on_kept` is told (version wanted, version kept, why). A version asked for by number has no substitute.
    `on_found` is told of each version that is going to be loaded, whether or not it can be.
    """

    def __init__(
        self,
        *,
        versions: Versions,
        blobs: Blobs,
        clock: Clock,
        sessions: Recent[Artifact],
        read_manifest: ReadManifest,
        on_kept: Kept,
        on_found: Found = lambda _: None,
    ) -> None:
        self._versions = versions
        self._blobs = blobs
        self._clock = clock
        self._sessions = sessions
        self._read_manifest = read_manifest
        self._on_kept = on_kept
        self._on_found = on_found
        self._served: Recent[ModelVersion] = Recent(_REMEMBERED)
        self._broken: Recent[_Broken] = Recent(_REMEMBERED)

    def open(self, address: ModelAddress) -> OpenModel:
        """The version meant now, loaded. Raises NotFound, Corrupt, TooLarge or Unavailable."""
        version = self._versions.find(address)
        self._on_found(version)
        if address.number is not None:
            return self._load(version)
        alias = f"{address.tenant}/{address.model}/{address.version}"
        try:
            opened = self._load(version)
        except MillraceError as error:
            before = self._served.find(alias)
            if before is None or before == version:
                raise
            self._on_kept(version, before, error)
            self._on_found(before)
            return self._load(before)
        self._served.keep(alias, version)
        return opened

    def _load(self, version: ModelVersion) -> OpenModel:
        artifact = self._artifact(version)
        return OpenModel(version, artifact.model, artifact.spec)

    def _artifact(self, version: ModelVersion) -> Artifact:
        # The manifest's digest covers the graph's digest too, and blobs are stored per tenant.
        key = f"{version.tenant}/{version.manifest_digest}"
        broken = self._broken.find(key)
        if broken is not None and self._clock.monotonic() < broken.until:
            raise type(broken.error)(
                broken.error.message, code=broken.error.code, hint=broken.error.hint
            ) from broken.error
        kept = self._sessions.find(key)
        if kept is not None:
            return kept
        try:
            manifest = self._manifest(version)
            weight = session_bytes(version.model_size, len(manifest.schema.features))
            return self._sessions.get(key, weight, lambda: self._graph(version, manifest))
        except (Corrupt, TooLarge) as error:
            self._broken.keep(key, _Broken(error, self._clock.monotonic() + BROKEN_SECONDS))
            raise

    def _manifest(self, version: ModelVersion) -> Manifest:
        manifest = self._read_manifest(self._blob(version, version.manifest_digest))
        if manifest.model_digest != version.model_digest:
            raise Corrupt("the model and its manifest do not agree", code="model_unloadable")
        return manifest

    def _graph(self, version: ModelVersion, manifest: Manifest) -> Artifact:
        model = TabularModel.load(self._blob(version, version.model_digest), manifest.schema)
        return Artifact(model, manifest.lineage.spec)

    def _blob(self, version: ModelVersion, digest: str) -> bytes:
        try:
            return self._blobs.get(version.tenant, digest)
        except NotFound as error:
            raise Corrupt("the model's artifact is gone", code="artifact_missing") from error
