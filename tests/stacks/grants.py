"""Least privilege as tables: what each role may do, and why each star is there."""

from __future__ import annotations

import re

# One line per grant: action, resource and, for the registry, the kinds of record. What every function has (its own log
# group, traces) and what follows from a grant (uses of the key) is tested for all of them below.
GRANTS = {
    "ingest": """
        dynamodb:GetItem <RegistryTable.Arn> TENANTS
        dynamodb:GetItem <RegistryTable.Arn> DATASETS#* OPEN RUNS#* TIMELINE#* UNCLAIMED
        dynamodb:PutItem <RegistryTable.Arn> DATASETS#* OPEN RUNS#* TIMELINE#* UNCLAIMED
        dynamodb:UpdateItem <RegistryTable.Arn> DATASETS#* OPEN RUNS#* TIMELINE#* UNCLAIMED
        dynamodb:ConditionCheckItem <RegistryTable.Arn> DATASETS#* OPEN RUNS#* TIMELINE#* UNCLAIMED
        dynamodb:GetItem <RegistryTable.Arn> OPEN
        dynamodb:Query <RegistryTable.Arn> OPEN
        dynamodb:DeleteItem <RegistryTable.Arn> OPEN
        dynamodb:GetItem <RegistryTable.Arn> DATASETS#*
        dynamodb:Query <RegistryTable.Arn> DATASETS#*
        events:PutEvents arn:<AWS::Partition>:events:<AWS::Region>:<AWS::AccountId>:event-bus/default
        sns:Publish <RunTopicArn>
        s3:GetObject <LandingBucket.Arn>/*
        s3:GetObjectVersion <LandingBucket.Arn>/*
        s3:ListBucket <LandingBucket.Arn>
        s3:PutObject <ArtifactBucket.Arn>/*/blobs/*
        states:StartExecution <StateMachineArn>
        sqs:SendMessage <SQS::Queue.Arn>
    """,
    "admit": """
        dynamodb:GetItem <RegistryTable.Arn> MODEL#* RUNS#*
        s3:GetObject <LandingBucket.Arn>/*
        s3:GetObjectVersion <LandingBucket.Arn>/*
        s3:PutObject <ArtifactBucket.Arn>/*/runs/*/job.json
    """,
    "diagnose": """
        s3:GetObject <ArtifactBucket.Arn>/*/runs/*/failure.json
        s3:ListBucket <ArtifactBucket.Arn>
    """,
    "gate": """
        s3:GetObject <ArtifactBucket.Arn>/*/runs/*
        s3:GetObject <ArtifactBucket.Arn>/*/blobs/*
        s3:PutObject <ArtifactBucket.Arn>/*/runs/*/verdict.json
        s3:PutObject <ArtifactBucket.Arn>/*/runs/*/report.html
    """,
    "register": """
        s3:GetObject <ArtifactBucket.Arn>/*/runs/*
        s3:GetObject <ArtifactBucket.Arn>/*/blobs/*
        dynamodb:GetItem <RegistryTable.Arn> DATASETS#* MODEL#* MODELS#*
        dynamodb:PutItem <RegistryTable.Arn> DATASETS#* MODEL#* MODELS#*
        dynamodb:UpdateItem <RegistryTable.Arn> DATASETS#* MODEL#* MODELS#*
        dynamodb:ConditionCheckItem <RegistryTable.Arn> DATASETS#* MODEL#* MODELS#*
        cloudwatch:PutMetricAlarm HERE(cloudwatch):alarm:millrace-STAGE-drift-*
    """,
    "deploy": """
        s3:GetObject <ArtifactBucket.Arn>/*/runs/*/verdict.json
        dynamodb:GetItem <RegistryTable.Arn> MODEL#* MODELS#*
        dynamodb:PutItem <RegistryTable.Arn> MODEL#* MODELS#*
        dynamodb:UpdateItem <RegistryTable.Arn> MODEL#* MODELS#*
        dynamodb:ConditionCheckItem <RegistryTable.Arn> MODEL#* MODELS#*
    """,
    "notify": """
        dynamodb:GetItem <RegistryTable.Arn> OPEN RUNS#*
        dynamodb:PutItem <RegistryTable.Arn> OPEN RUNS#*
        dynamodb:UpdateItem <RegistryTable.Arn> OPEN RUNS#*
        dynamodb:ConditionCheckItem <RegistryTable.Arn> OPEN RUNS#*
        dynamodb:GetItem <RegistryTable.Arn> OPEN
        dynamodb:Query <RegistryTable.Arn> OPEN
        dynamodb:DeleteItem <RegistryTable.Arn> OPEN
        events:PutEvents arn:<AWS::Partition>:events:<AWS::Region>:<AWS::AccountId>:event-bus/default
        sns:Publish <RunTopicArn>
        states:StartExecution HERE(states):stateMachine:millrace-STAGE-train
    """,
    "reconcile": """
        dynamodb:GetItem <RegistryTable.Arn> OPEN RUNS#*
        dynamodb:PutItem <RegistryTable.Arn> OPEN RUNS#*
        dynamodb:UpdateItem <RegistryTable.Arn> OPEN RUNS#*
        dynamodb:ConditionCheckItem <RegistryTable.Arn> OPEN RUNS#*
        dynamodb:GetItem <RegistryTable.Arn> OPEN
        dynamodb:Query <RegistryTable.Arn> OPEN
        dynamodb:DeleteItem <RegistryTable.Arn> OPEN
        events:PutEvents arn:<AWS::Partition>:events:<AWS::Region>:<AWS::AccountId>:event-bus/default
        sns:Publish <RunTopicArn>
        states:StartExecution <StateMachineArn>
        states:DescribeExecution HERE(states):execution:millrace-STAGE-train:*
    """,
    "label": """
        dynamodb:GetItem <RegistryTable.Arn> TENANTS
        dynamodb:GetItem <RegistryTable.Arn> MODELS#*
        dynamodb:Query <RegistryTable.Arn> MODELS#*
        s3:GetObject <LandingBucket.Arn>/*/truth/*
        s3:GetObjectVersion <LandingBucket.Arn>/*/truth/*
        s3:ListBucket <LandingBucket.Arn>
        s3:PutObject <CaptureBucket.Arn>/*/truth/*
        s3:PutObject <CaptureBucket.Arn>/*/_truth/*
        sqs:SendMessage <MonitoringDeadLetterQueueUrl.Arn>
    """,
    "retrain": """
        dynamodb:GetItem <RegistryTable.Arn> MODEL#* RETRAININGS#*
        dynamodb:Query <RegistryTable.Arn> MODEL#* RETRAININGS#*
        dynamodb:GetItem <RegistryTable.Arn> DATASETS#* OPEN RETRAININGS#* RUNS#* TIMELINE#*
        dynamodb:PutItem <RegistryTable.Arn> DATASETS#* OPEN RETRAININGS#* RUNS#* TIMELINE#*
        dynamodb:UpdateItem <RegistryTable.Arn> DATASETS#* OPEN RETRAININGS#* RUNS#* TIMELINE#*
        dynamodb:ConditionCheckItem <RegistryTable.Arn> DATASETS#* OPEN RETRAININGS#* RUNS#* TIMELINE#*
        dynamodb:GetItem <RegistryTable.Arn> OPEN
        dynamodb:Query <RegistryTable.Arn> OPEN
        dynamodb:DeleteItem <RegistryTable.Arn> OPEN
        s3:GetObject <ArtifactBucket.Arn>/*/blobs/*
        s3:PutObject <ArtifactBucket.Arn>/*/blobs/*
        s3:GetObject <CaptureBucket.Arn>/*/*/labelled/*
        s3:PutObject <CaptureBucket.Arn>/*/*/labelled/*
        s3:ListBucket <CaptureBucket.Arn>
        cloudwatch:GetMetricData *
        events:PutEvents arn:<AWS::Partition>:events:<AWS::Region>:<AWS::AccountId>:event-bus/default
        sns:Publish <RunTopicArn>
        states:StartExecution HERE(states):stateMachine:millrace-STAGE-train
        sqs:SendMessage <MonitoringDeadLetterQueueUrl.Arn>
    """,
    "authorize": """
        dynamodb:GetItem <RegistryTable.Arn> KEYS#*
    """,
    "predict": """
        dynamodb:GetItem <RegistryTable.Arn> MODEL#*
        s3:GetObject <ArtifactBucket.Arn>/*/blobs/*
        sqs:SendMessage <CaptureQueueUrl.Arn>
        s3:PutObject <CaptureBucket.Arn>/*/*/captures/*
    """,
    "collect": """
        sqs:ReceiveMessage <CaptureQueueUrl.Arn>
        sqs:DeleteMessage <CaptureQueueUrl.Arn>
        sqs:GetQueueAttributes <CaptureQueueUrl.Arn>
        sqs:SendMessage <CaptureDeadLetterQueueUrl.Arn>
        dynamodb:GetItem <RegistryTable.Arn> MODEL#*
        s3:PutObject <CaptureBucket.Arn>/*/*/captures/*
    """,
    "control": """
        dynamodb:GetItem <RegistryTable.Arn> KEYS#* MODELS#* OPEN RUNS#* TIMELINE#*
        dynamodb:Query <RegistryTable.Arn> KEYS#* MODELS#* OPEN RUNS#* TIMELINE#*
        dynamodb:GetItem <RegistryTable.Arn> KEYS#*
        dynamodb:PutItem <RegistryTable.Arn> KEYS#*
        dynamodb:UpdateItem <RegistryTable.Arn> KEYS#*
        dynamodb:ConditionCheckItem <RegistryTable.Arn> KEYS#*
        s3:PutObject <LandingBucket.Arn>/*
    """,
    "detect_drift": """
        dynamodb:GetItem <RegistryTable.Arn> MODEL#* MODELS#* TENANTS
        dynamodb:Query <RegistryTable.Arn> MODEL#* MODELS#* TENANTS
        s3:GetObject <ArtifactBucket.Arn>/*/blobs/*
        s3:GetObject <CaptureBucket.Arn>/*
        s3:ListBucket <CaptureBucket.Arn>
        s3:PutObject <CaptureBucket.Arn>/*/*/sketches/*
        s3:PutObject <CaptureBucket.Arn>/*/*/labelled/*
        s3:PutObject <CaptureBucket.Arn>/*/*/drift/*
        cloudwatch:PutMetricData *
        sns:Publish <DriftTopicArn>
        sqs:SendMessage <MonitoringDeadLetterQueueUrl.Arn>
    """,
    "worker": """
        sqs:ReceiveMessage <JobQueueUrl.Arn>
        sqs:ChangeMessageVisibility <JobQueueUrl.Arn>
        sqs:DeleteMessage <JobQueueUrl.Arn>
        states:SendTaskSuccess *
        states:SendTaskFailure *
        states:SendTaskHeartbeat *
        s3:GetObject <LandingBucket.Arn>/*
        s3:GetObjectVersion <LandingBucket.Arn>/*
        s3:GetObject <CaptureBucket.Arn>/*/*/labelled/*/part-*
        s3:GetObject <ArtifactBucket.Arn>/*/runs/*
        s3:GetObject <ArtifactBucket.Arn>/*/blobs/*
        s3:ListBucket <ArtifactBucket.Arn>
        s3:PutObject <ArtifactBucket.Arn>/*/runs/*/result.json
        s3:PutObject <ArtifactBucket.Arn>/*/runs/*/checkpoints/*
        s3:PutObject <ArtifactBucket.Arn>/*/blobs/*
    """,
    "batch job": """
        s3:GetObject <LandingBucket.Arn>/*
        s3:GetObjectVersion <LandingBucket.Arn>/*
        s3:GetObject <CaptureBucket.Arn>/*/*/labelled/*/part-*
        s3:GetObject <ArtifactBucket.Arn>/*/runs/*
        s3:GetObject <ArtifactBucket.Arn>/*/blobs/*
        s3:ListBucket <ArtifactBucket.Arn>
        s3:PutObject <ArtifactBucket.Arn>/*/runs/*/result.json
        s3:PutObject <ArtifactBucket.Arn>/*/runs/*/checkpoints/*
        s3:PutObject <ArtifactBucket.Arn>/*/runs/*/failure.json
        s3:PutObject <ArtifactBucket.Arn>/*/blobs/*
    """,
    "batch machine": """
        ecs:DiscoverPollEndpoint *
        ecs:RegisterContainerInstance CLUSTERS
        ecs:DeregisterContainerInstance CLUSTERS
        ecs:Poll CLUSTERS
        ecs:StartTelemetrySession CLUSTERS
        ecs:UpdateContainerInstancesState CLUSTERS
        ecs:SubmitContainerStateChange CLUSTERS
        ecs:SubmitTaskStateChange CLUSTERS
        ecs:SubmitAttachmentStateChanges CLUSTERS
        ecr:GetAuthorizationToken *
        ecr:BatchCheckLayerAvailability IMAGE
        ecr:GetDownloadUrlForLayer IMAGE
        ecr:BatchGetImage IMAGE
        logs:CreateLogStream BATCH_LOGS
        logs:PutLogEvents BATCH_LOGS
    """,
    "sagemaker job": """
        s3:GetObject <LandingBucket.Arn>/*
        s3:GetObjectVersion <LandingBucket.Arn>/*
        s3:GetObject <CaptureBucket.Arn>/*/*/labelled/*/part-*
        s3:GetObject <ArtifactBucket.Arn>/*/runs/*
        s3:GetObject <ArtifactBucket.Arn>/*/blobs/*
        s3:ListBucket <ArtifactBucket.Arn>
        s3:PutObject <ArtifactBucket.Arn>/*/runs/*/result.json
        s3:PutObject <ArtifactBucket.Arn>/*/runs/*/checkpoints/*
        s3:PutObject <ArtifactBucket.Arn>/*/runs/*/failure.json
        s3:PutObject <ArtifactBucket.Arn>/*/runs/*/sagemaker/*
        s3:PutObject <ArtifactBucket.Arn>/*/blobs/*
        ecr:GetAuthorizationToken *
        ecr:BatchCheckLayerAvailability IMAGE
        ecr:GetDownloadUrlForLayer IMAGE
        ecr:BatchGetImage IMAGE
        logs:CreateLogGroup SAGEMAKER_LOGS
        logs:CreateLogStream SAGEMAKER_LOGS
        logs:PutLogEvents SAGEMAKER_LOGS
    """,
    "train": """
        lambda:InvokeFunction <admit:live>
        lambda:InvokeFunction <gate:live>
        lambda:InvokeFunction <register:live>
        lambda:InvokeFunction <deploy:live>
        lambda:InvokeFunction <notify:live>
        logs:CreateLogDelivery *
        logs:GetLogDelivery *
        logs:UpdateLogDelivery *
        logs:DeleteLogDelivery *
        logs:ListLogDeliveries *
        logs:PutResourcePolicy *
        logs:DescribeResourcePolicies *
        logs:DescribeLogGroups *
        xray:PutTraceSegments *
        xray:PutTelemetryRecords *
        xray:GetSamplingRules *
        xray:GetSamplingTargets *
    """,
}
DECRYPT = {"Decrypt", "DescribeKey"}
KEY_USES = {  # what an action on an encrypted resource needs of the key, by way of the service
    "dynamodb:GetItem": DECRYPT,
    "dynamodb:Query": DECRYPT,
    "dynamodb:PutItem": DECRYPT | {"Encrypt", "GenerateDataKey", "ReEncryptFrom", "ReEncryptTo"},
    "s3:GetObject": {"Decrypt"},
    "s3:PutObject": {"GenerateDataKey"},
    "sns:Publish": {"Decrypt", "GenerateDataKey"},
    "sqs:SendMessage": {"Decrypt", "GenerateDataKey"},
    "sqs:ReceiveMessage": {"Decrypt"},
}
# What the state machine may do more, by backend.
OF_BACKEND = {
    "worker": "sqs:SendMessage <JobQueueUrl.Arn>",
    "batch": """
        batch:SubmitJob QUEUES
        batch:SubmitJob HERE(batch):job-definition/millrace-STAGE-train
        batch:SubmitJob HERE(batch):job-definition/millrace-STAGE-train:*
        batch:DescribeJobs *
        batch:TerminateJob HERE(batch):job/*
        events:PutTargets HERE(events):rule/StepFunctionsGetEventsForBatchJobsRule
        events:PutRule HERE(events):rule/StepFunctionsGetEventsForBatchJobsRule
        events:DescribeRule HERE(events):rule/StepFunctionsGetEventsForBatchJobsRule
    """,
    "sagemaker": """
        sagemaker:CreateTrainingJob HERE(sagemaker):training-job/STAGE-*
        sagemaker:DescribeTrainingJob HERE(sagemaker):training-job/STAGE-*
        sagemaker:StopTrainingJob HERE(sagemaker):training-job/STAGE-*
        iam:PassRole <IAM::Role.Arn>
        events:PutTargets HERE(events):rule/StepFunctionsGetEventsForSageMakerTrainingJobsRule
        events:PutRule HERE(events):rule/StepFunctionsGetEventsForSageMakerTrainingJobsRule
        events:DescribeRule HERE(events):rule/StepFunctionsGetEventsForSageMakerTrainingJobsRule
    """,
}
# Names for lists of resources.
RESOURCES = {
    "CLUSTERS": ("HERE(ecs):cluster/*", "HERE(ecs):container-instance/*"),
    "IMAGE": ("arn:<AWS::Partition>:ecr:eu-west-1:123456789012:repository/millrace/train",),
    "BATCH_LOGS": ("</millrace/STAGE/batch.Arn>",),
    "SAGEMAKER_LOGS": tuple(f"HERE(logs):log-group:/aws/sagemaker/TrainingJobs{end}" for end in ("", ":*")),
    "QUEUES": ("<SPOT queue>", "<EC2 queue>"),
}
HERE = re.compile(r"HERE\((\w+)\)")
OF_STAGE = {"batch job": "batch", "batch machine": "batch", "sagemaker job": "sagemaker"}  # roles of a backend
FUNCTIONS = sorted(set(GRANTS) - {"worker", "train", *OF_STAGE})
EVERY_TENANT = "one function serves every tenant, and the key's first part is the tenant"
STARS = {  # every resource with a star that any role is given, and why
    "*": "X-Ray, metrics, log deliveries, SendTask, DescribeJobs, DiscoverPollEndpoint, ECR's token: no resource",
    "<LandingBucket.Arn>/*": EVERY_TENANT,
    "<LandingBucket.Arn>/*/truth/*": EVERY_TENANT,
    "<CaptureBucket.Arn>/*/truth/*": EVERY_TENANT,
    "<CaptureBucket.Arn>/*/_truth/*": EVERY_TENANT,
    "<CaptureBucket.Arn>/*/*/labelled/*": EVERY_TENANT,
    "<CaptureBucket.Arn>/*/*/labelled/*/part-*": EVERY_TENANT,
    "<ArtifactBucket.Arn>/*/blobs/*": EVERY_TENANT,
    "<ArtifactBucket.Arn>/*/runs/*": EVERY_TENANT,
    "<ArtifactBucket.Arn>/*/runs/*/job.json": EVERY_TENANT,
    "<ArtifactBucket.Arn>/*/runs/*/verdict.json": EVERY_TENANT,
    "<ArtifactBucket.Arn>/*/runs/*/report.html": EVERY_TENANT,
    "<ArtifactBucket.Arn>/*/runs/*/result.json": EVERY_TENANT,
    "<ArtifactBucket.Arn>/*/runs/*/checkpoints/*": EVERY_TENANT,
    "<ArtifactBucket.Arn>/*/runs/*/failure.json": EVERY_TENANT,
    "<ArtifactBucket.Arn>/*/runs/*/sagemaker/*": EVERY_TENANT,
    "<CaptureBucket.Arn>/*": EVERY_TENANT,
    "<CaptureBucket.Arn>/*/*/sketches/*": EVERY_TENANT,
    "<CaptureBucket.Arn>/*/*/drift/*": EVERY_TENANT,
    "<CaptureBucket.Arn>/*/*/captures/*": EVERY_TENANT,
    "HERE(ecs):cluster/*": "Batch makes its clusters and names them",
    "HERE(ecs):container-instance/*": "ECS names machines",
    "HERE(batch):job/*": "Batch names jobs",
    "HERE(batch):job-definition/millrace-STAGE-train:*": "every revision of one definition",
    "HERE(sagemaker):training-job/STAGE-*": "a job is named after its run",
    "HERE(logs):log-group:/aws/sagemaker/TrainingJobs:*": "the streams of SageMaker's own group",
    "HERE(cloudwatch):alarm:millrace-STAGE-drift-*": "every model has an alarm of its own",
    "HERE(states):execution:millrace-STAGE-train:*": "any run's execution",
}
NO_RESOURCE = re.compile(
    r"(xray|logs|states):|cloudwatch:(PutMetricData|GetMetricData)"
    r"|batch:DescribeJobs|ecs:DiscoverPollEndpoint|ecr:GetAuthorizationToken"
)
CARRY_A_PARTITION_KEY = {"GetItem", "PutItem", "UpdateItem", "ConditionCheckItem", "DeleteItem", "Query"}
