"""What a caller is told whose identity policies lack an action.

moto enforces identity policies once `/moto-api/reset-auth` says so, but answers a JSON service with
XML that carries no error name at all. Services of a JSON protocol answer AccessDeniedException with
the action and the resource in the message (IAM User Guide, "Troubleshoot access denied error messages").
"""

from moto.core.exceptions import JsonRESTError
from moto.iam.access_control import IAMRequest

# The services of the sandbox that speak a JSON protocol; STS, IAM and S3 speak XML as moto has it.
_JSON_SERVICES = {"sagemaker", "dynamodb", "events", "sqs", "resource-groups", "tagging", "logs"}

_moto_denied = IAMRequest._raise_access_denied
_moto_bad_key = IAMRequest._raise_invalid_access_key
_moto_bad_signature = IAMRequest._raise_signature_does_not_match
_moto_check = IAMRequest.check_action_permitted


def install() -> None:
    IAMRequest.check_action_permitted = _check_action_permitted
    IAMRequest._raise_access_denied = _raise_access_denied
    IAMRequest._raise_invalid_access_key = _raise_invalid_access_key
    IAMRequest._raise_signature_does_not_match = _raise_signature_does_not_match


def _check_action_permitted(request: IAMRequest, resource: str) -> None:
    request.resource = resource
    _moto_check(request, resource)


def _raise_access_denied(request: IAMRequest) -> None:
    if request._service not in _JSON_SERVICES:
        _moto_denied(request)
    raise JsonRESTError(
        "AccessDeniedException",
        f"User: {request._access_key.arn} is not authorized to perform: {request._action} on resource: "
        f"{request.resource} because no identity-based policy allows the {request._action} action",
    )


def _raise_invalid_access_key(request: IAMRequest, reason: str) -> None:
    if request._service not in _JSON_SERVICES:
        _moto_bad_key(request, reason)
    raise JsonRESTError("UnrecognizedClientException", "The security token included in the request is invalid.")


def _raise_signature_does_not_match(request: IAMRequest) -> None:
    if request._service not in _JSON_SERVICES:
        _moto_bad_signature(request)
    raise JsonRESTError(
        "InvalidSignatureException",
        "The request signature we calculated does not match the signature you provided.",
    )
