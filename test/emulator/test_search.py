"""Search over versions and groups."""

import time
from typing import Any

import pytest
from failures import refused


@pytest.fixture
def registry(sagemaker: Any) -> None:
    """Two groups with tags; versions alpha/1-3 and beta/1, created in this order."""
    for name, team in (("alpha", "risk"), ("beta", "growth")):
        sagemaker.create_model_package_group(
            ModelPackageGroupName=name, Tags=[{"Key": "team", "Value": team}, {"Key": "sagemaker:x", "Value": "1"}]
        )
    for group, status, stage, owner in (
        ("alpha", "Approved", "Production", "ann"),
        ("alpha", "PendingManualApproval", "Development", "bob"),
        ("alpha", "Rejected", None, None),
        ("beta", "PendingManualApproval", "Staging", "ann"),
    ):
        fields: dict[str, Any] = {"ModelPackageGroupName": group, "ModelApprovalStatus": status}
        if stage:
            fields["ModelLifeCycle"] = {"Stage": stage, "StageStatus": "Live"}
            fields["CustomerMetadataProperties"] = {"owner.name": owner, "score": "1"}
        fields["InferenceSpecification"] = {
            "Containers": [
                {"Image": f"{group}:cpu", "ModelDataUrl": "s3://models/a"},
                {"Image": "shared:gpu", "ModelDataUrl": "s3://models/b"},
            ]
        }
        sagemaker.create_model_package(**fields)


@pytest.fixture
def search(sagemaker: Any, registry: None) -> Any:
    """The versions an expression finds, oldest first, as `group/number`."""

    def run(*filters: dict[str, Any], **expression: Any) -> list[str]:
        if filters:
            expression["Filters"] = list(filters)
        answer = sagemaker.search(
            Resource="ModelPackage", SearchExpression=expression, SortBy="CreationTime", SortOrder="Ascending"
        )
        assert answer["TotalHits"] == {"Value": len(answer["Results"]), "Relation": "EqualTo"}
        return _names(answer)

    return run


def where(name: str, operator: str | None = None, value: str | None = None) -> dict[str, str]:
    given = {"Name": name, "Operator": operator, "Value": value}
    return {key: item for key, item in given.items() if item is not None}


ALL = ["alpha/1", "alpha/2", "alpha/3", "beta/1"]


@pytest.mark.parametrize(
    ("part", "found"),
    [
        (where("ModelApprovalStatus", None, "PendingManualApproval"), ["alpha/2", "beta/1"]),
        (where("ModelApprovalStatus", "Equals", "Approved"), ["alpha/1"]),
        (where("ModelApprovalStatus", "NotEquals", "Approved"), ["alpha/2", "alpha/3", "beta/1"]),
        (where("ModelApprovalStatus", "In", "Approved, Rejected"), ["alpha/1", "alpha/3"]),
        (where("ModelPackageArn", "Contains", "package/alpha/"), ["alpha/1", "alpha/2", "alpha/3"]),
        (where("ModelLifeCycle.Stage", None, "Staging"), ["beta/1"]),
        (where("ModelLifeCycle", "Exists"), ["alpha/1", "alpha/2", "beta/1"]),
        (where("ModelLifeCycle.Stage", "NotExists"), ["alpha/3"]),
        (where("ModelLifeCycle.Stage", "NotEquals", "Staging"), ["alpha/1", "alpha/2", "alpha/3"]),
        (where("CustomerMetadataProperties.owner.name", None, "ann"), ["alpha/1", "beta/1"]),
        (where("ModelPackageVersion", "GreaterThan", "1"), ["alpha/2", "alpha/3"]),
        (where("ModelPackageVersion", "GreaterThanOrEqualTo", "2.0"), ["alpha/2", "alpha/3"]),
        (where("ModelPackageVersion", "LessThan", "2"), ["alpha/1", "beta/1"]),
        (where("ModelPackageVersion", "LessThanOrEqualTo", "2"), ["alpha/1", "alpha/2", "beta/1"]),
        (where("ModelPackageVersion", "Equals", "3"), ["alpha/3"]),
        (where("CreationTime", "GreaterThan", "2020-01-01T00:00:00"), ALL),
        (where("LastModifiedTime", "LessThan", "2020-01-01T00:00:00"), []),
        (where("CertifyForMarketplace", "Equals", "false"), ALL),
        (where("Tags.team", "Equals", "risk"), ["alpha/1", "alpha/2", "alpha/3"]),
        (where("Tags.sagemaker:x", "Exists"), ALL),
        (where("Tags.none", "NotExists"), ALL),
        (where("InferenceSpecification.Containers.Image", "Equals", "beta:cpu"), ["beta/1"]),
    ],
    ids=lambda value: f"{value['Name']} {value.get('Operator')}" if isinstance(value, dict) else "",
)
def test_a_filter(search: Any, part: dict[str, str], found: list[str]) -> None:
    assert search(part) == found


def test_filters_after_a_tag_filter_count(search: Any) -> None:
    assert search(where("Tags.team", "Equals", "risk"), where("ModelPackageVersion", None, "1")) == ["alpha/1"]


def test_or_and_subexpressions(search: Any) -> None:
    stages = [where("ModelLifeCycle.Stage", None, stage) for stage in ("Staging", "Production")]
    assert search(*stages) == []
    assert search(*stages, Operator="Or") == ["alpha/1", "beta/1"]
    either = {"Filters": stages, "Operator": "Or"}
    assert search(where("ModelPackageGroupName", None, "beta"), SubExpressions=[either]) == ["beta/1"]
    deep = {"SubExpressions": [either], "Filters": [where("Tags.team", None, "risk")]}
    assert search(SubExpressions=[deep]) == ["alpha/1"]


def test_a_nested_filter_wants_one_object_that_satisfies_all(search: Any) -> None:
    def nested(image: str, data: str) -> list[dict[str, Any]]:
        path = "InferenceSpecification.Containers"
        filters = [where(f"{path}.Image", None, image), where(f"{path}.ModelDataUrl", None, data)]
        return [{"NestedPropertyName": path, "Filters": filters}]

    assert search(NestedFilters=nested("beta:cpu", "s3://models/a")) == ["beta/1"]
    assert search(NestedFilters=nested("beta:cpu", "s3://models/b")) == []


@pytest.mark.parametrize(
    ("expression", "phrase"),
    [
        ({"Filters": [where("Colour", None, "red")]}, "Unknown property name: Colour"),
        ({"Filters": [where("ModelLifeCycle.Colour", None, "red")]}, "Unknown property name"),
        ({"Filters": [where("Tags", None, "red")]}, "Unknown property name"),
        ({"Filters": [where("ModelApprovalStatus", "GreaterThan", "A")]}, "not supported for text"),
        ({"Filters": [where("ModelPackageVersion", "Contains", "1")]}, "only supported for text"),
        ({"Filters": [where("ModelPackageVersion", "In", "1,2")]}, "only supported for text"),
        ({"Filters": [where("ModelPackageVersion", "Equals", "one")]}, "not a number"),
        ({"Filters": [where("CreationTime", "GreaterThan", "2026-01-01T00:00:00.123")]}, "ISO 8601"),
        ({"Filters": [where("ModelApprovalStatus", "Equals")]}, "needs a Value"),
        ({"Filters": [where("ModelApprovalStatus", "Like", "A")]}, "operator"),
        ({"Filters": [where("ModelLifeCycle", "Equals", "A")]}, "ModelLifeCycle"),
        ({"Filters": [where("ModelPackageArn", "Contains", c) for c in "ab"]}, "'CONTAINS' operator usage limit of 1"),
        ({"Filters": [where("ModelPackageVersion", None, "1")] * 21}, "filters"),
        ({"Operator": "And"}, "at least one"),
        ({"SubExpressions": [{"Filters": [where("ModelPackageVersion", None, "1")] * 16}] * 3}, "at most 50"),
        (
            {"NestedFilters": [{"NestedPropertyName": "ModelLifeCycle", "Filters": [where("ModelLifeCycle.Stage")]}]},
            "not a list",
        ),
    ],
)
def test_what_the_api_refuses(sagemaker: Any, registry: None, expression: dict[str, Any], phrase: str) -> None:
    with refused("ValidationException", phrase):
        sagemaker.search(Resource="ModelPackage", SearchExpression=expression)


def test_a_record_is_complete(sagemaker: Any, registry: None) -> None:
    answer = sagemaker.search(
        Resource="ModelPackage", SearchExpression={"Filters": [where("ModelLifeCycle.Stage", None, "Staging")]}
    )
    record = answer["Results"][0]["ModelPackage"]
    described = sagemaker.describe_model_package(ModelPackageName="beta/1")
    del described["ResponseMetadata"]
    assert {name: record[name] for name in described} == described
    assert {"Key": "team", "Value": "growth"} in record["Tags"]


def test_the_latest_change_comes_first_by_default(sagemaker: Any, registry: None) -> None:
    arn = sagemaker.describe_model_package(ModelPackageName="alpha/2")["ModelPackageArn"]
    sagemaker.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")
    assert _names(sagemaker.search(Resource="ModelPackage")) == ["alpha/2", "beta/1", "alpha/3", "alpha/1"]


def test_any_property_sorts(sagemaker: Any, registry: None) -> None:
    def sorted_by(name: str, order: str) -> list[str]:
        return _names(sagemaker.search(Resource="ModelPackage", SortBy=name, SortOrder=order))

    assert sorted_by("ModelLifeCycle.Stage", "Ascending") == ["alpha/2", "alpha/1", "beta/1", "alpha/3"]
    assert sorted_by("ModelLifeCycle.Stage", "Descending") == ["beta/1", "alpha/1", "alpha/2", "alpha/3"]
    assert sorted_by("ModelPackageVersion", "Descending") == ["alpha/3", "alpha/2", "beta/1", "alpha/1"]
    with refused("ValidationException", "Unknown property name"):
        sorted_by("Colour", "Ascending")


@pytest.mark.parametrize("order", ["Ascending", "Descending"])
@pytest.mark.parametrize("by", ["LastModifiedTime", "ModelLifeCycle.Stage", "ModelPackageVersion"])
def test_pages_add_up_to_the_whole(sagemaker: Any, registry: None, by: str, order: str) -> None:
    request = {"Resource": "ModelPackage", "SortBy": by, "SortOrder": order}
    whole = _names(sagemaker.search(**request))
    walked, token = [], {}
    while True:
        answer = sagemaker.search(**request, MaxResults=1, **token)
        assert answer["TotalHits"]["Value"] == 4
        walked += _names(answer)
        if "NextToken" not in answer:
            break
        token = {"NextToken": answer["NextToken"]}
    assert walked == whole


def test_a_walk_repeats_nothing_when_a_version_is_added(sagemaker: Any, registry: None) -> None:
    first = sagemaker.search(Resource="ModelPackage", MaxResults=2)
    sagemaker.create_model_package(ModelPackageGroupName="alpha")
    rest = sagemaker.search(Resource="ModelPackage", MaxResults=2, NextToken=first["NextToken"])
    assert _names(first) + _names(rest) == ["beta/1", "alpha/3", "alpha/2", "alpha/1"]


def test_a_token_is_bound_to_its_request(sagemaker: Any, registry: None) -> None:
    token = sagemaker.search(Resource="ModelPackage", MaxResults=1)["NextToken"]
    for other in ({"SortOrder": "Ascending"}, {"SearchExpression": {"Filters": [where("Tags.team", "Exists")]}}):
        with refused("ValidationException", "NextToken"):
            sagemaker.search(Resource="ModelPackage", MaxResults=1, NextToken=token, **other)
    with refused("ValidationException", "NextToken"):
        sagemaker.search(Resource="ModelPackage", NextToken="made up")


def test_max_results_is_at_most_a_hundred(sagemaker: Any, registry: None) -> None:
    with refused("ValidationException", "maxResults"):
        sagemaker.search(Resource="ModelPackage", MaxResults=101)


def test_groups_are_searched_by_tag_and_name(sagemaker: Any, registry: None) -> None:
    def groups(*filters: dict[str, str]) -> list[str]:
        answer = sagemaker.search(Resource="ModelPackageGroup", SearchExpression={"Filters": list(filters)})
        return [result["ModelPackageGroup"]["ModelPackageGroupName"] for result in answer["Results"]]

    assert groups(where("Tags.sagemaker:x", None, "1")) == ["beta", "alpha"]
    assert groups(where("Tags.team", None, "growth")) == ["beta"]
    assert groups(where("ModelPackageGroupName", "Contains", "alph")) == ["alpha"]
    with refused("ValidationException", "Unknown property name"):
        groups(where("ModelApprovalStatus", None, "Approved"))


def test_groups_sort_by_the_default_when_it_is_named(sagemaker: Any, registry: None) -> None:
    def groups(**request: str) -> list[str]:
        results = sagemaker.search(Resource="ModelPackageGroup", **request)["Results"]
        return [result["ModelPackageGroup"]["ModelPackageGroupName"] for result in results]

    assert groups(SortBy="LastModifiedTime") == groups() == ["beta", "alpha"]


def test_visibility_conditions_hide_other_values_of_a_key(sagemaker: Any, registry: None) -> None:
    sagemaker.create_model_package_group(ModelPackageGroupName="untagged")
    answer = sagemaker.search(
        Resource="ModelPackageGroup", VisibilityConditions=[{"Key": "Tags.team", "Value": "growth"}]
    )
    found = {result["ModelPackageGroup"]["ModelPackageGroupName"] for result in answer["Results"]}
    assert found == {"beta", "untagged"}


def test_a_deleted_version_is_not_found(sagemaker: Any, search: Any) -> None:
    sagemaker.delete_model_package(ModelPackageName="beta/1")
    assert search(where("ModelPackageGroupName", None, "beta")) == []


def test_other_resources_are_still_searched(sagemaker: Any) -> None:
    sagemaker.create_pipeline(
        PipelineName="train", PipelineDefinition="{}", RoleArn="arn:aws:iam::123456789012:role/pipeline"
    )
    request = {"Resource": "Pipeline", "SearchExpression": {"Filters": [where("PipelineName", None, "train")]}}
    assert [result["Pipeline"]["PipelineName"] for result in sagemaker.search(**request)["Results"]] == ["train"]
    assert sagemaker.search(**request, CrossAccountFilterOption="CrossAccount")["Results"] == []


def test_a_page_of_a_large_group_is_quick(sagemaker: Any, group: str) -> None:
    for number in range(400):
        sagemaker.create_model_package(ModelPackageGroupName=group, ModelPackageDescription=f"{number}")
    request = {
        "Resource": "ModelPackage",
        "SearchExpression": {"Filters": [where("ModelPackageGroupName", None, group)]},
        "MaxResults": 20,
    }
    took = []
    for _ in range(5):
        started = time.perf_counter()
        assert sagemaker.search(**request)["TotalHits"]["Value"] == 400
        took.append(time.perf_counter() - started)
    assert min(took) < 0.1


def _names(answer: dict[str, Any]) -> list[str]:
    records = [result["ModelPackage"] for result in answer["Results"]]
    return [f"{record['ModelPackageGroupName']}/{record['ModelPackageVersion']}" for record in records]
