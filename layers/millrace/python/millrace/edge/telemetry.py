"""Log lines that say whose call it is, of which model and run, and never what is in the data."""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from aws_lambda_powertools import Logger

from millrace.domain.errors import MillraceError
from millrace.domain.model import ModelVersion
from millrace.domain.naming import is_name

_FRAMES = 20  # of each error, the innermost ones
LEARNT = ("model", "version")  # what may become known while a call lasts
# A model has the name of the dataset that it comes from, so one key finds what happened to both.
_SUBJECTS = re.compile(r"(?:/v2)?/(?P<kind>models|datasets|runs)/(?P<name>[^/]+)")
_KEYS = {"models": "model", "datasets": "model", "runs": "run_id"}


def logger() -> Logger:
    """The function's logger: JSON lines, named by POWERTOOLS_SERVICE_NAME."""
    return Logger()


@contextmanager
def about(log: Logger, context: Any, **keys: object) -> Iterator[None]:
    """Put `keys` and the Lambda request's id on each line until the block ends, so that no later call inherits them.

    What is none of our errors leaves with its name and without its text, which may quote the data: Lambda writes what
    is raised into the log.
    """
    request = getattr(context, "aws_request_id", None)
    with log.append_context_keys(request_id=request, **keys):
        try:
            yield
        except MillraceError:
            raise
        except Exception as error:  # noqa: BLE001  # any error's text may quote the data
            log.error(f"unexpected {type(error).__name__}", extra={"frames": frames(error)})  # noqa: TRY400  # no text
            raise type(type(error).__name__, (Exception,), {})() from None
        finally:
            log.remove_keys(LEARNT)


def frames(error: BaseException) -> list[str]:
    """Types and places of an error and of its causes, without their texts, which may quote what a caller sent."""
    told: list[str] = []
    cause: BaseException | None = error
    while cause is not None:
        places = traceback.extract_tb(cause.__traceback__, limit=-_FRAMES)
        told += [type(cause).__name__, *(f"{place.filename}:{place.lineno} {place.name}" for place in places)]
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return told


def learn(log: Logger, version: ModelVersion) -> None:
    """Put the version too on each line from here to the end of the block."""
    log.append_keys(model=version.model, version=version.number)


def of_path(path: str) -> Mapping[str, str]:
    """The model or the run that a path of the API is about; nothing for what is no name, which may be anything."""
    found = _SUBJECTS.match(path)
    return {_KEYS[found["kind"]]: found["name"]} if found and is_name(found["name"]) else {}


def of_upload(key: str) -> Mapping[str, str]:
    """The tenant and the model that a landing key names, as far as they are names."""
    parts = zip(("tenant", "model"), key.split("/")[:-1], strict=False)
    return {what: part for what, part in parts if is_name(part)}
