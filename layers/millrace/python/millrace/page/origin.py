"""How the model was made: whose it is, from which bytes, by which steps, in what time."""

from __future__ import annotations

from dataclasses import fields
from enum import Enum

from millrace.domain.amount import count, counted
from millrace.domain.findings import Findings
from millrace.domain.manifest import Manifest
from millrace.domain.report import Parity, WorstRow
from millrace.domain.spec import Spec
from millrace.page.bars import Bar, bars
from millrace.page.markup import Markup, Part, element
from millrace.page.picture import shown
from millrace.page.section import Section, section
from millrace.page.table import facts
from millrace.page.wording import cut, duration, size


def origin(findings: Findings) -> Section:
    """Names, digests, parity and the job's phases."""
    ticket, report, manifest = findings.ticket, findings.report, findings.manifest
    told = facts(
        [
            ("tenant and dataset", f"{ticket.tenant}/{ticket.dataset}"),
            ("run", _digest(ticket.run_id)),
            ("attempt", str(ticket.attempt)),
            ("rows", f"{count(report.rows_train)} trained on, {count(report.rows_held_out)} held out"),
            ("columns used", count(report.columns)),
            *(_model(manifest) if manifest else ()),
            ("served graph and pipeline", _agreement(report.parity)),
            ("where they differ most", _worst(report.parity.worst_row)),
        ]
    )
    return section("origin", "How it was made", told, _phases(findings))


def _agreement(parity: Parity) -> str:
    flips = "no label differs" if not parity.flips else f"labels that differ: {count(parity.flips)}"
    if parity.flips:
        flips += f", {count(parity.flips_far)} of them by more than rounding explains"
    return (
        f"largest difference {parity.max_difference:.2g} over {counted(parity.rows, 'held-out row')}, where "
        f"{parity.tolerance:g} is allowed; {flips}"
    )


def _worst(found: WorstRow | None) -> str | None:
    if found is None:
        return None
    what = "prediction" if found.label is None else f"probability of {cut(found.label, 40)}"
    pipeline, graph = ("none" if value is None else f"{value:.9g}" for value in (found.pipeline, found.graph))
    return f"held-out row {count(found.row + 1)}: {what} {pipeline} by the pipeline, {graph} by the graph"


def _model(manifest: Manifest) -> list[tuple[str, Part]]:
    return [
        ("algorithm", manifest.algorithm),
        ("steps in the graph", ", ".join(manifest.steps)),
        ("spec", _spec(manifest.lineage.spec)),
        ("content of the upload, SHA-256", _digest(manifest.lineage.content_digest)),
        ("model.onnx, SHA-256", _digest(manifest.model_digest)),
        ("model.onnx", f"{size(manifest.model_size)}, opset {manifest.opset}"),
    ]


def _digest(value: str) -> Markup:
    return element("code", value)


def _spec(spec: Spec) -> str:
    """What was asked for beyond the defaults."""
    asked = {each.name: getattr(spec, each.name) for each in fields(spec) if getattr(spec, each.name) != each.default}
    return ", ".join(f"{name}: {_written(value)}" for name, value in asked.items()) or "all defaults"


def _written(value: object) -> str:
    if isinstance(value, tuple):
        return " ".join(str(each) for each in value)
    return str(value.value if isinstance(value, Enum) else value)


def _phases(findings: Findings) -> Markup | None:
    found = findings.report.phases
    if not found:
        return None
    whole = sum(each.seconds for each in found)
    says = "Time of each phase: " + ", ".join(f"{each.name} {duration(each.seconds)}" for each in found)
    drawn = bars(says, [Bar(each.name, each.seconds, duration(each.seconds)) for each in found])
    return element("div", shown(drawn, "The job's time", f"{duration(whole)} in all."), class_="pictures")
