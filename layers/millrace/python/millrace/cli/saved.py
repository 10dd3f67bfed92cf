"""What the command line remembers of a stage: the tenant meant by default, and keys it was told to keep."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Saved:
    """The default tenant, and one key's text by tenant."""

    tenant: str | None = None
    keys: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Saved:
        """What was saved; nothing where there is no such file or it can't be read."""
        try:
            found = json.loads(path.read_text())
            return cls(found.get("tenant"), dict(found.get("keys", {})))
        except (OSError, ValueError, AttributeError, TypeError):
            return cls()

    def with_tenant(self, tenant: str) -> Saved:
        """The same with another default tenant."""
        return replace(self, tenant=tenant)

    def with_key(self, tenant: str, text: str) -> Saved:
        """The same with this tenant's key."""
        return replace(self, keys=self.keys | {tenant: text})

    def without(self, tenant: str) -> Saved:
        """The same with nothing of this tenant."""
        kept = {name: text for name, text in self.keys.items() if name != tenant}
        return Saved(None if self.tenant == tenant else self.tenant, kept)

    def write(self, path: Path) -> None:
        """Store it whole, readable by its owner only from the first byte."""
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        partial = path.with_suffix(".partial")
        partial.unlink(missing_ok=True)
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(asdict(self), file)
        partial.replace(path)
