"""Which stacks make a stage: `cdk deploy --all -c stage=dev`."""

from __future__ import annotations

import sys
from dataclasses import replace

from aws_cdk import App

from stacks.composition import compose
from stacks.folders import Folders, NotBuilt
from stacks.stage import StageConfig, WrongStage


def main() -> None:
    """Synthesize the stage that the context names, `local` unless it says."""
    app = App()
    stage = StageConfig.read(app.node.try_get_context("stages"), app.node.try_get_context("stage") or "local")
    # The embedded cloud runs functions with the host's own interpreter, so its deploy says which one that is.
    host = {name: given for name in ("python", "architecture") if (given := app.node.try_get_context(name))}
    stage = replace(stage, **host)
    compose(app, stage, Folders.built(stage))
    app.synth()


if __name__ == "__main__":
    try:
        main()
    except (WrongStage, NotBuilt) as error:
        sys.exit(f"millrace: {error}")
