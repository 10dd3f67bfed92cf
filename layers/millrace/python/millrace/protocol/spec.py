"""The wire form of a spec: spec.yaml, read with guards, every mistake answered with the field and what was meant."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Annotated, Any

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from millrace.domain.errors import Rejected
from millrace.domain.job import BACKENDS
from millrace.domain.naming import SPEC_FILE
from millrace.domain.notation import DateOrder, DecimalMark
from millrace.domain.spec import IN_ORDER, UNORDERED, Metric, Spec, Task
from millrace.domain.spec_rules import objection
from millrace.domain.suggestion import hint, shown
from millrace.domain.upload import SPEC_BYTES

MAX_DEPTH = 4
CHOICES = {
    "task": [task.value for task in Task],
    "metric": [metric.value for metric in Metric],
    "backend": list(BACKENDS),
    "decimal": [mark.value for mark in DecimalMark],
    "date_order": [order.value for order in DateOrder],
}
QUOTE = "YAML reads an unquoted yes, no, number or date as such; put the name in quotes"

_PYDANTIC_SUBJECT = re.compile(r"^(Value error, |Input |Value |List |String )")


def _not_blank(name: str) -> str:
    if not name.strip():
        raise ValueError("names a column and is blank")
    return name


def _unique(names: list[str]) -> list[str]:
    if len(set(names)) != len(names):
        raise ValueError("names a column twice")
    return names


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError("should be a finite number")
    return value


def _backend(name: str) -> str:
    if name not in BACKENDS:
        raise ValueError(f"should be {' or '.join(BACKENDS)}")
    return name


Name = Annotated[
    str, Field(min_length=1, max_length=1024, json_schema_extra={"pattern": r"\S"}), AfterValidator(_not_blank)
]
Names = Annotated[list[Name], Field(max_length=10_000), AfterValidator(_unique)]
Cost = Annotated[float, Field(gt=0, le=1e9), AfterValidator(_finite)]


class SpecDocument(BaseModel):
    """What you want of a dataset. Every field has a default, and so has the file: without one, all defaults hold."""

    model_config = ConfigDict(extra="forbid", strict=True, title="spec.yaml")

    target: Name | None = Field(
        default=None,
        description="The column to predict. By default the column named target, label, class or y, else the last one.",
        examples=["price"],
    )
    task: Task | None = Field(
        default=None,
        strict=False,
        description="What to predict: one of two classes, one of several, or a number. By default decided from the "
        "target's values; the report says how.",
        examples=["binary"],
    )
    features: Annotated[Names, Field(min_length=1)] | None = Field(
        default=None,
        description="The columns to learn from. By default every column but the target and the excluded ones.",
        examples=[["age", "income"]],
    )
    exclude: Names = Field(
        default=[],
        description="Columns never to learn from, such as identifiers.",
        examples=[["customer_id"]],
    )
    time: Name | bool | None = Field(
        default=None,
        description="A column of dates or numbers by which the rows are ordered: the newest fifth is held out, and "
        "models are compared on rows that are newer than those they learn from. It is a feature too, unless it is "
        "excluded. `yes` says that the rows stand in the order of time, though no column tells it. By default a "
        "column of dates by which the file is plainly sorted; the report says so. `no` forbids that.",
        examples=["sold_on"],
    )
    group: Name | None = Field(
        default=None,
        description="A column such as the customer of each row: rows that share its value are never both learned "
        "from and judged by. A row without a value is a group of its own. It is no feature.",
        examples=["household"],
    )
    weights: Name | None = Field(
        default=None,
        description="A column of numbers that says how much each row counts when it is learned from: 0 or more, and "
        "none missing. It is no feature.",
        examples=["sampling_weight"],
    )
    decimal: DecimalMark | None = Field(
        default=None,
        strict=False,
        description="The decimal mark of numbers written as text, in columns whose values leave it open, as 1,234 "
        "does. By default the point, and the report warns.",
        examples=["comma"],
    )
    date_order: DateOrder | None = Field(
        default=None,
        strict=False,
        description="What dates written as 01/02/2026 begin with, in columns whose values leave it open. "
        "By default the day, and the report warns.",
        examples=["month"],
    )
    metric: Metric | None = Field(
        default=None,
        strict=False,
        description="What models are compared by. By default log_loss for classes and rmse for numbers. "
        "Of two classes, f1 is about the second in order, which the report names.",
        examples=["auc"],
    )
    margin: Annotated[float, Field(ge=0), AfterValidator(_finite)] = Field(
        default=0.0,
        description="How much worse than the serving model, in the metric's unit, a new model may be to replace it.",
        examples=[0.01],
    )
    balance: bool = Field(
        default=False,
        description="Whether classes count alike, however many rows each has; else rows do.",
        examples=[True],
    )
    false_positive_cost: Cost = Field(
        default=1.0,
        description="What it costs to give the label of the second of two classes, in order, to a row of the first, "
        "in any unit. Where the two costs differ, the least probability of that label is chosen for the least cost.",
        examples=[5.0],
    )
    false_negative_cost: Cost = Field(
        default=1.0,
        description="What it costs to give the label of the first of two classes to a row of the second.",
        examples=[2.0],
    )
    budget_seconds: Annotated[float, Field(ge=1, le=28_800), AfterValidator(_finite)] = Field(
        default=60.0,
        description="How many seconds the search may take, with the fit and the export of what it chooses. Reading "
        "and judging come on top: a stage's job_timeout_minutes, 600 where nothing else is said, must hold it all.",
        examples=[240.0],
    )
    trials: Annotated[int, Field(ge=1, le=100_000)] | None = Field(
        default=None,
        description="How many configurations the search tries, whatever time that takes: budget_seconds does not "
        "count then, and the same data and spec give the same model. By default as many as the time allows.",
        examples=[40],
    )
    folds: Annotated[int, Field(ge=2, le=20)] | None = Field(
        default=None,
        description="How many folds of cross-validation compare the candidates. By default more of them the fewer "
        "rows there are.",
        examples=[3],
    )
    jobs: int = Field(
        default=1,
        ge=1,
        le=16,
        description="How many jobs search at once, each for budget_seconds, or for its share of the trials; one more "
        "then makes the model of all that they found. The stage says how many of them really run at once.",
        examples=[4],
    )
    max_model_mb: Annotated[float, Field(ge=0.1, le=2_000), AfterValidator(_finite)] = Field(
        default=20.0,
        description="How large the model's file may be, in millions of bytes.",
        examples=[5.0],
    )
    max_row_ms: Annotated[float, Field(ge=0.01, le=10_000), AfterValidator(_finite)] = Field(
        default=1.0,
        description="How many milliseconds the model may take for one row, on one thread of the machine that trains.",
        examples=[0.2],
    )
    seed: int = Field(
        default=0,
        ge=0,
        le=2**31 - 1,
        description="The seed of everything random. The same data, spec and seed give the same model, where trials is "
        "given.",
        examples=[42],
    )
    backend: Annotated[str, AfterValidator(_backend)] | None = Field(
        default=None,
        description="Where the job runs: worker, which is any machine that polls the queue, batch or sagemaker. "
        "By default the first that the stage has, which is worker unless it was configured otherwise.",
        examples=["batch"],
        json_schema_extra={"anyOf": [{"enum": list(BACKENDS), "type": "string"}, {"type": "null"}]},
    )
    promote: bool = Field(
        default=True,
        description="Whether a model that passes every rule of the gate serves at once; else it is only registered.",
        examples=[False],
    )
    capture_rate: Annotated[float, Field(ge=0, le=1), AfterValidator(_finite)] = Field(
        default=1.0,
        description="Which share of the calls is captured, inputs and outputs: from 0, none, to 1, every one.",
        examples=[0.1],
    )
    capture_fields: Names | None = Field(
        default=None,
        description="The inputs that captures hold. By default all; without some, drift in these isn't seen, and "
        "captures don't become a dataset to retrain on.",
        examples=[["age"]],
    )
    drift_rows: int = Field(
        default=5_000,
        ge=1,
        le=10_000_000,
        description="Drift is looked for in the newest captured rows, about so many.",
        examples=[20_000],
    )
    drift_hours: int = Field(
        default=168, ge=1, le=8_760, description="And of at most so many hours before now.", examples=[24]
    )
    drift_least_hours: Annotated[float, Field(ge=0, le=8_760), AfterValidator(_finite)] = Field(
        default=24.0,
        description="More than drift_rows, where these came in fewer hours: a busy hour is not like the whole day.",
        examples=[6.0],
    )
    drift_exclude: Names = Field(
        default=[],
        description="Inputs in which drift is not looked for, such as a number that only grows.",
        examples=[["year"]],
    )
    drift_least_rows: int = Field(
        default=200,
        ge=1,
        le=10_000_000,
        description="With fewer captured rows there is not enough data to speak of drift, or of none.",
        examples=[1_000],
    )
    retrain: bool = Field(
        default=True, description="Whether drift begins a new run, once the guards below let it.", examples=[False]
    )
    retrain_cooldown_hours: Annotated[float, Field(ge=0, le=8_760), AfterValidator(_finite)] = Field(
        default=6.0, description="How long after a retraining began the next one may.", examples=[24.0]
    )
    retrain_daily_limit: int = Field(
        default=2, ge=1, le=1_000, description="How many retrainings may begin within 24 hours.", examples=[1]
    )
    retrain_least_rows: int = Field(
        default=500,
        ge=1,
        le=10_000_000,
        description="How many captured rows with truth must have come since the last retraining.",
        examples=[1_000],
    )
    retrain_rows: int = Field(
        default=100_000,
        ge=1,
        le=10_000_000,
        description="A retraining learns from the newest captured rows with truth, at most so many.",
        examples=[20_000],
    )

    @model_validator(mode="after")
    def _agree(self) -> SpecDocument:
        if said := objection(self.to_spec()):
            raise ValueError(said)
        return self

    def to_spec(self) -> Spec:
        """The domain's form."""
        given = dict(self)
        given["features"] = None if self.features is None else tuple(self.features)
        given["exclude"] = tuple(self.exclude)
        if isinstance(self.time, bool):
            given["time"] = IN_ORDER if self.time else UNORDERED
        given["drift_exclude"] = tuple(self.drift_exclude)
        given["capture_fields"] = None if self.capture_fields is None else tuple(self.capture_fields)
        return Spec(**given)


def read_spec(text: bytes) -> Spec:
    """A spec.yaml's meaning; an empty file means all defaults.

    Raises Rejected(code="invalid_spec") naming the field, and the field or value that was probably meant.
    """
    if len(text) > SPEC_BYTES:
        raise _invalid(f"it is larger than {SPEC_BYTES} bytes")
    try:
        decoded = text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _invalid("it is not UTF-8", hint="save it as UTF-8") from error
    try:
        fields = _mapping(decoded)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise _invalid(f"it is not YAML{where}: {_reason(error)}") from error
    given = {name: value for name, value in fields.items() if value is not None}  # 'target:' alone means its default
    try:
        return SpecDocument.model_validate(given).to_spec()
    except ValidationError as error:
        raise _told(error) from error


def _reason(error: yaml.YAMLError) -> str:
    return str(getattr(error, "problem", None) or getattr(error, "reason", None) or "it can't be read")


def _mapping(text: str) -> dict[str, Any]:
    """The document's fields, once its events were seen to be flat, without aliases, tags or a field twice."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise _invalid("it uses an anchor or an alias", hint="write the values out")
        if getattr(event, "tag", None) is not None:  # SafeLoader breaks in many ways on a tag that its value belies
            raise _invalid("it uses a tag, which begins with '!'", hint="put a text that begins with '!' in quotes")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise _invalid("it is nested too deeply", hint="no field takes more than a list")
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    if node is None:
        return {}
    if not isinstance(node, yaml.MappingNode):
        raise _invalid("it is not a mapping", hint="write one 'field: value' on each line")
    seen: set[str] = set()
    for name in _field_names(node):
        if name in seen:
            raise _invalid(f"the field {shown(name)} is there twice", field=name)
        seen.add(name)
    try:
        return dict(yaml.safe_load(text))
    except (ValueError, OverflowError) as error:  # 2026-13-45 looks like a date to YAML and is none
        raise _invalid(f"it has a value that YAML can't read: {error}", hint=QUOTE) from error


def _field_names(node: yaml.MappingNode) -> Iterator[str]:
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode) or key.tag != "tag:yaml.org,2002:str":
            raise _invalid(
                "it has a field whose name is not a word", hint=f"the fields are {', '.join(SpecDocument.model_fields)}"
            )
        yield key.value


def _told(error: ValidationError) -> Rejected:
    """The first mistake, as one sentence with its field and a suggestion."""
    first = error.errors(include_url=False)[0]
    path, given = [str(part) for part in first["loc"]], first["input"]
    if first["type"] == "extra_forbidden":
        known = ", ".join(SpecDocument.model_fields)
        advice = hint(path[0], SpecDocument.model_fields) or f"the fields are {known}"
        return _invalid(f"there is no field {shown(path[0])}", field=path[0], hint=advice)
    message = _PYDANTIC_SUBJECT.sub("", str(first["msg"]))
    if not path:  # a rule between fields, which names its field itself
        return _invalid(message, field=message.partition(" ")[0])
    field = path[0] + "".join(f"[{part}]" for part in path[1:] if part.isdigit())
    return _invalid(f"{field} {message}", field=field, hint=_advice(path[0], first["type"], given))


def _advice(field: str, kind: str, given: object) -> str | None:
    choices = CHOICES.get(field)
    if choices and isinstance(given, str):
        return hint(given, choices)
    if kind == "string_type":
        return QUOTE
    is_exponent = kind == "float_type" and isinstance(given, str)
    return "write it with a dot, such as 0.01" if is_exponent else None


def _invalid(what: str, *, field: str = SPEC_FILE, hint: str | None = None) -> Rejected:
    return Rejected(f"{SPEC_FILE}: {what}", code="invalid_spec", field=field, hint=hint)
