"""Every code that a call through the API can be answered with: its status, what it means, what to do."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus

from millrace.domain.codes import Code, table

# Three lines each: `code [status type]`, what it means, what to do. STATUS of edge/http.py is the law of the first.
CALLS = table("""
invalid_request [400 invalid_request_error]
    the request is not built as it must be; `param` names the field
    mend that field: [api.md](api.md)

invalid_json [400 invalid_request_error]
    the body is not JSON, or nested too deeply
    send JSON in UTF-8

invalid_body [400 invalid_request_error]
    the body is absent, or can't be decompressed
    send one, and compress all of it

unsupported_encoding [400 invalid_request_error]
    `Content-Encoding` is neither gzip nor deflate
    use one of them, or none

duplicate_field [400 invalid_request_error]
    a field stands twice in one object
    send it once

unknown_field [400 invalid_request_error]
    a column is neither an input of the model nor one that it knows and ignores
    leave it out; the message says what was probably meant

empty_row [400 invalid_request_error]
    a row has no field at all
    leave the row out

missing_input [400 invalid_request_error]
    an input of the model's metadata is not among the tensors
    send it; null is a missing value

unspellable [400 invalid_request_error]
    a value can't be read as its column's kind
    send it as [spelling.md](spelling.md) says, or null

invalid_inference_id [400 invalid_request_error]
    a row of truth has no inference id, or what stands there is none
    send the `id` of an answer, with a dot and the row's number where it had several

invalid_truth [400 invalid_request_error]
    a row has no truth, or one that is neither text, a finite number, true nor false
    send a class or a number

binary_not_supported [400 invalid_request_error]
    the tensors are binary
    with tritonclient: `binary_data=False`

invalid_name [400 invalid_request_error]
    a dataset's name is not 1 to 63 of `a-z`, `0-9` and `-`
    use another

invalid_key [400 invalid_request_error]
    the file's name can't be part of an object's key
    name the file otherwise

unsupported_format [400 invalid_request_error]
    the file's name ends in no format that is read
    name the file for what it is, or convert it

invalid_input [400 invalid_request_error]
    a value is out of its bounds; `param` names it
    stay within them: [api.md](api.md)

unauthenticated [401 authentication_error]
    there is no key, or one that is unknown, expired or revoked
    send `Authorization: Bearer mr_...` with one that is valid

forbidden [403 permission_error]
    the key lacks the scope
    make a key with that scope

model_not_found [404 not_found_error]
    no such model or version serves, for this tenant
    see `GET /models`, and whose key it is

not_found [404 not_found_error]
    there is no such thing for this tenant
    see the list of what there is, and whose key it is

no_such_path [404 invalid_request_error]
    there is no such path
    see the table of calls

method_not_allowed [405 invalid_request_error]
    the path has other methods; the header `Allow` says which
    use one of them

conflict [409 conflict_error]
    the name is taken, or somebody else was faster
    read how things stand, and try again

too_large [413 invalid_request_error]
    the request is beyond a limit
    send less per call, or compressed

too_many_rows [413 invalid_request_error]
    a call has more than 10,000 rows
    send fewer per call

too_many_values [413 invalid_request_error]
    rows times the model's columns are more than 2,000,000
    send fewer rows per call; the hint says how many

answer_too_large [413 invalid_request_error]
    the answer would be larger than 6 MB
    send fewer rows per call

model_too_large [413 invalid_request_error]
    the model takes more memory than the stage gives it
    raise `session_bytes` and `predict_memory_mb` of the stage

throttled [429 rate_limit_error]
    there are too many calls at once
    wait as `Retry-After` says

quota_exceeded [429 rate_limit_error]
    the account's quota is used up
    wait as `Retry-After` says

digest_mismatch [500 server_error]
    the model's stored bytes are not those that were stored
    move the alias to another version; report it

artifact_missing [500 server_error]
    the model's artifact is gone
    move the alias to another version; report it

model_unloadable [500 server_error]
    ONNX Runtime can't run the model
    move the alias to another version; report it

corrupt [500 server_error]
    a stored record can't be read
    report it

newer_record [500 server_error]
    a newer release wrote a record that this one can't read
    deploy the newer release

unexpected [500 server_error]
    a service of AWS answered in a way nobody foresaw
    try again, then report it

internal [500 server_error]
    something of ours broke; the log says where
    try again, then report it

unavailable [503 unavailable_error]
    a service of AWS did not answer
    wait as `Retry-After` says

capture_failed [503 unavailable_error]
    the answer could not be recorded, and so is not given
    wait as `Retry-After` says

timeout [504 unavailable_error]
    the answer took longer than 29 s
    send fewer rows per call
""")
_HEADERS = {  # what an answer of a status says beside its body
    401: "`WWW-Authenticate`",
    405: "`Allow`, which methods there are",
    429: "`Retry-After`, in seconds",
    503: "`Retry-After`, in seconds",
}


def statuses_text() -> str:
    """The table of docs/api.md: statuses with their types and codes."""
    rows = []
    for status in HTTPStatus:
        for kind in dict.fromkeys(_kind(code) for code in CALLS if _status(code) == status):
            named = ", ".join(f"`{code.name}`" for code in CALLS if (_status(code), _kind(code)) == (status, kind))
            rows.append(f"| {status.value} | `{kind}` | {named} | {_HEADERS.get(status.value, '')} |")
    return "\n".join(["| status | type | codes | header |", "|---|---|---|---|", *rows])


def calls_text() -> str:
    """The table of docs/errors.md about calls."""
    rows = [f"| `{code.name}` | {_status(code)} | {code.means} | {code.do} |" for code in CALLS]
    return "\n".join(["| code | status | what it means | what to do |", "|---|---|---|---|", *rows])


def runs_text(codes: Iterable[Code]) -> str:
    """A table of docs/errors.md about runs."""
    rows = [f"| `{code.name}` | {code.by} | {code.means} | {code.do} |" for code in codes]
    return "\n".join(["| code | said by | what it means | what to do |", "|---|---|---|---|", *rows])


def _status(code: Code) -> int:
    return int(code.by.split()[0])


def _kind(code: Code) -> str:
    return code.by.split()[1]
