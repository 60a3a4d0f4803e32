"""UpdateModelPackage: what it names changes, the rest stays."""

from typing import Any

import pytest
from failures import refused

LIFE_CYCLE = {"Stage": "Production", "StageStatus": "Live"}
SPECIFICATION = {"Containers": [{"Image": "registry.example/fraud:2"}]}


@pytest.fixture
def approved(sagemaker: Any, version: Any) -> str:
    arn = version(CustomerMetadataProperties={"owner": "risk", "tier": "1"})
    sagemaker.update_model_package(
        ModelPackageArn=arn, ModelApprovalStatus="Approved", ApprovalDescription="AUC is fine"
    )
    return arn


def test_an_approval_keeps_the_metadata(sagemaker: Any, approved: str) -> None:
    described = _describe(sagemaker, approved)
    assert described["ModelApprovalStatus"] == "Approved"
    assert described["ApprovalDescription"] == "AUC is fine"
    assert described["CustomerMetadataProperties"] == {"owner": "risk", "tier": "1"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("ModelLifeCycle", LIFE_CYCLE),
        ("SourceUri", "s3://models/other"),
        ("InferenceSpecification", SPECIFICATION),
        ("ModelPackageRegistrationType", "Registered"),
        ("ModelCard", {"ModelCardContent": "{}", "ModelCardStatus": "PendingReview"}),
        ("ApprovalDescription", "on second thought"),
        ("ModelApprovalStatus", "Rejected"),
    ],
)
def test_a_field_is_set_and_no_other_one_changes(sagemaker: Any, approved: str, field: str, value: Any) -> None:
    before = _describe(sagemaker, approved)
    sagemaker.update_model_package(ModelPackageArn=approved, **{field: value})
    after = _describe(sagemaker, approved)
    assert after[field] == value
    for described in (before, after):
        for name in (field, "LastModifiedTime", "ResponseMetadata"):
            described.pop(name, None)
    assert after == before


def test_metadata_is_merged_by_key_and_removed_by_key(sagemaker: Any, approved: str) -> None:
    sagemaker.update_model_package(
        ModelPackageArn=approved,
        CustomerMetadataProperties={"tier": "2", "region": "EU west"},
        CustomerMetadataPropertiesToRemove=["owner", "never-there"],
    )
    assert _describe(sagemaker, approved)["CustomerMetadataProperties"] == {"tier": "2", "region": "EU west"}
    sagemaker.update_model_package(ModelPackageArn=approved, CustomerMetadataPropertiesToRemove=["tier", "region"])
    assert "CustomerMetadataProperties" not in _describe(sagemaker, approved)


def test_removing_metadata_from_a_version_without_any_is_no_error(sagemaker: Any, version: Any) -> None:
    sagemaker.update_model_package(ModelPackageArn=version(), CustomerMetadataPropertiesToRemove=["a"])


@pytest.mark.parametrize(
    "properties",
    [
        {"k" * 129: "v"},
        {"k": "v" * 257},
        {"k": '{"json": 1}'},
        {"comma,key": "v"},
        {f"k{n}": "v" for n in range(51)},
    ],
    ids=["long key", "long value", "charset of value", "charset of key", "51 entries"],
)
def test_metadata_limits(sagemaker: Any, approved: str, properties: dict[str, str]) -> None:
    with refused("ValidationException", "customerMetadataProperties"):
        sagemaker.update_model_package(ModelPackageArn=approved, CustomerMetadataProperties=properties)
    assert _describe(sagemaker, approved)["CustomerMetadataProperties"] == {"owner": "risk", "tier": "1"}


def test_metadata_at_its_limits_is_kept(sagemaker: Any, version: Any) -> None:
    properties = {f"ключ {n}".ljust(128, "_"): "é.:/=+-@ 中".ljust(256, "v") for n in range(50)}
    arn = version(CustomerMetadataProperties=properties)
    assert _describe(sagemaker, arn)["CustomerMetadataProperties"] == properties


def test_merging_beyond_fifty_entries_is_refused(sagemaker: Any, version: Any) -> None:
    arn = version(CustomerMetadataProperties={f"k{n}": "v" for n in range(50)})
    with refused("ValidationException", "50"):
        sagemaker.update_model_package(ModelPackageArn=arn, CustomerMetadataProperties={"one": "more"})
    sagemaker.update_model_package(
        ModelPackageArn=arn,
        CustomerMetadataProperties={"one": "more"},
        CustomerMetadataPropertiesToRemove=["k0"],
    )
    assert len(_describe(sagemaker, arn)["CustomerMetadataProperties"]) == 50


def test_specifications_are_added(sagemaker: Any, version: Any) -> None:
    containers = [{"Image": "registry.example/fraud:gpu"}]
    arn = version(AdditionalInferenceSpecifications=[{"Name": "gpu", "Containers": containers}])
    added = [{"Name": "arm", "Containers": containers}]
    sagemaker.update_model_package(ModelPackageArn=arn, AdditionalInferenceSpecificationsToAdd=added)
    specifications = _describe(sagemaker, arn)["AdditionalInferenceSpecifications"]
    assert [specification["Name"] for specification in specifications] == ["gpu", "arm"]
    with refused("ValidationException", "unique"):
        sagemaker.update_model_package(ModelPackageArn=arn, AdditionalInferenceSpecificationsToAdd=added)


def test_an_archived_card_takes_no_content(sagemaker: Any, version: Any) -> None:
    arn = version(ModelCard={"ModelCardContent": "{}", "ModelCardStatus": "Draft"})
    sagemaker.update_model_package(ModelPackageArn=arn, ModelCard={"ModelCardStatus": "Archived"})
    assert _describe(sagemaker, arn)["ModelCard"] == {"ModelCardContent": "{}", "ModelCardStatus": "Archived"}
    with refused("ValidationException", "Model Card is in Archived state"):
        sagemaker.update_model_package(ModelPackageArn=arn, ModelCard={"ModelCardContent": '{"a":1}'})


@pytest.mark.parametrize(
    "change",
    [
        {"ModelApprovalStatus": "Maybe"},
        {"ApprovalDescription": "x" * 1025},
        {"ModelLifeCycle": {"Stage": "with blank", "StageStatus": "Live"}},
        {"ModelPackageRegistrationType": "Lost"},
    ],
)
def test_a_value_the_api_does_not_allow_is_refused(sagemaker: Any, approved: str, change: dict[str, Any]) -> None:
    with refused("ValidationException", "validation error"):
        sagemaker.update_model_package(ModelPackageArn=approved, **change)


def test_every_change_has_its_own_time_and_its_author(in_account: Any, sagemaker: Any, version: Any) -> None:
    arn = version()
    seen = [_describe(sagemaker, arn)]
    approver = in_account("sagemaker", "123456789012", role="approver", session="jane")
    for status in ("Approved", "Rejected", "Approved"):
        approver.update_model_package(ModelPackageArn=arn, ModelApprovalStatus=status)
        seen.append(_describe(sagemaker, arn))
    times = [described["LastModifiedTime"] for described in seen]
    assert times == sorted(set(times))
    assert {described["CreationTime"] for described in seen} == {times[0]}
    assert seen[-1]["LastModifiedBy"]["IamIdentity"]["Arn"].endswith("assumed-role/approver/jane")
    assert not seen[-1]["CreatedBy"]["IamIdentity"]["Arn"].endswith("jane")


def test_a_missing_version_is_a_validation_error(sagemaker: Any, approved: str) -> None:
    with refused("ValidationException", "does not exist"):
        sagemaker.update_model_package(ModelPackageArn=approved[:-1] + "9", ModelApprovalStatus="Approved")


def _describe(sagemaker: Any, arn: str) -> dict[str, Any]:
    return sagemaker.describe_model_package(ModelPackageName=arn)
