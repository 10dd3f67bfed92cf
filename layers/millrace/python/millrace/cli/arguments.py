"""The options that every command takes, accepted before and after the command's name."""

from __future__ import annotations

from collections.abc import Sequence

VALUED = ("--stage", "--profile", "--region", "--tenant")
FLAGS = ("--json",)


def hoisted(arguments: Sequence[str]) -> list[str]:
    """The same arguments with the common options first, where the parser expects them; what follows `--` stays."""
    first, rest = [], []
    waiting = iter(arguments)
    for word in waiting:
        if word == "--":
            rest += [word, *waiting]
        elif word in VALUED:
            first += [word, *([value] if (value := next(waiting, None)) is not None else [])]
        elif word in FLAGS or word.startswith(tuple(f"{name}=" for name in VALUED)):
            first.append(word)
        else:
            rest.append(word)
    return [*first, *rest]
