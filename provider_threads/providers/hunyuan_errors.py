"""Tencent's error codes: the action's own table and the table common to all of its services.

A code with a suffix that no table names (``LimitExceeded.Something``) means what its first half means.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from provider_threads.errors import (
    AuthenticationError,
    InvalidRequestError,
    PermissionDeniedError,
    ProviderError,
    ProviderUnavailableError,
    QuotaExhaustedError,
    RateLimitedError,
    ThreadNotFoundError,
)
from provider_threads.providers.base import Refusal

__all__ = ["CODES", "refusal_for"]

_BUSY = Refusal(ProviderUnavailableError, "the platform failed. Try again in a moment", retryable=True)
_THROTTLED = Refusal(RateLimitedError, "too many requests. Wait, or lower the rate", retryable=True)
_CREDENTIAL = Refusal(
    AuthenticationError,
    "the credential was refused. Check TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY and, for temporary "
    "credentials, TENCENTCLOUD_TOKEN",
)
_QUOTA = Refusal(QuotaExhaustedError, "the resource package is used up. Buy one or turn on pay-as-you-go")
_STOPPED = Refusal(QuotaExhaustedError, "the service is not active for this account. See the Hunyuan console")
_DENIED = Refusal(PermissionDeniedError, "the account may not do this. Check its rights and address lists")
_PARAMETER = Refusal(
    InvalidRequestError, "a parameter was refused; often the thread or message id is unknown. Check the ids"
)
_REQUEST = Refusal(InvalidRequestError, "the platform refused the request")

CODES: Mapping[str, Refusal] = {
    # The action's own table.
    "FailedOperation": _REQUEST,
    "FailedOperation.EngineRequestTimeout": _BUSY,
    "FailedOperation.EngineServerError": _BUSY,
    "FailedOperation.EngineServerLimitExceeded": _THROTTLED,
    "FailedOperation.FreeResourcePackExhausted": _QUOTA,
    "FailedOperation.ResourcePackExhausted": _QUOTA,
    "FailedOperation.ServiceNotActivated": _STOPPED,
    "FailedOperation.ServiceStop": _STOPPED,
    "FailedOperation.ServiceStopArrears": Refusal(QuotaExhaustedError, "the account is in arrears. Pay it up"),
    "InternalError": _BUSY,
    "InvalidParameterValue": _PARAMETER,
    "InvalidParameterValue.Model": Refusal(InvalidRequestError, "the model does not exist"),
    # Common to all services.
    "ActionOffline": Refusal(InvalidRequestError, "Tencent has retired this thread action; no later call will succeed"),
    "AuthFailure": _CREDENTIAL,
    "AuthFailure.InvalidAuthorization": _CREDENTIAL,
    "AuthFailure.InvalidSecretId": _CREDENTIAL,
    "AuthFailure.MFAFailure": _CREDENTIAL,
    "AuthFailure.SecretIdNotFound": _CREDENTIAL,
    "AuthFailure.SignatureExpire": Refusal(
        AuthenticationError,
        "the request's time is more than five minutes from the platform's. Check this machine's clock",
        for_its_time=True,
    ),
    "AuthFailure.SignatureFailure": Refusal(
        AuthenticationError, "the signature does not match. Check TENCENTCLOUD_SECRET_KEY"
    ),
    "AuthFailure.TokenFailure": Refusal(
        AuthenticationError, "the temporary token was refused or has expired. Get a new one"
    ),
    "AuthFailure.UnauthorizedOperation": _DENIED,
    "DryRunOperation": _REQUEST,
    "InvalidAction": _REQUEST,
    "InvalidParameter": _PARAMETER,
    "InvalidRequest": _REQUEST,
    "IpInBlacklist": _DENIED,
    "IpNotInWhitelist": _DENIED,
    "LimitExceeded": Refusal(QuotaExhaustedError, "a limit of the account is reached. See the Hunyuan console"),
    "MissingParameter": _PARAMETER,
    "NoSuchProduct": _REQUEST,
    "NoSuchVersion": _REQUEST,
    "RequestLimitExceeded": _THROTTLED,
    "RequestLimitExceeded.GlobalRegionUinLimitExceeded": _THROTTLED,
    "RequestLimitExceeded.IPLimitExceeded": _THROTTLED,
    "RequestLimitExceeded.UinLimitExceeded": _THROTTLED,
    "RequestSizeLimitExceeded": Refusal(InvalidRequestError, "the request is larger than the platform takes"),
    "ResourceInUse": _REQUEST,
    "ResourceInsufficient": Refusal(ProviderUnavailableError, "the platform lacks resources. Try again later"),
    "ResourceNotFound": Refusal(ThreadNotFoundError, "no such thread or message. Check the ids"),
    "ResourceUnavailable": Refusal(ProviderUnavailableError, "the resource is unavailable. Try again later"),
    "ResponseSizeLimitExceeded": Refusal(InvalidRequestError, "the answer would be too large. Lower limit="),
    "ServiceUnavailable": _BUSY,
    "UnauthorizedOperation": _DENIED,
    "UnknownParameter": _PARAMETER,
    "UnsupportedOperation": _REQUEST,
    "UnsupportedProtocol": Refusal(InvalidRequestError, "the platform wants https. Check base_url"),
    "UnsupportedRegion": Refusal(InvalidRequestError, "the region is not served. Check TENCENTCLOUD_REGION"),
}


def refusal_for(code: str) -> Refusal:
    """The refusal behind a code; one that no table names is a plain ProviderError, never a success."""
    known = CODES.get(code) or CODES.get(code.partition(".")[0])
    return replace(known or Refusal(ProviderError, "the platform refused, with a code it does not document"), code=code)
