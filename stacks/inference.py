"""Where models answer: the API, who may call it, and the functions behind it."""

from __future__ import annotations

from aws_cdk import Aws, CfnOutput
from constructs import Construct

from millrace.settings import AuthorizeSettings, ControlSettings, PredictSettings
from stacks.constructs.api import STAGE_NAME, Api
from stacks.constructs.function import Function, Surroundings
from stacks.constructs.layers import Layer, library
from stacks.constructs.logs import LogGroup
from stacks.constructs.stack import StageStack
from stacks.data import DataStack
from stacks.folders import Folders
from stacks.stage import StageConfig

ANSWER_SECONDS = 29  # API Gateway waits no longer


class InferenceStack(StageStack):
    """Runs when somebody calls; scales to zero."""

    def __init__(self, scope: Construct, *, stage: StageConfig, data: DataStack, folders: Folders) -> None:
        super().__init__(scope, "inference", stage=stage, description="Millrace: the API that models answer")
        self._stage, self._data = stage, data
        layers = [
            Layer(self, "Base", stage=stage, folder=folders.base),
            library(self, stage=stage, folder=folders.library),
        ]
        self._around = Surroundings(stage, data.key, folders.functions, layers)
        api = Api(
            self,
            "Api",
            stage=stage,
            authorize=self._authorize().alias,
            log_group=LogGroup(self, "ApiLogs", name="api", stage=stage, key=data.key),
        )
        runtime = Layer(self, "Inference", stage=stage, folder=folders.inference)
        # Beside a path with a variable, AWS lets no other stand: so what a model's own path leads to stands below one.
        api.serve(self._predict(runtime).alias, "v2", "v2/{proxy+}", "models/{model}/{proxy+}")
        api.serve(
            self._control().alias,
            *("models", "models/{model}/truth", "datasets/{proxy+}", "runs", "runs/{proxy+}", "keys", "keys/{proxy+}"),
        )
        CfnOutput(self, "ApiId", value=api.rest_api_id)
        CfnOutput(self, "ApiStage", value=STAGE_NAME)
        CfnOutput(self, "Region", value=Aws.REGION)

    def _authorize(self) -> Function:
        """Who calls: one read of one key."""
        registry = self._data.registry
        return Function(
            self,
            "authorize",
            around=self._around,
            settings=AuthorizeSettings(stage=self._stage.name, registry_table=registry.table_name),
            grants=[registry.allow_getting("KEYS#*")],  # any tenant's: whose key it is, is what is asked
            timeout_seconds=10,
        )

    def _predict(self, runtime: Layer) -> Function:
        """The data plane: reads models, and can neither see keys nor change anything."""
        registry, artifacts = self._data.registry, self._data.artifacts
        return Function(
            self,
            "predict",
            around=self._around,
            settings=PredictSettings(
                stage=self._stage.name,
                registry_table=registry.table_name,
                artifact_bucket=artifacts.bucket_name,
                session_bytes=self._stage.session_bytes,
                alias_seconds=self._stage.alias_seconds,
            ),
            # Any tenant's: one function serves them all, and reads the caller's only.
            grants=[registry.allow_getting("MODEL#*"), artifacts.allow_reading("*/blobs/*")],
            layers=[runtime],
            memory_mb=self._stage.predict_memory_mb,
            timeout_seconds=ANSWER_SECONDS,
        )

    def _control(self) -> Function:
        """The tenants' own view: uploads, runs, models and keys."""
        registry, landing = self._data.registry, self._data.landing
        return Function(
            self,
            "control",
            around=self._around,
            settings=ControlSettings(
                stage=self._stage.name,
                registry_table=registry.table_name,
                landing_bucket=landing.bucket_name,
                max_upload_bytes=self._stage.max_upload_bytes,
            ),
            grants=[
                # Any tenant's, as the routes serve every tenant; the caller's own, from the authorizer, makes the key.
                registry.allow_listing("RUNS#*", "TIMELINE#*", "OPEN", "MODELS#*", "KEYS#*"),
                registry.allow_changing("KEYS#*"),
                landing.allow_writing("*"),  # any tenant's: a presigned URL can do what its signer can
            ],
            timeout_seconds=ANSWER_SECONDS,
        )
