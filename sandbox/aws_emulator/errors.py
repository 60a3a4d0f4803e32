"""Errors of the registry operations, with the names and phrases that clients match on."""

from moto.core.exceptions import ServiceException
from moto.sagemaker.exceptions import ConflictException, ValidationError

__all__ = ["AccessDenied", "ConflictException", "ValidationError", "already_exists", "does_not_exist"]


class AccessDenied(ServiceException):
    """SageMaker models no error for a denial: it arrives as a bare AccessDeniedException."""

    code = "AccessDeniedException"

    def __init__(self, principal: str, action: str, resource: str, reason: str) -> None:
        super().__init__(
            f"User: {principal} is not authorized to perform: {action} on resource: {resource} because {reason}"
        )


def does_not_exist(kind: str, arn: str) -> ValidationError:
    """A missing thing is a ValidationException that says "does not exist", never a ResourceNotFound."""
    return ValidationError(f"{kind} {arn} does not exist.")


def already_exists(kind: str, arn: str) -> ValidationError:
    """A second model package group of one name: "<kind> already exists"."""
    return ValidationError(f"{kind} already exists: {arn}")
