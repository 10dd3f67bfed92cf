"""Dots: what was predicted over what was true."""

from __future__ import annotations

from collections.abc import Sequence

from millrace.page.markup import Markup, element
from millrace.page.picture import Axes, picture

_HEIGHT = 290.0


def scatter(says: str, truth: Sequence[float], predicted: Sequence[float]) -> Markup:
    """Both axes have the same scale, so that a right answer lies on the diagonal."""
    both = [*truth, *predicted]
    axes = Axes.over(both, both, ("true value", "predicted value"), _HEIGHT)
    dots = (
        element("circle", cx=axes.x.at(true), cy=axes.y.at(found), r=2.5, class_="dot faint")
        for true, found in zip(truth, predicted, strict=False)
    )
    return picture(says, _HEIGHT, *axes.drawn(), axes.diagonal(), *dots)
