"""The one table from AWS's errors to ours, so that nothing above an adapter knows whose cloud it runs on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

from boto3.exceptions import Boto3Error
from botocore import exceptions as aws

from millrace.domain.errors import Conflict, Corrupt, Denied, MillraceError, NotFound, TooLarge, Unavailable

CODES: dict[type[MillraceError], tuple[str, ...]] = {
    NotFound: (
        *("404", "NotFound", "NoSuchKey", "NoSuchVersion", "NoSuchBucket", "ResourceNotFoundException"),
        "ResourceNotFound",
        *("StateMachineDoesNotExist", "ExecutionDoesNotExist", "TaskDoesNotExist", "TaskTimedOut", "InvalidToken"),
        *("QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue", "ReceiptHandleIsInvalid"),
        *("MessageNotInflight", "AWS.SimpleQueueService.MessageNotInflight"),
    ),
    Conflict: (
        *("409", "412", "ConditionalCheckFailedException", "TransactionCanceledException", "PreconditionFailed"),
        *("ConditionalRequestConflict", "ExecutionAlreadyExists"),
        *("IdempotentParameterMismatchException", "ResourceInUseException"),
    ),
    TooLarge: ("413", "EntityTooLarge", "RequestEntityTooLargeException", "ItemCollectionSizeLimitExceededException"),
    Unavailable: (
        *(
            "429",
            "Throttling",
            "ThrottlingException",
            "ThrottledException",
            "RequestThrottled",
            "TooManyRequestsException",
        ),
        *("ProvisionedThroughputExceededException", "RequestLimitExceeded", "LimitExceededException", "SlowDown"),
        *(
            "OverLimit",
            "ExecutionLimitExceeded",
            "TransactionConflictException",
            "RequestTimeout",
            "RequestTimeoutException",
        ),
        *(
            "InternalError",
            "InternalFailure",
            "InternalServerError",
            "ServiceUnavailable",
            "ServiceUnavailableException",
        ),
        *("PriorRequestNotComplete", "KMSInternalException", "DependencyTimeoutException", "KmsThrottled"),
        *("TransactionInProgressException", "KmsThrottlingException", "RequestThrottledException"),
        "BandwidthLimitExceeded",
        *("Throttled", "KMSThrottling", "LimitExceeded"),
    ),
    Denied: (
        *("401", "403", "AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError"),
        *(
            "ExpiredToken",
            "ExpiredTokenException",
            "InvalidAccessKeyId",
            "InvalidClientTokenId",
            "SignatureDoesNotMatch",
        ),
        *("UnrecognizedClientException", "InvalidSignatureException", "KMSAccessDeniedException", "KmsAccessDenied"),
        "KMSAccessDenied",
        *("MissingAuthenticationToken", "MissingAuthenticationTokenException", "NotAuthorized", "OptInRequired"),
        "NotAuthorizedForSourceException",
    ),
    Corrupt: ("BadDigest", "InvalidDigest", "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch"),
}

LOCAL: tuple[
    tuple[type[Exception], type[MillraceError]], ...
] = (  # what goes wrong on our side of the wire; first match
    (aws.ChecksumError, Corrupt),
    (aws.FlexibleChecksumError, Corrupt),
    (aws.NoCredentialsError, Denied),
    (aws.PartialCredentialsError, Denied),
    (aws.CredentialRetrievalError, Denied),
    (aws.ProfileNotFound, Denied),
    (aws.TokenRetrievalError, Denied),
    (aws.SSOError, Denied),
    (aws.ConnectionError, Unavailable),
    (aws.HTTPClientError, Unavailable),
    (aws.IncompleteReadError, Unavailable),
    (Boto3Error, Unavailable),  # a managed transfer that used up its retries
)

SAYS: dict[type[MillraceError], str] = {
    NotFound: "there is no {what}",
    Conflict: "the {what} was taken or changed meanwhile",
    TooLarge: "the {what} is too large",
    Unavailable: "the {what} can't be reached just now",
    Denied: "AWS refused us the {what}",
    Corrupt: "the {what} arrived damaged",
    MillraceError: "AWS did not accept our request for the {what}",
}
HINTS: dict[type[MillraceError], str] = {
    Denied: "check the credentials, the region and the role's policy",
    Unavailable: "try again in a moment",
}

# A record that is absent is no error of DynamoDB's: what it does not find is the whole table.
TABLE_CALLS = {"GetItem", "BatchGetItem", "Query", "TransactWriteItems", "PutItem", "UpdateItem", "DeleteItem"}

_BY_CODE = MappingProxyType({code: ours for ours, codes in CODES.items() for code in codes})


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Raise AWS's errors inside the block as ours, `from` the cause. `what` is a noun without article: "run 4f..."."""
    try:
        yield
    except (aws.ClientError, aws.BotoCoreError, Boto3Error) as cause:
        raise ours(cause, what) from cause


def ours(cause: Exception, what: str) -> MillraceError:
    """The error of ours for one of AWS's; a MillraceError(code="unexpected") for one that is not in the table."""
    if isinstance(cause, aws.ClientError):
        return _made(_of_answer(cause), what, f"{cause.operation_name}: {code_of(cause)}")
    if isinstance(cause, aws.NoRegionError):
        return Denied("no AWS region is set", code="no_region", hint="set --region or AWS_REGION")
    kind = next((ours for foreign, ours in LOCAL if isinstance(cause, foreign)), MillraceError)
    return _made(kind, what, type(cause).__name__)


def by_code(code: str, what: str, operation: str) -> MillraceError:
    """The error of ours for a code inside an answer that succeeded; Unavailable for one that is not in the table."""
    return _made(_BY_CODE.get(code, Unavailable), what, f"{operation}: {code}")


def code_of(cause: aws.ClientError) -> str:
    """AWS's own code for an error answer."""
    return str(cause.response.get("Error", {}).get("Code", "Unknown"))


def _of_answer(cause: aws.ClientError) -> type[MillraceError]:
    answer: Any = cause.response
    reasons = answer.get("CancellationReasons", ())  # of a transaction
    text = " ".join(str(part.get("Message")) for part in (answer.get("Error", {}), *reasons))
    if "Item size" in text:
        return TooLarge  # DynamoDB's 400 KB, told as a ValidationException or as a transaction's reason
    kind = _BY_CODE.get(code_of(cause))
    if kind is Denied and "s3:ListBucket" in text and cause.operation_name in {"GetObject", "HeadObject"}:
        return NotFound  # S3's way of saying "absent" to a role that may read but not list
    if code_of(cause) == "ResourceNotFoundException" and cause.operation_name in TABLE_CALLS:
        return Unavailable
    status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return kind or (Unavailable if status >= 500 else MillraceError)


def _made(kind: type[MillraceError], what: str, detail: str) -> MillraceError:
    code = "unexpected" if kind is MillraceError else None
    return kind(f"{SAYS[kind].format(what=what)} ({detail})", code=code, hint=HINTS.get(kind))
