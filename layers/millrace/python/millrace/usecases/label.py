"""From a file of truth to truth by the hour of what it is about; what can't be used is recorded with its reason."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from millrace.domain.capture import Partition
from millrace.domain.errors import Conflict, InvalidInput, NotFound, Rejected
from millrace.domain.naming import TruthKey
from millrace.domain.run import Failure
from millrace.domain.suggestion import hint, shown
from millrace.domain.truth import SHOWN_FAULTS, Truth, TruthFile, checked
from millrace.domain.truth_file import MAX_BYTES, Row, rows, too_large
from millrace.domain.upload import Upload
from millrace.ports import Clock, Landing, Models, Tenants, TruthStore

HOUR = "%Y-%m-%dT%H"  # how hours are named


class Labelling(StrEnum):
    """What became of a file of truth."""

    KEPT = "kept"
    REFUSED = "refused"  # recorded with the reason
    IGNORED = "ignored"  # nothing to do, and nothing wrong


@dataclass(frozen=True, slots=True)
class LabelPorts:
    """What labelling needs from outside."""

    landing: Landing
    tenants: Tenants
    models: Models
    truth: TruthStore
    clock: Clock
    kept_days: int  # that captures are kept


@dataclass(slots=True)
class _Read:
    """What a file holds: by hour and inference id, so that of several the last line counts, and what is wrong.

    Truth counts for hours of which there may be captures: not before `oldest`, nor after `newest`.
    """

    oldest: str
    newest: str
    hours: dict[str, dict[str, Truth]] = field(default_factory=lambda: defaultdict(dict))
    refused: int = 0
    faults: list[Failure] = field(default_factory=list)


def label(upload: Upload, ports: LabelPorts) -> tuple[Labelling, TruthFile | None]:
    """Store a file's truth, or why there is none; doing it again changes nothing. Raises Unavailable, Corrupt."""
    key = TruthKey.find(upload.key)
    if key is None or key.is_bookkeeping or ports.tenants.find(key.tenant) is None:
        return Labelling.IGNORED, None  # without a tenant `ingest` tells the operator
    file = TruthFile(key.tenant, key.model, key.file, upload.id, ports.clock.now(), upload.arrived)
    try:
        check_model(key.tenant, key.model, ports.models)
        read = _read(upload, key.file, ports.landing, _possible(ports))
    except Rejected as error:
        file = replace(file, failure=Failure.of(error))
    else:
        for hour, truths in sorted(read.hours.items()):
            ports.truth.add(Partition(key.tenant, key.model, hour), list(truths.values()))
        kept = sum(map(len, read.hours.values()))
        file = replace(file, rows=kept, refused=read.refused, faults=tuple(read.faults))
    ports.truth.note(file)
    return (Labelling.REFUSED if file.is_refused else Labelling.KEPT), file


def check_model(tenant: str, model: str, models: Models) -> None:
    """Raise Rejected(code="unknown_model") where the tenant has no such model, whose answers truth could be about."""
    names = [each.name for each in models.of_tenant(tenant)]
    if model not in names:
        raise Rejected(
            f"there is no model {shown(model)}",
            code="unknown_model",
            field="model",
            hint=hint(model, names) or "see `millrace models list`",
        )


def _read(upload: Upload, file: str, landing: Landing, read: _Read) -> _Read:
    """Every row of the file, checked. Raises Rejected for a file that can't be used as a whole."""
    if upload.size > MAX_BYTES:
        raise too_large(file)
    with tempfile.TemporaryDirectory(prefix="millrace-truth-") as folder:
        path = Path(folder) / "truth"
        try:
            landing.fetch(landing.stat(upload.key, upload.version_id, upload.etag), path)
        except NotFound as error:
            raise Rejected(
                "the file was deleted before it was read", code="deleted", field=file, hint="upload it again"
            ) from error
        except Conflict as error:
            raise Rejected(
                "the file was replaced before it was read", code="replaced", field=file, hint="see the newer one"
            ) from error
        with path.open("rb") as content:
            for row in rows(content, file):
                _take(row, file, upload.arrived, read)
    return read


def _possible(ports: LabelPorts) -> _Read:
    """Nothing read yet, of the hours of which there may be captures."""
    now = datetime.fromisoformat(ports.clock.now())
    oldest, newest = now - timedelta(days=ports.kept_days), now + timedelta(hours=1)
    return _Read(oldest.strftime(HOUR), newest.strftime(HOUR))


def _take(row: Row, file: str, arrived: str, read: _Read) -> None:
    try:
        truth = _checked(row, arrived, read)
    except InvalidInput as error:
        read.refused += 1
        if len(read.faults) < SHOWN_FAULTS:
            read.faults.append(_fault(error, row.line, file))
        return
    read.hours[truth.hour][truth.inference_id] = truth


def _checked(row: Row, arrived: str, read: _Read) -> Truth:
    """The row's truth. Raises InvalidInput."""
    if row.fault is not None:
        raise row.fault
    truth = checked(row.id, row.value, arrived)
    if read.oldest <= truth.hour <= read.newest:
        return truth
    raise InvalidInput(
        f"the inference id is of {truth.hour}, an hour of which no capture is kept",
        code="invalid_inference_id",
        field="inference_id",
        hint="send the `id` of an answer as it was given",
    )


def _fault(error: InvalidInput, line: int, file: str) -> Failure:
    """Why a row was left out, with its place."""
    place = f"{file}:{line}"
    if error.field and error.field.startswith(place):
        return Failure.of(error)
    return Failure.of(
        Rejected(f"line {line}: {error.message}", code=error.code, field=f"{place}: {error.field}", hint=error.hint)
    )
