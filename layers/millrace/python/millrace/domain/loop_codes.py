"""Every code with which a file of truth or a reason to retrain can end, in the form of `codes`."""

from __future__ import annotations

from millrace.domain.codes import table

TRUTH = table("""
unknown_model [label]
    the tenant has no model of that name
    see `millrace models list`

missing_column [label]
    the file has no column `inference_id`, or none `truth`
    name the columns so

line_too_long [label]
    a line has more than 1,048,576 characters
    see whether the file is one of truth

too_many_rows [label]
    the file has more than 1,000,000 rows
    send several files

invalid_inference_id [label]
    a row has no inference id, or what stands there is none, or is of an hour of which no capture is kept
    send the `id` of an answer, with a dot and the row's number where it had several

invalid_truth [label]
    a row has no truth, or one that is neither text of at most 1,024 characters, a finite number, `true` nor `false`
    send a class or a number
""")

RETRAINING = table("""
no_champion [retrain]
    no version of the model serves
    promote one: `millrace models promote`

not_drifting [retrain]
    the newest severity is below 1, or none was measured of late
    nothing; or `millrace retrainings start`

retraining_disabled [retrain]
    the champion's spec says `retrain: false`
    send a spec without it

breaker_open [retrain]
    three challengers in a row lost, or a person took back what a retraining had made champion
    read their reports, mend what is wrong, then `millrace retrainings resume`

run_in_progress [retrain]
    a run of the dataset waits or runs
    wait for it: `millrace runs list`

cooldown [retrain]
    the last retraining began less than `retrain_cooldown_hours` ago
    wait, or `millrace retrainings start`

daily_limit [retrain]
    `retrain_daily_limit` retrainings began within 24 hours
    wait, or `millrace retrainings start`

too_few_rows [retrain]
    fewer rows with truth are new than `retrain_least_rows`, or captures lack inputs
    send more truth; `millrace truth show` says what came of it

not_stopped [a person]
    retraining goes on by itself
    nothing: there is nothing to resume
""")
