"""ClientToken: "a unique token that guarantees that the call to this API is idempotent".

The same token with the same parameters answers as the first call did, and changes nothing. With
other parameters it is refused as ConflictException, the error both operations declare; what the
service really answers is not documented.
"""

from typing import Any

from .errors import ConflictException
from .state import RegistryBackend, Remembered


def recalled(backend: RegistryBackend, operation: str, request: dict[str, Any]) -> str | None:
    """The ARN an earlier call with this token answered, if there was one."""
    remembered = backend.client_tokens.get((operation, request.get("ClientToken", "")))
    if remembered is None:
        return None
    if remembered.parameters != request:
        raise ConflictException(f"ClientToken {request['ClientToken']} was used with different parameters.")
    return remembered.arn


def remember(backend: RegistryBackend, operation: str, request: dict[str, Any], arn: str) -> None:
    if "ClientToken" in request:
        backend.client_tokens[operation, request["ClientToken"]] = Remembered(request, arn)
