"""What a run and its model were made from and when that arrived, so that what is older never replaces what is newer."""

from __future__ import annotations

from dataclasses import dataclass

WIDTH = 64  # hex digits; S3 says no bound, and writes 16 to 18


def in_order(sequencer: str) -> str:
    """An event's sequencer as text whose order is that of the uploads; empty where there is none.

    S3 writes hex numbers of different lengths, to be compared once the shorter is padded on its left.
    """
    return sequencer.upper().rjust(WIDTH, "0") if sequencer else ""


@dataclass(frozen=True, slots=True)
class Origin:
    """A dataset version, named by its digest, and a spec, with their places in S3's order as `in_order` gives them.

    `spec` is known where the spec's own arrival began the run; `by_default` says that there was no spec.yaml.
    """

    content: str = ""
    data: str = ""
    spec: str = ""
    by_default: bool = False

    def is_older_than(self, other: Origin) -> bool:
        """Whether the data arrived before the other's, or the same data's spec did; False where that is not known."""
        if not self.data or not other.data:
            return False
        return (self.data, self.spec) < (other.data, other.spec)

    def supersedes(self, other: Origin) -> bool:
        """Whether the other was made of the same data before anybody had said what is wanted of it."""
        return bool(self.content) and self.content == other.content and other.by_default and not self.by_default


UNKNOWN = Origin()  # of records from before origins were kept
