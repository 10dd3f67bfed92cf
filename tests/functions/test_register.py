"""Every sample input of `register`, replayed by its real handler."""

from __future__ import annotations

from millrace.domain.dataset import DatasetVersion
from millrace.domain.drift import alarm_name
from millrace.domain.gate import Evidence, judge
from millrace.domain.spec import Spec
from tests import samples
from tests.events import EVENTS, load
from tests.functions.judged import MODEL, TICKET, trained
from tests.functions.place import Context, Handler, Place


def test_every_sample_is_replayed() -> None:
    assert [path.stem for path in EVENTS.glob("register-*.json")] == ["register-accepted"]


def test_replay(handler: Handler, place: Place) -> None:
    result = trained(place)
    place.datasets.add(DatasetVersion("acme", "credit", samples.DATA, samples.NOW))
    place.documents.write(judge(Evidence(samples.report(), Spec(), None)), TICKET.verdict_key)
    for _ in range(2):  # a retry of the state
        assert handler(load("register-accepted"), Context()) == {"version": 1}
    (version,) = place.models.versions("acme", "credit")
    assert (version.model_digest, version.model_size, version.accepted) == (result.model_digest, len(MODEL), True)
    assert version.baseline_digest == result.baseline_digest
    assert version.metrics == samples.manifest().metrics
    alarms = place.clients.cloudwatch().describe_alarms(AlarmNamePrefix=f"millrace-{place.name}-drift-")["MetricAlarms"]
    assert [(each["AlarmName"], each["AlarmActions"]) for each in alarms] == [
        (alarm_name(place.name, "acme", "credit"), [place.topic])
    ]
    assert [dataset.profile_digest for dataset in place.datasets.of_tenant("acme")] == [result.profile_digest]
