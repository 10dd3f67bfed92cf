"""What tests of retraining share."""

from __future__ import annotations

import pytest

from tests.unit.usecases.drifting import Place


@pytest.fixture
def place() -> Place:
    """A model that serves and drifts."""
    place = Place()
    place.serve()
    place.drift()
    return place
