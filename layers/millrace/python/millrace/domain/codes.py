"""Every code with which a run can end. docs/errors.md is written from this, and from `loop_codes`."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ENTRY = re.compile(r"(?P<name>\w+) \[(?P<by>[^]]+)\]\n +(?P<means>.+)\n +(?P<do>.+)")


@dataclass(frozen=True, slots=True)
class Code:
    """A stable code: who says it, what it means, what to do. `by` names the functions, or whoever else."""

    name: str
    by: str
    means: str
    do: str


def table(text: str) -> tuple[Code, ...]:
    """Codes written in three lines each: `name [by]`, what it means, what to do. Raises ValueError."""
    found = []
    for entry in text.strip().split("\n\n"):
        match = _ENTRY.fullmatch(entry.strip())
        if match is None:
            raise ValueError(f"{entry!r} is no entry of three lines")
        found.append(Code(**match.groupdict()))
    return tuple(found)


REJECTED = table("""
invalid_key [ingest]
    the key is not `<tenant>/<dataset>/<file>`: too few or too many parts, `..`, a control character
    upload the file under such a key

invalid_name [ingest]
    a tenant's or dataset's name is not 1 to 63 of `a-z`, `0-9` and `-`
    upload the file under a name that is

unknown_tenant [ingest]
    there is no such tenant; `millrace runs unclaimed` has what came for nobody
    create the tenant, or mend the key, and upload again

deleted [ingest]
    the file was gone before it was read
    upload it again, and leave it until its run is over

replaced [ingest]
    the file was another one before it was read
    nothing; the newer one has a run of its own

no_parts [ingest, train]
    a `_SUCCESS` came and no `part-*` lies beside it
    upload the parts, then `_SUCCESS`

too_many_parts [ingest]
    there are more than 1,000 parts
    write fewer and larger ones

part_differs [ingest, train]
    a part has another format, or other columns, than the first one
    write every part alike

unsupported_format [ingest, admit]
    the name ends in none of `.csv`, `.tsv`, `.txt`, `.jsonl`, `.ndjson`, these with `.gz` or `.zst`, and `.parquet`
    name the file for what it is, or convert it

wrong_format [admit, train]
    the first bytes are of something else than the name says: a spreadsheet, an archive, another format or compression
    name the file for what it is, or convert it

too_large [ingest, train]
    the file is larger than the stage allows, or has more than 50 million rows, 400 million cells or 16 GiB of text
    send a sample, or raise `max_upload_bytes` of the stage

decompression_bomb [train]
    a compressed file holds more than 16 GiB of text, or more than 64 MiB and 200 times its size
    send less, or as Parquet

empty_file [ingest, admit, train]
    there is nothing in it, or no header
    send a file with a header and rows

no_rows [admit, train]
    there is a header and nothing else
    send rows

undecodable [admit, train]
    the text is neither UTF-8 nor, by its byte order mark, UTF-16
    save it as UTF-8

unreadable_file [admit, train]
    the bytes are not CSV, JSON Lines, gzip, zstd or Parquet that can be read, or they are cut short
    look at the row that is named; upload the file whole

header_too_long [admit, train]
    the first line is longer than 64 KiB
    see whether it is a header, and give columns shorter names

ragged_row [train]
    a row has more or fewer values than the header has names
    look at the row that is named; quote values that hold the delimiter

nested_value [train]
    a value of JSON Lines is a list or an object
    give each of its values a column

unnamed_column [admit, train]
    a column has no name
    name it, or leave it out

duplicate_column [admit, train]
    two columns, or two keys of one JSON line, have one name; spaces around names don't count
    rename one

reserved_name [train]
    a feature is called as one of the model's outputs is
    rename the column, or exclude it

too_few_columns [admit, train]
    there is one column, or `sep=;` before the header; a target and a feature are needed
    add columns to learn from, or see whether the delimiter is one that is told

too_many_columns [admit, train]
    there are more than 2,000
    name those that matter as `features` in a file of fewer

too_few_rows [train]
    too few rows have an answer in the target
    add rows, or name another target

unsupported_type [train]
    a Parquet column holds something that is neither number, text, boolean nor date
    convert it, or leave it out

invalid_spec [ingest, admit]
    spec.yaml can't be used; the field at fault and what was probably meant are named
    mend that field: [spec.md](spec.md)

unknown_column [admit, train]
    the spec names a column that the file lacks
    mend the spec, or add the column

target_as_feature [train]
    the spec's features, time, group or weights name the target
    take it off them

unsupported_time [train]
    the spec's `time` is a column of neither dates nor numbers
    name another, or mend its values

few_times [train]
    too many rows are of one time to hold out, or to learn from, some that are older than others
    name a column of finer times, or leave `time` out

too_few_groups [train]
    too few values of the spec's `group` are different to learn from some and be judged by others
    add rows of other groups, or leave `group` out

invalid_weights [train]
    a row's weight is missing, negative or no number, or all of them are zero
    mend the row that is named

wish_mismatch [train]
    the spec asks for costs or balance, and the task found in the data has no such classes
    leave them out, or set `task`

no_features [train]
    no column is left that differs between rows
    add columns, or exclude fewer

constant_target [train]
    the target has one value in every row
    add rows of another answer, or name another target

rare_class [train]
    a class of the target has a single row
    add rows of it, or join it with another

too_many_classes [train]
    the target has more classes than are learned
    say `task: regression` of numbers, or join classes

wrong_class_count [train]
    the spec says binary, and the target has another number of classes than two
    say `task: multiclass`, or mend the target

target_not_number [train]
    regression was asked for, and the target is not a number
    mend the values that are named, or ask for another task

target_out_of_range [train]
    the target's numbers are too close together or too far apart for double precision
    give the target in another unit

unsupported_target [train]
    the target is a date
    turn it into a number, such as days until then

metric_mismatch [train]
    the spec's metric does not judge the task
    choose one that does: [spec.md](spec.md)

unknown_backend [the state machine]
    the stage lacks the job backend that the spec asks for
    leave `backend` out, or add it to the stage's `backends`

metric_undefined [train]
    the spec's metric can't be computed on these rows
    add rows of the rare classes, or choose log_loss or rmse
""")

FAILED = table("""
timed_out [diagnose, notify]
    the job took longer than the stage allows
    ask for less `budget_seconds`, `trials` or `folds`, send fewer rows, or raise `job_timeout_minutes`

worker_lost [notify]
    the machine that ran the job stopped reporting, or no worker took it in time
    start a worker, and retry

no_capacity [diagnose]
    AWS had no machine of the stage's kinds for the job, neither Spot nor on demand, in the time that the stage waits
    retry later, or allow more types in `batch_instance_types`

quota_exceeded [diagnose]
    the account's quota allows no such machine
    ask AWS for more, then retry

machine_lost [diagnose]
    the job's machines were taken away again and again
    retry, or set `job_spot` to false

never_ended [diagnose]
    the job neither got a machine nor came to an end in the time that the stage waits
    look at the job where the message says, then retry

queue_too_small [diagnose]
    the stage asks AWS Batch for more than its queue can give; the hint names the fields
    mend those fields, deploy, retry

job_fits_no_machine [diagnose]
    no machine of the stage's types is large enough for the job; the hint names the fields
    mend those fields, deploy, retry

machine_not_offered [diagnose]
    AWS doesn't offer the stage's machines here; the hint names the fields
    mend those fields, deploy, retry

image_not_pulled [diagnose]
    the training image is not where `job_image` says
    push it there, or mend `job_image`

function_timed_out [notify]
    a function took longer than it may
    retry; if it happens again, look at `millrace logs`

job_killed [train]
    the job was ended by a signal before it could say why; signal 9 mostly means that memory ran out
    run it on a machine with more memory

job_crashed [diagnose, train]
    the job ended with an exit code and did not say why
    look at the job's log

job_failed [train]
    the job said why in words of its own
    follow the message

job_incomplete [train]
    the job ended well and left a file out
    a defect of the image: look at its log

worker_disk [train]
    the disk of the machine that ran the job is full
    free space or raise `job_disk_gb`, and retry

invalid_message [train]
    the job's message holds no address
    send nothing to the job queue by hand

out_of_memory [diagnose, train]
    the job needs a machine with more memory
    raise `job_memory_mb`, or run a worker on a larger machine

no_candidate [train]
    no exported model answered as its fitted pipeline did
    a defect of ours: report it with the run's warnings

job_broke [train]
    the job broke in a way nobody foresaw
    a defect of ours: report it with the job's log

model_unloadable [train]
    ONNX Runtime can't run the exported model
    a defect of ours: report it with the job's log

parity_broken [register]
    the exported model answers otherwise than the fitted pipeline
    a defect of ours: report it with the job's log

manifest_mismatch [register]
    the job's files don't describe one another
    retry; an image and a stage of two releases may not agree

digest_mismatch [gate, register, train]
    stored bytes are not those that were stored
    upload again; see who else writes to the bucket

execution_lost [reconcile]
    the execution ended without closing the run's record, as did those that `reconcile` began in its place
    look at `millrace logs`, then retry

not_accepted [deploy]
    a version that the gate refused was about to serve
    nothing serves that should not; report it

alias_busy [deploy]
    the alias kept moving while it was to be moved
    retry

newer_record [any step]
    a newer release wrote a record that this one can't read
    deploy the newer release

not_found [any step]
    the registry, a bucket or a queue lacks what was asked for
    retry; see whether somebody deleted it

conflict [any step]
    somebody else was faster again and again
    retry

unavailable [any step]
    a service of AWS did not answer
    retry

denied [any step]
    a role of ours lacks a grant
    deploy the stage's stacks as they are in this repository

corrupt [any step]
    a stored record can't be read
    report it with the record's name from `millrace logs`

internal [any step]
    anything else; the sentence names the kind of error
    look at `millrace logs`, and report it
""")

CANCELLED = table("""
cancelled [a person]
    the sentence says who
    `millrace runs retry` begins another attempt
""")
