"""`millrace predict`: a file's rows through the HTTPS API, as any client would send them."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import RenderableType

from millrace.cli import render
from millrace.cli.api import ApiClient, encoded
from millrace.cli.session import Session
from millrace.domain import inference_id
from millrace.domain.access import PresentedKey
from millrace.domain.dialect import sniff
from millrace.domain.errors import InvalidInput, Unauthenticated
from millrace.domain.head import HEAD_BYTES
from millrace.domain.suggestion import hint
from millrace.edge import limits

SUFFIXES = (".csv", ".jsonl", ".ndjson", ".json")
KEY = "MILLRACE_KEY"  # a key, in the environment
BATCH = 500  # rows in one call
BATCH_BYTES = limits.REQUEST_BYTES // 4 * 3 - 1024  # of a call's rows as JSON, which an event carries in base64
SHOWN = 50  # rows in the table
Row = Mapping[str, object]
Numbered = tuple[int, Row]  # with the line that it begins on
_PLACE = re.compile(r"rows\[([0-9]+)\](.*)", re.DOTALL)


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command(epilog="Example: millrace predict credit-g new-customers.csv --json > predictions.json")(predict)


def predict(
    context: typer.Context,
    model: Annotated[str, typer.Argument(help="The model's name.")],
    file: Annotated[Path, typer.Argument(help="CSV, or JSON lines (.jsonl, .ndjson).", exists=True, dir_okay=False)],
    model_version: Annotated[
        str | None, typer.Option("--version", help="A number or alias; else the champion.")
    ] = None,
    without: Annotated[
        list[str] | None, typer.Option(help="A column to leave out, such as the one predicted; may be repeated.")
    ] = None,
    key: Annotated[
        str | None, typer.Option(help=f"An API key; else `{KEY}`, if it is of the tenant meant; else the saved one.")
    ] = None,
) -> None:
    """Predict every row of a file over HTTPS; as JSON with each row's inference id, by which truth is told."""
    session: Session = context.obj
    with api(session, key) as client:
        numbered = [(line, lacking(row, without or ())) for line, row in numbered_rows(file)]
        if not numbered:
            raise InvalidInput(f"{file} has no rows", code="no_rows", field=str(file), hint="add rows to predict")
        answers = [_ask(client, (model, model_version), batch, file) for batch in batches(numbered)]
    predictions = [each for answer in answers for each in answer["predictions"]]
    versions = sorted({answer["model_version"] for answer in answers})
    value = {"model": model, "versions": versions, "ids": list(_ids(answers)), "predictions": predictions}
    session.screen.show(value, lambda: shown(model, versions, [row for _, row in numbered], predictions))


def _ask(client: ApiClient, address: tuple[str, str | None], batch: Sequence[Numbered], file: Path) -> dict[str, Any]:
    """One call's answer. What is wrong with a row is said with its line in the file."""
    try:
        return client.predict(*address, [row for _, row in batch])
    except InvalidInput as error:
        raise in_file(error, file, [line for line, _ in batch]) from error


def _ids(answers: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The inference id of each row, by which its truth is told later."""
    for answer in answers:
        rows = len(answer["predictions"])
        yield from (inference_id.of_row(str(answer["id"]), row, rows) for row in range(rows))


def in_file(error: InvalidInput, file: Path, lines: Sequence[int]) -> InvalidInput:
    """The same error where it names a row of the call by that row's line in the file."""
    place = _PLACE.match(error.field or "")
    if place is None or int(place[1]) >= len(lines):
        return error
    index, line = int(place[1]), lines[int(place[1])]
    message = re.sub(rf"\brow {index}\b", f"line {line}", error.message)
    message = message.replace(f"rows[{index}]", f"line {line}")
    advice = "leave columns out with --without NAME" if error.code == "unknown_field" else error.hint
    return InvalidInput(message, code=error.code, field=f"{file}:{line}{place[2]}", hint=advice)


def api(session: Session, key: str | None = None) -> ApiClient:
    """The stage's API with this key, or with that of the tenant who is meant. Raises Unauthenticated without one."""
    text = key or key_of(session.options.tenant or session.saved.tenant, session, os.environ.get(KEY))
    return ApiClient(session.outputs.api_url, text, os.environ.get("AWS_CA_BUNDLE"))


def key_of(tenant: str | None, session: Session, exported: str | None) -> str:
    """The tenant's key: the one exported to this shell if it is the tenant's, else the saved one.

    An exported key is of the tenant that was meant when it was exported, so it is not trusted to be of this one; where
    no tenant is meant, it says which. Raises Unauthenticated where there is neither.
    """
    owner = None
    with contextlib.suppress(Unauthenticated):  # no key of ours
        owner = PresentedKey.parse(exported or "").tenant
    if exported and owner and owner == (tenant or owner):
        return exported
    text = session.saved.keys.get(session.tenant)
    if text is None:
        other = f", and {KEY} is {'of ' + owner if owner else 'not a key of ours'}" if exported else ""
        advice = f"millrace keys create --save --tenant {session.tenant}"
        raise Unauthenticated(f"no key of {session.tenant} is saved here{other}", hint=advice)
    return text


def lacking(row: Row, names: Collection[str]) -> Row:
    """The row without these columns. Raises InvalidInput for one that it doesn't have."""
    for name in names:
        if name not in row:
            raise InvalidInput(f"the file has no column {name!r}", field="--without", hint=hint(name, row))
    return {name: value for name, value in row.items() if name not in names}


def batches(rows: Iterable[Numbered]) -> Iterator[list[Numbered]]:
    """The rows in parts that fit a call, by count and by bytes; a row too large for any is for the API to refuse."""
    part: list[Numbered] = []
    held = 0
    for line, row in rows:
        size = len(encoded(row)) + 1  # and a comma
        if part and (len(part) == BATCH or held + size > BATCH_BYTES):
            yield part
            part, held = [], 0
        part.append((line, row))
        held += size
    if part:
        yield part


def read_rows(file: Path) -> Iterator[dict[str, object]]:
    """A CSV's rows as texts by column, or a JSON lines file's objects. Raises InvalidInput naming the line."""
    return (row for _, row in numbered_rows(file))


def numbered_rows(file: Path) -> Iterator[tuple[int, dict[str, object]]]:
    """Each row with the number of the line it begins on. Raises InvalidInput naming the line."""
    if file.suffix.lower() not in SUFFIXES:
        what = f"{file} is neither CSV nor JSON Lines"
        kinds = f"predict takes {', '.join(SUFFIXES)}"
        raise InvalidInput(what, code="unsupported_format", field=str(file), hint=kinds)
    try:
        with file.open(newline="", encoding="utf-8-sig") as text:
            if file.suffix.lower() == ".csv":
                head = text.read(HEAD_BYTES)
                dialect = sniff(head, whole=len(head) < HEAD_BYTES)
                text.seek(0)
                yield from _csv(csv.reader(text, delimiter=dialect.delimiter, strict=True), file)
            else:
                yield from _json_lines(text, file)
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{file} is not UTF-8", field=str(file), hint="save it as UTF-8") from error


def _csv(records: Any, file: Path) -> Iterator[tuple[int, dict[str, object]]]:
    try:
        header: list[str] = next(records, [])
        line = records.line_num + 1
        for record in records:
            began, line = line, records.line_num + 1
            if not record:
                continue
            if len(record) != len(header):
                what = f"line {records.line_num} has {len(record)} values, the header {len(header)}"
                raise InvalidInput(what, field=f"{file}:{records.line_num}")
            yield began, dict(zip(header, record, strict=True))
    except csv.Error as error:
        raise InvalidInput(
            f"line {records.line_num} is not CSV: {error}", field=f"{file}:{records.line_num}"
        ) from error


def _json_lines(text: Iterator[str], file: Path) -> Iterator[tuple[int, dict[str, object]]]:
    for number, line in enumerate(text, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise InvalidInput(f"line {number} is not JSON: {error}", field=f"{file}:{number}") from error
        if not isinstance(row, dict):
            raise InvalidInput(f"line {number} is not an object", field=f"{file}:{number}")
        yield number, row


def shown(model: str, versions: Sequence[str], rows: Sequence[Row], predictions: Sequence[Any]) -> RenderableType:
    """The first rows with what was predicted."""
    title = f"{model} version {', '.join(versions)}: {len(predictions)} predictions"
    title += f", the first {SHOWN} of them" if len(predictions) > SHOWN else ""
    return render.predictions(title, rows[:SHOWN], predictions[:SHOWN])
