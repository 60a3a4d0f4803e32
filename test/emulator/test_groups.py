"""Model package groups and their tags."""

from typing import Any

import pytest
from conftest import ACCOUNT, REGION
from failures import refused

ARN = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:model-package-group/Fraud"


def test_describe_gives_what_was_created_and_who_created_it(sagemaker: Any) -> None:
    created = sagemaker.create_model_package_group(
        ModelPackageGroupName="Fraud",
        ModelPackageGroupDescription="Card fraud",
        ManagedConfiguration={"ManagedStorageType": "Restricted"},
    )
    assert created["ModelPackageGroupArn"] == ARN

    described = sagemaker.describe_model_package_group(ModelPackageGroupName="Fraud")
    assert described["ModelPackageGroupDescription"] == "Card fraud"
    assert described["ModelPackageGroupStatus"] == "Completed"
    assert described["ManagedConfiguration"] == {"ManagedStorageType": "Restricted"}
    assert f"::{ACCOUNT}:" in described["CreatedBy"]["IamIdentity"]["Arn"]


def test_a_group_is_found_by_its_arn(sagemaker: Any, group: str) -> None:
    assert sagemaker.describe_model_package_group(ModelPackageGroupName=ARN)["ModelPackageGroupName"] == group


@pytest.mark.parametrize("name", ["Fraud", "FRAUD"])
def test_an_existing_group_is_not_replaced(sagemaker: Any, group: str, name: str) -> None:
    with refused("ValidationException", "Model Package Group already exists"):
        sagemaker.create_model_package_group(ModelPackageGroupName=name)
    assert "ModelPackageGroupDescription" in sagemaker.describe_model_package_group(ModelPackageGroupName=group)


@pytest.mark.parametrize("name", ["Churn", ARN.replace("Fraud", "Churn")])
def test_a_missing_group_is_a_validation_error(sagemaker: Any, group: str, name: str) -> None:
    for call in (
        sagemaker.describe_model_package_group,
        sagemaker.delete_model_package_group,
        sagemaker.list_model_packages,
        sagemaker.create_model_package,
    ):
        with refused("ValidationException", "does not exist"):
            call(ModelPackageGroupName=name)


@pytest.mark.parametrize("name", ["-fraud", "fraud_1", "f" * 64])
def test_a_name_the_api_does_not_allow_is_refused(sagemaker: Any, name: str) -> None:
    with refused("ValidationException", "modelPackageGroupName"):
        sagemaker.create_model_package_group(ModelPackageGroupName=name)


def test_groups_are_listed_oldest_first_in_pages(sagemaker: Any) -> None:
    for name in ("b", "c", "a"):
        sagemaker.create_model_package_group(ModelPackageGroupName=name)

    first = sagemaker.list_model_package_groups(MaxResults=2)
    assert _names(first) == ["b", "c"]
    rest = sagemaker.list_model_package_groups(MaxResults=2, NextToken=first["NextToken"])
    assert _names(rest) == ["a"]
    assert "NextToken" not in rest
    assert _names(sagemaker.list_model_package_groups(SortBy="Name", SortOrder="Descending")) == ["c", "b", "a"]
    assert _names(sagemaker.list_model_package_groups(NameContains="a")) == ["a"]
    with refused("ValidationException", "NextToken"):
        sagemaker.list_model_package_groups(SortBy="Name", NextToken=first["NextToken"])


def test_groups_are_filtered_by_creation_time(sagemaker: Any, group: str) -> None:
    created = sagemaker.describe_model_package_group(ModelPackageGroupName=group)["CreationTime"]
    assert _names(sagemaker.list_model_package_groups(CreationTimeAfter=created.timestamp() - 2)) == [group]
    assert _names(sagemaker.list_model_package_groups(CreationTimeBefore=created.timestamp() - 2)) == []


def test_a_group_with_versions_is_not_deleted(sagemaker: Any, group: str, version: Any) -> None:
    arn = version()
    with refused("ConflictException", "still contains"):
        sagemaker.delete_model_package_group(ModelPackageGroupName=group)
    sagemaker.delete_model_package(ModelPackageName=arn)
    sagemaker.delete_model_package_group(ModelPackageGroupName=ARN)
    assert _names(sagemaker.list_model_package_groups()) == []


def test_a_tag_key_is_overwritten_not_doubled(sagemaker: Any, group: str) -> None:
    sagemaker.add_tags(ResourceArn=ARN, Tags=[{"Key": "team", "Value": "risk"}, {"Key": "tier", "Value": "1"}])
    sagemaker.add_tags(ResourceArn=ARN, Tags=[{"Key": "team", "Value": "payments"}])
    assert _tags(sagemaker, ARN) == {"team": "payments", "tier": "1"}
    sagemaker.delete_tags(ResourceArn=ARN, TagKeys=["team"])
    assert _tags(sagemaker, ARN) == {"tier": "1"}


def test_a_group_has_at_most_fifty_tags(sagemaker: Any, group: str) -> None:
    sagemaker.add_tags(ResourceArn=ARN, Tags=[{"Key": f"k{n}", "Value": "v"} for n in range(50)])
    with refused("ValidationException", "50"):
        sagemaker.add_tags(ResourceArn=ARN, Tags=[{"Key": "one", "Value": "more"}])


def test_tag_limits(sagemaker: Any, group: str) -> None:
    for tag in ({"Key": "k" * 129, "Value": "v"}, {"Key": "k", "Value": "v" * 257}, {"Key": "a,b", "Value": "v"}):
        with refused("ValidationException", "tags.1.member"):
            sagemaker.add_tags(ResourceArn=ARN, Tags=[tag])


def test_a_version_shows_the_tags_of_its_group_and_takes_none(sagemaker: Any, version: Any) -> None:
    arn = version()
    sagemaker.add_tags(ResourceArn=ARN, Tags=[{"Key": "team", "Value": "risk"}])
    assert _tags(sagemaker, arn) == {"team": "risk"}
    with refused("ValidationException", "group"):
        sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "own", "Value": "1"}])
    with refused("ValidationException", "group"):
        sagemaker.delete_tags(ResourceArn=arn, TagKeys=["team"])


def test_tags_of_a_missing_or_foreign_resource_are_a_validation_error(sagemaker: Any, group: str) -> None:
    for arn in (ARN.replace("Fraud", "Churn"), ARN.replace(ACCOUNT, "111111111111"), f"{ARN[:-25]}model-package/x/1"):
        with refused("ValidationException", "does not exist"):
            sagemaker.list_tags(ResourceArn=arn)


def test_the_tagging_api_sees_groups(client: Any, sagemaker: Any, group: str) -> None:
    sagemaker.add_tags(ResourceArn=ARN, Tags=[{"Key": "team", "Value": "risk"}])
    tagging = client("resourcegroupstaggingapi")
    found = tagging.get_resources(TagFilters=[{"Key": "team", "Values": ["risk"]}])["ResourceTagMappingList"]
    assert [item["ResourceARN"] for item in found] == [ARN]


def _names(answer: dict[str, Any]) -> list[str]:
    return [summary["ModelPackageGroupName"] for summary in answer["ModelPackageGroupSummaryList"]]


def _tags(sagemaker: Any, arn: str) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in sagemaker.list_tags(ResourceArn=arn)["Tags"]}
