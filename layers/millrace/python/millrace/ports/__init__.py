"""What the use cases need from outside, each as small as its callers allow.

Adapters implement these on AWS; fakes in tests/fakes mirror them; one contract suite runs on both. Every method may
raise Unavailable when the service behind it does not answer.
"""

from millrace.ports.monitoring import (
    Alarms,
    Captures,
    CaptureStore,
    Metrics,
    Retrainings,
    TruthStore,
)
from millrace.ports.registry import (
    Datasets,
    Erasure,
    Keys,
    Models,
    Runs,
    Tenants,
    Unclaimed,
)
from millrace.ports.running import (
    Announcements,
    Clock,
    JobMessage,
    JobQueue,
    LogLines,
    SpecReader,
    TaskReporter,
    Workflow,
)
from millrace.ports.storage import (
    Blobs,
    Delivery,
    Documents,
    Landing,
    Objects,
    Pages,
    PresignedPut,
    Uploads,
)

__all__ = [
    "Alarms",
    "Announcements",
    "Blobs",
    "CaptureStore",
    "Captures",
    "Clock",
    "Datasets",
    "Delivery",
    "Documents",
    "Erasure",
    "JobMessage",
    "JobQueue",
    "Keys",
    "Landing",
    "LogLines",
    "Metrics",
    "Models",
    "Objects",
    "Pages",
    "PresignedPut",
    "Retrainings",
    "Runs",
    "SpecReader",
    "TaskReporter",
    "Tenants",
    "TruthStore",
    "Unclaimed",
    "Uploads",
    "Workflow",
]
