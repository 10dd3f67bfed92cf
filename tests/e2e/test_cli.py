"""A tenant's whole way by the command line alone, each command a process."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
import signal
import stat
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from millrace.domain import inference_id
from millrace.local.process import Process
from tests.conftest import ROOT
from tests.e2e.command import SECONDS, Command
from tests.stage import Stage

CREDIT = ROOT / "examples/credit-g/credit-g.csv"


@pytest.fixture(scope="module")
def millrace(stage: Stage, worker: Process) -> Iterator[Command]:
    yield Command(stage.cloud.state)
    (stage.cloud.state / "saved.json").unlink(missing_ok=True)


@pytest.fixture(scope="module")
def tenant(millrace: Command) -> str:
    """A new tenant, which later commands mean, with a saved key."""
    name = f"cli-{uuid.uuid4().hex[:8]}"
    assert millrace.json("tenants", "create", name)["name"] == name
    millrace.run("keys", "create", "--save", "--label", "saved")
    return name


@pytest.fixture(scope="module")
def trained(millrace: Command, tenant: str) -> dict[str, Any]:
    """The bundled data, trained on with `--wait`."""
    found: dict[str, Any] = millrace.json("train", str(CREDIT), "--dataset", "credit", "--target", "class", "--wait")
    return found


def test_tenants_are_listed_and_named_once(millrace: Command, tenant: str) -> None:
    assert tenant in {each["name"] for each in millrace.json("tenants", "list")}
    assert millrace.error("tenants", "create", tenant, code=6)["code"] == "conflict"
    assert millrace.error("tenants", "create", "Not Valid", code=2)["code"] == "invalid_name"
    assert millrace.error("runs", "list", "--tenant", "nobody", code=3)["field"] == "tenant"


def test_a_key_is_shown_once_and_can_be_revoked(millrace: Command, tenant: str) -> None:
    made = millrace.json("keys", "create", "--scope", "train", "--scope", "infer", "--days", "1", "--label", "it")
    assert made["key"].startswith(f"mr_{tenant}.{made['id']}.")
    secret = made["key"].rpartition(".")[2]
    listed = millrace.run("keys", "list", "--json").stdout + millrace.run("keys", "list").stdout
    assert secret not in listed
    assert hashlib.sha256(secret.encode()).hexdigest() not in listed
    assert made["id"] in listed
    assert millrace.json("keys", "revoke", made["id"]) == {"revoked": made["id"]}
    [key] = [each for each in millrace.json("keys", "list") if each["id"] == made["id"]]
    assert key["revoked"] is not None
    assert millrace.error("keys", "revoke", "0" * 16, code=3)["code"] == "not_found"
    assert millrace.error("keys", "create", "--scope", "everything", code=2)["field"] == "scopes"


def test_a_saved_key_is_for_its_owner_s_eyes(millrace: Command, tenant: str) -> None:
    saved = millrace.state / "saved.json"
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    assert json.loads(saved.read_text())["keys"].keys() == {tenant}


def test_training_says_what_came_of_it(millrace: Command, trained: dict[str, Any]) -> None:
    assert trained["run"]["outcome"]["state"] == "succeeded"
    assert trained["report"]["held_out"]["log_loss"] < trained["report"]["constant"]["log_loss"]
    assert all(rule["holds"] for rule in trained["verdict"]["rules"])
    assert trained["run"]["spec"]["target"] == "class"
    run = trained["run"]["id"]
    assert run in [each["id"] for each in millrace.json("runs", "list")]
    assert millrace.json("runs", "show", run)["report"] == trained["report"]
    words = millrace.run("runs", "show", run).stdout
    for word in ("Leaderboard", "Held-out metrics", "Decided from the data", "Gate: it may serve", "lightgbm"):
        assert word in words


def test_a_report_is_a_page_to_keep(millrace: Command, trained: dict[str, Any], tmp_path: Path) -> None:
    page = tmp_path / "credit.html"
    run = trained["run"]["id"]
    assert millrace.json("runs", "report", run[:8], "--output", str(page)) == {"run_id": run, "file": str(page)}
    assert "This model may serve." in page.read_text()
    millrace.json("runs", "report", run, "--output", str(page))  # the same page again is no loss
    page.write_text("mine")
    assert millrace.error("runs", "report", run, "--output", str(page), code=6)["code"] == "file_exists"
    assert page.read_text() == "mine"
    millrace.run("runs", "report", run, "--output", str(page), "--force")
    assert "This model may serve." in page.read_text()


def test_the_same_file_again_is_the_same_run(millrace: Command, trained: dict[str, Any]) -> None:
    again = millrace.json("train", str(CREDIT), "--dataset", "credit", "--wait")
    assert again["run"]["id"] == trained["run"]["id"]
    assert (trained["trained_before"], again["trained_before"]) == (False, True)
    assert again["champion"] == 1
    assert "was trained before" in millrace.run("train", str(CREDIT), "--dataset", "credit", "--wait").stdout
    assert millrace.json("runs", "show", trained["run"]["id"][:8])["run"]["id"] == trained["run"]["id"]
    assert len(millrace.json("models", "show", "credit")["versions"]) == 1


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [("twice.csv", b"a,b,b\n1,2,3\n", "duplicate_column"), ("one.csv", b"a,y\n" + b"1,x\n" * 50, "constant_target")],
)
def test_a_rejected_file_ends_with_1_and_the_reason(
    millrace: Command, tenant: str, tmp_path: Path, name: str, content: bytes, code: str
) -> None:
    (tmp_path / name).write_bytes(content)
    told = millrace.json("train", str(tmp_path / name), "--wait", code=1)
    assert (told["run"]["outcome"]["state"], told["run"]["outcome"]["failure"]["code"]) == ("rejected", code)
    words = millrace.run("runs", "show", told["run"]["id"]).stdout
    assert f"{code}: " in words
    assert "→ " in words


def test_what_can_t_be_sent_is_refused_before_it_is(millrace: Command, tenant: str, tmp_path: Path) -> None:
    (tmp_path / "table.xlsx").write_bytes(b"PK")
    assert millrace.error("train", str(tmp_path / "table.xlsx"), code=2)["code"] == "unsupported_format"
    (tmp_path / "spec.yaml").write_text("tarket: y\n")
    refused = millrace.error("train", str(CREDIT), "--spec", str(tmp_path / "spec.yaml"), code=2)
    assert (refused["code"], refused["field"]) == ("invalid_spec", "tarket")


def test_a_target_that_is_no_column_leaves_the_dataset_as_it_was(
    millrace: Command, tenant: str, tmp_path: Path
) -> None:
    (tmp_path / "t.csv").write_bytes(b"a,y\n" + b"1,x\n" * 50)
    for _ in range(2):  # the second is refused by what was asked, not by what stayed behind
        refused = millrace.error("train", str(tmp_path / "t.csv"), "--dataset", "kept", "--target", "nosuch", code=2)
        assert (refused["code"], refused["field"]) == ("unknown_column", "target")
    told = millrace.json("train", str(tmp_path / "t.csv"), "--dataset", "kept", "--wait", code=1)
    assert told["run"]["outcome"]["failure"]["code"] == "constant_target"


def test_models_are_shown_and_exported(millrace: Command, trained: dict[str, Any], tmp_path: Path) -> None:
    assert {"tenant", "name", "versions", "champion"} == set(millrace.json("models", "list")[0])
    shown = millrace.json("models", "show", "credit")
    assert (shown["champion"], len(shown["versions"]), len(shown["ledger"])) == (1, 1, 1)
    told = millrace.json("models", "export", "credit", "--version", "1", "--output", str(tmp_path / "out"))
    for path, digest in told["files"].items():
        assert hashlib.sha256(Path(path).read_bytes()).hexdigest() == digest
    millrace.json("models", "export", "credit", "--output", str(tmp_path / "out"))  # the same bytes
    (tmp_path / "out/manifest.json").write_text("{}")
    assert (
        millrace.error("models", "export", "credit", "--output", str(tmp_path / "out"), code=6)["field"] == "--output"
    )
    millrace.json("models", "export", "credit", "--output", str(tmp_path / "out"), "--force")
    assert set(told["files"]) == {str(tmp_path / "out" / name) for name in ("model.onnx", "manifest.json")}
    assert millrace.error("models", "export", "credit", "--version", "9", code=3)["code"] == "not_found"
    assert millrace.error("models", "show", "nothing", code=3)["field"] == "model"


def test_predictions_come_over_https(millrace: Command, trained: dict[str, Any], tmp_path: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(CREDIT.read_text())))
    told = millrace.json("predict", "credit", str(CREDIT), "--without", "class")
    assert told["versions"] == ["1"]
    assert len(told["predictions"]) == len(rows)
    assert len({name for name in told["ids"] if inference_id.is_id(name)}) == len(rows)
    hits = sum(said["label"] == row["class"] for said, row in zip(told["predictions"], rows, strict=True))
    assert hits / len(rows) > 0.75
    lines = tmp_path / "rows.jsonl"
    lines.write_text("".join(json.dumps({k: v for k, v in row.items() if k != "class"}) + "\n" for row in rows[:5]))
    assert millrace.json("predict", "credit", str(lines), "--version", "1")["predictions"] == told["predictions"][:5]
    assert "probability" in millrace.run("predict", "credit", str(lines)).stdout
    refused = millrace.error("predict", "credit", str(CREDIT), code=2)
    assert (refused["code"], refused["field"]) == ("unknown_field", f"{CREDIT}:2.class")
    assert millrace.error("predict", "nothing", str(lines), code=3)["hint"]
    stolen = f"mr_nobody.{'0' * 16}.{'A' * 43}"
    millrace.error("predict", "credit", str(lines), "--key", stolen, code=4)


def test_a_person_moves_the_champion(millrace: Command, tenant: str, tmp_path: Path) -> None:
    lines = CREDIT.read_text().splitlines(keepends=True)
    millrace.run("train", str(CREDIT), "--dataset", "moved", "--target", "class", "--wait")
    (tmp_path / "other.csv").write_text("".join(lines[:-40]))
    again = millrace.json("train", str(tmp_path / "other.csv"), "--dataset", "moved", "--wait")
    assert again["run"]["outcome"]["version"] == 2
    assert again["promoted"] is again["run"]["outcome"]["promoted"]
    before = again["champion"]
    other = 3 - before
    told = millrace.json("models", "promote", "moved", str(other), "--why", "to see")
    assert (told["move"]["before"], told["move"]["after"], told["move"]["why"]) == (before, other, "to see")
    assert millrace.json("models", "history", "moved")[-1] == told["move"]
    assert millrace.json("models", "show", "moved")["champion"] == other
    shown = millrace.run("runs", "show", again["run"]["id"]).stdout
    assert f"version {other}" in shown.partition("serves now")[2].splitlines()[0]
    assert millrace.json("models", "promote", "moved", str(other), "--why", "again")["move"] is None
    assert millrace.error("models", "promote", "moved", "9", "--why", "x", code=3)["field"] == "version"
    assert millrace.error("models", "history", "nothing", code=3)["field"] == "model"
    millrace.json("models", "promote", "moved", "2", "--why", "forward")
    back = millrace.json("models", "rollback", "moved", "--why", "as it was")
    assert (back["move"]["before"], back["move"]["after"], back["version"]) == (2, 1, 1)
    assert millrace.error("models", "rollback", "nothing", "--why", "x", code=3)["code"] == "nothing_before"


def test_what_has_no_rows_is_not_predicted(millrace: Command, trained: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_bytes(b"")
    (tmp_path / "header.csv").write_bytes(b"a,b\n")
    for name in ("empty.csv", "header.csv"):
        assert millrace.error("predict", "credit", str(tmp_path / name), code=2)["code"] == "no_rows"


def test_another_tenant_can_be_meant_from_now_on(millrace: Command, tenant: str) -> None:
    other = f"{tenant}-2"
    assert "later commands mean it" in millrace.run("tenants", "create", other).stdout
    assert millrace.json("status")["tenant"] == other
    assert f"tenants use {tenant}" in millrace.error("tenants", "create", tenant, code=6)["hint"]
    assert millrace.error("tenants", "use", "nobody", code=3)["field"] == "tenant"
    millrace.json("tenants", "use", tenant)
    assert millrace.json("status")["tenant"] == tenant


def test_what_a_shell_needs_to_call_the_api(millrace: Command, tenant: str, stage: Stage) -> None:
    lines = millrace.run("status", "--export").stdout.splitlines()
    told = dict(line.removeprefix("export ").split("=", 1) for line in lines)
    assert told["MILLRACE_API"] == stage.api_url
    assert told["MILLRACE_KEY"].startswith(f"mr_{tenant}.")
    assert Path(told["MILLRACE_CA"]).is_file()
    assert [name for name in told if not name.startswith("MILLRACE_")] == []


def test_a_key_exported_for_one_tenant_is_not_sent_for_another(
    millrace: Command, trained: dict[str, Any], tenant: str, tmp_path: Path
) -> None:
    header, first, *_ = CREDIT.read_text().splitlines(keepends=True)
    (tmp_path / "one.csv").write_text(header + first)
    asked = ("predict", "credit", str(tmp_path / "one.csv"), "--without", "class")
    millrace.json("tenants", "create", f"{tenant}-3")
    other = millrace.json("keys", "create")["key"]
    shell = replace(millrace, exported={"MILLRACE_KEY": other})
    assert shell.error(*asked, code=3)["code"] == "model_not_found"  # it is the tenant meant, without that model
    millrace.json("tenants", "use", tenant)
    assert len(shell.json(*asked)["predictions"]) == 1


def test_logs_are_followed_until_ctrl_c(millrace: Command, trained: dict[str, Any]) -> None:
    run = trained["run"]["id"]
    with millrace.start("logs", "--follow", "--since", "1d", "--json", "--run", run) as following:
        assert following.stdout is not None
        first = json.loads(following.stdout.readline())
        os.killpg(following.pid, signal.SIGINT)
        rest, err = following.communicate(timeout=SECONDS)
    assert (following.returncode, err) == (0, "")
    assert set(first) == {"time", "function", "line"}
    assert all(run in json.loads(line)["line"] for line in rest.splitlines())


def test_ctrl_c_while_waiting_says_that_the_run_goes_on(millrace: Command, tenant: str, tmp_path: Path) -> None:
    (tmp_path / "long.csv").write_text(CREDIT.read_text())
    with millrace.start("train", str(tmp_path / "long.csv"), "--wait") as watching:
        assert watching.stdout is not None
        for line in watching.stdout:
            if "✓ Admit" in line:
                break
        os.killpg(watching.pid, signal.SIGINT)
        _, err = watching.communicate(timeout=SECONDS)
    assert watching.returncode == 130
    assert "The run goes on: millrace runs show " in err


def test_status_doctor_and_logs(millrace: Command, trained: dict[str, Any], stage: Stage) -> None:
    told = millrace.json("status")
    assert (told["api"], told["cloud"]) == (stage.api_url, stage.cloud.endpoint)
    assert told["worker"] is not None
    assert [each["what"] for each in millrace.json("doctor") if not each["well"]] == []
    lines = millrace.run("logs", "--since", "1d").stdout
    assert trained["run"]["id"] in lines
    assert {line.split()[1] for line in lines.splitlines() if line.startswith("20")} >= {"ingest", "admit", "gate"}


def test_what_is_removed_is_gone(millrace: Command, tenant: str, stage: Stage, tmp_path: Path) -> None:
    other = f"{tenant}-gone"
    millrace.run("tenants", "create", other)
    millrace.run("keys", "create", "--scope", "infer", "--save")
    (tmp_path / "gone.csv").write_text(CREDIT.read_text())
    told = millrace.json("train", str(tmp_path / "gone.csv"), "--target", "class", "--wait")
    assert [each["dataset"] for each in millrace.json("datasets", "list")] == ["gone"]
    planned = millrace.json("datasets", "delete", "gone", "--dry-run")
    assert (planned["removed"], planned["records"]) == (False, {"dataset versions": 1, "runs": 1})
    assert millrace.error("datasets", "delete", "gone", code=2)["field"] == "--yes"
    assert millrace.json("runs", "show", told["run"]["id"])["run"]["id"] == told["run"]["id"]
    done = millrace.json("datasets", "delete", "gone", "--yes")
    assert (done["removed"], done["objects"]) == (True, planned["objects"])
    assert millrace.error("runs", "show", told["run"]["id"], code=3)["code"] == "not_found"
    (tmp_path / "row.jsonl").write_text('{"duration": 24}\n')
    assert millrace.json("predict", "gone", str(tmp_path / "row.jsonl"))["versions"] == ["1"]
    words = millrace.run("models", "delete", "gone", "--yes").stdout
    # Its graph, manifest, report and baseline, and the capture of the call, if that was collected by now.
    assert re.search("Removed model gone: 1 model versions, 1 alias moves, [45] objects", words)
    assert millrace.error("models", "show", "gone", code=3)["field"] == "model"
    millrace.json("tenants", "delete", other, "--yes")
    assert other not in {each["name"] for each in millrace.json("tenants", "list")}
    assert millrace.json("status")["tenant"] != other
    for bucket in ("LandingBucket", "ArtifactBucket"):
        left = stage.client("s3").list_object_versions(Bucket=stage.outputs[bucket], Prefix=f"{other}/")
        assert (left.get("Versions", []), left.get("DeleteMarkers", [])) == ([], [])
    millrace.json("tenants", "use", tenant)
