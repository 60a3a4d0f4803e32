"""Tags: AddTags overwrites a key, and a version answers with the tags of its group.

moto appends a second tag of the same key, fails with an internal error on a model package, and looks
a group up by name only, so that an ARN of another account would reach the caller's own group.
"""

from typing import Any

from .errors import ValidationError, does_not_exist

# Tag.Key is 1-128 characters, a resource has at most 50 tags (API reference, "AddTags").
MOST_TAGS = 50


def merged(present: list[dict[str, str]], added: list[dict[str, str]]) -> list[dict[str, str]]:
    """`present` with `added` on top, by key."""
    by_key = {tag["Key"]: tag["Value"] for tag in [*present, *added]}
    if len(by_key) > MOST_TAGS:
        raise ValidationError(f"A resource can have at most {MOST_TAGS} tags.")
    return [{"Key": key, "Value": value} for key, value in by_key.items()]


def distinct(tags: list[dict[str, str]] | None) -> list[dict[str, str]]:
    """The tags of a create request."""
    tags = tags or []
    if len({tag["Key"] for tag in tags}) < len(tags):
        raise ValidationError("Duplicate tag keys found.")
    return merged([], tags)


class TagState:
    """The part of the backend that AddTags, ListTags, DeleteTags and the tagging API use."""

    def add_tags(self, arn: str, tags: list[dict[str, str]]) -> list[dict[str, str]]:
        resource = self._writable(arn)
        resource.tags = merged(resource.tags or [], tags)
        return resource.tags

    def delete_tags(self, arn: str, tag_keys: list[str]) -> None:
        resource = self._writable(arn)
        resource.tags = [tag for tag in resource.tags or [] if tag["Key"] not in tag_keys]

    def _writable(self, arn: str) -> Any:
        """A version has no tags of its own: CreateModelPackage refuses them and points at the group's."""
        resource = self._get_resource_from_arn(arn)
        if arn.split(":")[-1].startswith("model-package/") and resource.arn != arn.lower():
            raise ValidationError(f"Tags of a model package version are those of its group: {resource.arn}")
        return resource

    def _get_resource_from_arn(self, arn: str) -> Any:
        kind, _, name = arn.split(":")[-1].partition("/")
        if kind == "model-package":
            package = self.model_packages.get(arn.lower())
            found = package and (package.group or package)
        elif kind == "model-package-group":
            group = self.model_package_groups.get(name)
            found = group if group and group.arn == arn else None
        else:
            found = super()._get_resource_from_arn(arn)
        if found is None:
            raise does_not_exist("Resource", arn)
        return found
