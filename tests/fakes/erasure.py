"""Records taken out of the registry's fakes."""

from __future__ import annotations

from millrace.domain.errors import Conflict, NotFound
from millrace.domain.model import CHAMPION, ModelVersion
from tests.fakes.datasets import FakeDatasets
from tests.fakes.keys import FakeKeys
from tests.fakes.models import FakeModels
from tests.fakes.retrainings import FakeRetrainings
from tests.fakes.runs import FakeRuns
from tests.fakes.tenants import FakeTenants


class FakeErasure:
    def __init__(
        self,
        models: FakeModels,
        runs: FakeRuns,
        datasets: FakeDatasets,
        keys: FakeKeys,
        tenants: FakeTenants,
        retrainings: FakeRetrainings | None = None,
    ) -> None:
        self._models, self._runs, self._datasets = models, runs, datasets
        self._keys, self._tenants = keys, tenants
        self._retrainings = retrainings or FakeRetrainings()

    def version(self, version: ModelVersion) -> int:
        champion = self._models.alias(version.tenant, version.model, CHAMPION)
        if champion is not None and champion.version == version.number:
            raise Conflict(f"version {version.number} serves", code="version_serves", field="version")
        if not self._models.forget_version(version.tenant, version.model, version.number):
            raise NotFound(f"there is no version {version.number}", field="version")
        return 1

    def model(self, tenant: str, model: str) -> int:
        return self._models.forget(tenant, model) + self._retrainings.forget(tenant, model)

    def dataset(self, tenant: str, dataset: str) -> int:
        return self._datasets.forget(tenant, dataset)

    def run(self, tenant: str, run_id: str) -> int:
        return self._runs.forget(tenant, run_id)

    def tenant(self, tenant: str) -> int:
        gone = self._keys.forget(tenant) + self._tenants.forget(tenant)
        gone += sum(self.model(tenant, model.name) for model in self._models.of_tenant(tenant))
        gone += sum(self.run(tenant, run.id) for run in self._runs.of_tenant(tenant))
        return gone + self._datasets.forget(tenant) + self._retrainings.forget(tenant)
