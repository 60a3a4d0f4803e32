"""Search over model packages and their groups; the other resources stay with moto."""

from collections.abc import Iterable
from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import get_service_model

from . import search
from .answer import Answer
from .operations import Operations
from .paging import page
from .state import Group, Package


class SearchOperation(Operations):
    def search(self) -> ActionResult:
        """Full records with tags, newest change first. Shared groups are searched on demand, never along with own.

        A page is found on the bare records and only its items are serialised: a group of thousands of
        versions costs one pass over dictionaries.
        """
        request = self.request()
        resource = request["Resource"]
        if resource not in ("ModelPackage", "ModelPackageGroup"):
            return self._by_moto(request)
        shape = get_service_model("sagemaker").shape_for(resource)
        expression = request.get("SearchExpression")
        matches = search.compiled(shape, expression) if expression is not None else lambda record: True
        visible = search.visible(request.get("VisibilityConditions", []))
        sort = search.property_of(shape, _sort_name(resource, request))
        candidates = ((item.number, item.search_record()) for item in self._searched(resource, request))
        found = page(
            [(number, record) for number, record in candidates if matches(record) and visible(record)],
            value=lambda pair: next(iter(sort.values(pair[1])), None),
            number=lambda pair: pair[0],
            descending=request.get("SortOrder", "Descending") == "Descending",
            request=request,
        )
        return Answer(
            {
                "Results": [{resource: record} for _, record in found.items],
                "NextToken": found.token,
                "TotalHits": {"Value": found.total, "Relation": "EqualTo"},
            }
        )

    def _searched(self, resource: str, request: dict[str, Any]) -> Iterable[Group | Package]:
        backend = self.sagemaker_backend
        if request.get("CrossAccountFilterOption") != "CrossAccount":
            return (backend.model_packages if resource == "ModelPackage" else backend.model_package_groups).values()
        groups = self.shared_groups()
        return groups if resource == "ModelPackageGroup" else [v for group in groups for v in group.versions.values()]

    def _by_moto(self, request: dict[str, Any]) -> ActionResult:
        """moto fails on a filter without Operator or Value, and takes own resources for shared ones."""
        if request.get("CrossAccountFilterOption") == "CrossAccount":
            return Answer({"Results": []})
        for part in request.get("SearchExpression", {}).get("Filters", []):
            part.setdefault("Operator", "Equals")
            part.setdefault("Value", None)
        return super().search()


def _sort_name(resource: str, request: dict[str, Any]) -> str:
    """LastModifiedTime is the default for every resource; a group has none and does not change after its creation."""
    name = request.get("SortBy", "LastModifiedTime")
    return "CreationTime" if resource == "ModelPackageGroup" and name == "LastModifiedTime" else name
