"""Every bound on a call, in one place. The embedded cloud enforces none of AWS's, so our code enforces them all."""

from __future__ import annotations

MIB = 1024 * 1024

LAMBDA_PAYLOAD_BYTES = 6 * MIB  # AWS's bound on a synchronous event, and on its answer
ENVELOPE_BYTES = 48 * 1024  # kept free for what stands around a body: headers (10 KiB at most, sent twice) and context
REQUEST_BYTES = LAMBDA_PAYLOAD_BYTES - ENVELOPE_BYTES  # of a body as the event carries it: base64 takes a third more
ANSWER_BYTES = LAMBDA_PAYLOAD_BYTES - ENVELOPE_BYTES  # of a body as the answer's JSON carries it
PREDICT_BODY_BYTES = 8 * MIB  # of a body after decompression; JSON takes up to 25 times as much as Python's values
CONTROL_BODY_BYTES = 64 * 1024  # the same, where bodies are a few words
TRUTH_BODY_BYTES = 4 * MIB  # the same, of rows of truth
MEMBERS = 16  # of a compressed body: gzip may be made of several
ROWS = 10_000  # per call
CELLS = 2_000_000  # rows times the model's columns: a field that a row lacks takes memory as one that it has
MESSAGE_CHARACTERS = 1000  # of an error, which may repeat what the caller sent
