from __future__ import annotations

from typing import Any, cast

import pytest
from boto3.exceptions import Boto3Error, RetriesExceededError
from botocore import exceptions as aws

from millrace.adapters.errors import CODES, HINTS, SAYS, by_code, translated
from millrace.domain import errors
from millrace.domain.errors import Conflict, Corrupt, Denied, MillraceError, NotFound, TooLarge, Unavailable


def answer(code: str, *, status: int = 400, message: str = "", operation: str = "GetItem", **more: object) -> Exception:
    """An error as botocore makes it from AWS's answer."""
    parsed = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status, "RequestId": "1", "RetryAttempts": 0},
    }
    return aws.ClientError(cast("Any", parsed | more), operation)


def caught(cause: Exception, what: str = "run 1") -> MillraceError:
    with pytest.raises(MillraceError) as raised, translated(what):
        raise cause
    assert raised.value.__cause__ is cause
    return raised.value


@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [
        ("ConditionalCheckFailedException", 400, Conflict),
        ("TransactionCanceledException", 400, Conflict),
        ("PreconditionFailed", 412, Conflict),
        ("ThrottlingException", 400, Unavailable),
        ("ProvisionedThroughputExceededException", 400, Unavailable),
        ("SlowDown", 503, Unavailable),
        ("InternalServerError", 500, Unavailable),
        ("NoSuchKey", 404, NotFound),
        ("NoSuchVersion", 404, NotFound),
        ("404", 404, NotFound),
        ("TaskTimedOut", 400, NotFound),
        ("InvalidToken", 400, NotFound),
        ("AWS.SimpleQueueService.NonExistentQueue", 400, NotFound),
        ("AccessDenied", 403, Denied),
        ("AccessDeniedException", 400, Denied),
        ("403", 403, Denied),
        ("ExpiredTokenException", 400, Denied),
        ("InvalidClientTokenId", 403, Denied),
        ("BadDigest", 400, Corrupt),
        ("EntityTooLarge", 400, TooLarge),
    ],
)
def test_a_code_has_its_error(code: str, status: int, expected: type[MillraceError]) -> None:
    error = caught(answer(code, status=status))
    assert type(error) is expected
    assert error.code == expected.code
    assert "run 1" in error.message
    assert code in error.message


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        ("GetLogEvents", NotFound),
        ("GetItem", Unavailable),
        ("Query", Unavailable),
        ("TransactWriteItems", Unavailable),
    ],
)
def test_a_table_that_is_not_there_is_an_outage_not_an_absent_record(
    operation: str, expected: type[MillraceError]
) -> None:
    assert type(caught(answer("ResourceNotFoundException", operation=operation))) is expected


@pytest.mark.parametrize(("status", "expected"), [(500, Unavailable), (503, Unavailable), (400, MillraceError)])
def test_a_code_that_is_not_in_the_table_goes_by_its_status(status: int, expected: type[MillraceError]) -> None:
    assert type(caught(answer("BrandNew", status=status))) is expected


def test_an_error_we_do_not_know_says_so() -> None:
    assert caught(answer("ValidationException", message="no such attribute")).code == "unexpected"
    assert caught(aws.ParamValidationError(report="Missing required parameter")).code == "unexpected"


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        (aws.EndpointConnectionError(endpoint_url="https://x"), Unavailable),
        (aws.ConnectTimeoutError(endpoint_url="https://x"), Unavailable),
        (aws.ReadTimeoutError(endpoint_url="https://x"), Unavailable),
        (aws.ConnectionClosedError(endpoint_url="https://x"), Unavailable),
        (aws.SSLError(endpoint_url="https://x", error=OSError("certificate")), Unavailable),
        (aws.ResponseStreamingError(error="reset"), Unavailable),
        (aws.IncompleteReadError(actual_bytes=1, expected_bytes=2), Unavailable),
        (RetriesExceededError(Boto3Error("reset")), Unavailable),
        (aws.NoCredentialsError(), Denied),
        (aws.PartialCredentialsError(provider="env", cred_var="AWS_SECRET_ACCESS_KEY"), Denied),
        (aws.CredentialRetrievalError(provider="assume-role", error_msg="x"), Denied),
        (aws.ProfileNotFound(profile="absent"), Denied),
        (aws.UnauthorizedSSOTokenError(), Denied),
        (aws.NoRegionError(), Denied),
        (aws.FlexibleChecksumError(error_msg="differs"), Corrupt),
        (aws.ChecksumError(checksum_type="crc32", expected_checksum="1", actual_checksum="2"), Corrupt),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_what_goes_wrong_on_our_side_has_its_error(cause: Exception, expected: type[MillraceError]) -> None:
    assert type(caught(cause)) is expected


LISTING = (
    'User: arn:aws:sts::1:assumed-role/r is not authorized to perform: s3:ListBucket on resource: "arn:aws:s3:::b"'
)
READING = (
    'User: arn:aws:sts::1:assumed-role/r is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::b/k"'
)


@pytest.mark.parametrize(
    ("operation", "message", "expected"),
    [
        ("GetObject", LISTING, NotFound),
        ("GetObject", READING, Denied),
        ("GetObject", "Access Denied", Denied),
        ("ListObjectsV2", LISTING, Denied),
    ],
)
def test_an_absent_object_that_may_not_be_listed_is_not_found(
    operation: str, message: str, expected: type[MillraceError]
) -> None:
    assert type(caught(answer("AccessDenied", status=403, message=message, operation=operation))) is expected


def test_a_record_that_is_too_large_is_told_from_other_bad_requests() -> None:
    message = "Item size has exceeded the maximum allowed size"
    assert type(caught(answer("ValidationException", message=message))) is TooLarge
    reasons = [{"Code": "None"}, {"Code": "ValidationError", "Message": message}]
    assert type(caught(answer("TransactionCanceledException", CancellationReasons=reasons))) is TooLarge


def test_refusals_do_not_repeat_what_aws_says_about_us() -> None:
    error = caught(answer("AccessDenied", status=403, message=READING, operation="GetObject"), "blob 1")
    assert "arn:aws" not in error.message + (error.hint or "")


def test_our_own_errors_and_bugs_pass() -> None:
    for error in (NotFound("gone"), KeyError("bug")):
        with pytest.raises(type(error)) as raised, translated("x"):
            raise error
        assert raised.value is error


@pytest.mark.parametrize(("code", "expected"), [("AccessDeniedException", Denied), ("BrandNew", Unavailable)])
def test_a_code_inside_a_good_answer_has_its_error(code: str, expected: type[MillraceError]) -> None:
    error = by_code(code, "event bus b", "PutEvents")
    assert type(error) is expected
    assert "event bus b" in error.message


def test_the_table_is_sound() -> None:
    codes = [code for kind in CODES.values() for code in kind]
    assert len(codes) == len(set(codes))
    assert set(CODES) | {MillraceError} == set(SAYS)
    assert set(HINTS) <= set(SAYS)
    assert all(getattr(errors, kind.__name__) is kind for kind in CODES)


def test_a_missing_region_says_how_to_set_it() -> None:
    error = caught(aws.NoRegionError())
    assert (type(error), error.code, error.hint) == (Denied, "no_region", "set --region or AWS_REGION")
