"""Model packages: create, describe, list, describe in batches, delete."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from conftest import ACCOUNT, REGION
from failures import refused

PREFIX = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:model-package"
SPECIFICATION = {
    "Containers": [{"Image": "registry.example/fraud:1", "ModelDataUrl": "s3://models/fraud/1.tar.gz"}],
    "SupportedContentTypes": ["text/csv"],
    "SupportedResponseMIMETypes": ["text/csv"],
}
METRICS = {"ModelQuality": {"Statistics": {"ContentType": "application/json", "S3Uri": "s3://models/fraud/1.json"}}}
EVERYTHING = {
    "ModelPackageDescription": "first",
    "ModelPackageRegistrationType": "Registered",
    "InferenceSpecification": SPECIFICATION,
    "CertifyForMarketplace": False,
    "MetadataProperties": {"CommitId": "abc", "Repository": "git"},
    "ModelMetrics": METRICS,
    "Domain": "MACHINE_LEARNING",
    "Task": "CLASSIFICATION",
    "SamplePayloadUrl": "s3://models/sample.tar.gz",
    "CustomerMetadataProperties": {"owner": "risk@team"},
    "DriftCheckBaselines": {"Bias": {"PreTrainingConstraints": {"ContentType": "x", "S3Uri": "s3://models/b"}}},
    "AdditionalInferenceSpecifications": [{"Name": "gpu", "Containers": [{"Image": "registry.example/fraud:gpu"}]}],
    "SkipModelValidation": "All",
    "SourceUri": "s3://models/fraud",
    "SecurityConfig": {"KmsKeyId": "key-1"},
    "ModelCard": {"ModelCardContent": '{"a":1}', "ModelCardStatus": "Draft"},
    "ModelLifeCycle": {"Stage": "Development", "StageStatus": "InProgress", "StageDescription": "trying"},
    "ManagedStorageType": "Restricted",
}


def test_describe_gives_back_every_field_of_create(sagemaker: Any, version: Any) -> None:
    described = sagemaker.describe_model_package(ModelPackageName=version(**EVERYTHING))
    assert {name: described[name] for name in EVERYTHING} == EVERYTHING
    assert described["ModelPackageStatus"] == "Completed"
    assert described["LastModifiedTime"] == described["CreationTime"]
    assert "ModelPackageName" not in described


def test_a_version_awaits_approval_unless_told_otherwise(sagemaker: Any, version: Any) -> None:
    assert _describe(sagemaker, version())["ModelApprovalStatus"] == "PendingManualApproval"
    assert _describe(sagemaker, version(ModelApprovalStatus="Approved"))["ModelApprovalStatus"] == "Approved"


def test_the_arn_has_the_group_in_lower_case_and_the_field_keeps_it(sagemaker: Any, version: Any) -> None:
    arn = version()
    assert arn == f"{PREFIX}/fraud/1"
    for name in (arn, f"{PREFIX}/Fraud/1", "Fraud/1", "fraud/1"):
        assert _describe(sagemaker, name)["ModelPackageGroupName"] == "Fraud"


def test_a_version_is_created_by_the_arn_of_its_group(sagemaker: Any, group: str) -> None:
    arn = sagemaker.describe_model_package_group(ModelPackageGroupName=group)["ModelPackageGroupArn"]
    created = sagemaker.create_model_package(ModelPackageGroupName=arn)["ModelPackageArn"]
    assert _describe(sagemaker, created)["ModelPackageGroupName"] == group


@pytest.mark.parametrize("name", ["Fraud", "Fraud/2", f"{PREFIX}/fraud/2", f"{PREFIX}/churn/1", "Churn/1"])
def test_a_missing_version_is_a_validation_error(sagemaker: Any, version: Any, name: str) -> None:
    version()
    for call in (sagemaker.describe_model_package, sagemaker.delete_model_package):
        with refused("ValidationException", "does not exist"):
            call(ModelPackageName=name)


def test_metadata_only_blanks_the_card(sagemaker: Any, version: Any) -> None:
    arn = version(ModelCard={"ModelCardContent": "{}", "ModelCardStatus": "Draft"})
    described = sagemaker.describe_model_package(ModelPackageName=arn, IncludedData="MetadataOnly")
    assert described["ModelCard"] == {"ModelCardContent": "", "ModelCardStatus": "Draft"}
    assert _describe(sagemaker, arn)["ModelCard"]["ModelCardContent"] == "{}"


def test_numbers_are_never_reused(sagemaker: Any, version: Any) -> None:
    version()
    sagemaker.delete_model_package(ModelPackageName=version())
    assert version().endswith("/3")
    for name in ("Fraud/1", "Fraud/3"):
        sagemaker.delete_model_package(ModelPackageName=name)
    assert version().endswith("/4")
    assert [summary["ModelPackageVersion"] for summary in _list(sagemaker)] == [4]


def test_versions_created_at_the_same_time_have_numbers_of_their_own(version: Any) -> None:
    with ThreadPoolExecutor(8) as pool:
        arns = list(pool.map(lambda _: version(), range(24)))
    assert {arn.rsplit("/", 1)[1] for arn in arns} == {str(number) for number in range(1, 25)}


def test_a_version_takes_no_tags_and_a_package_without_group_does(sagemaker: Any, group: str) -> None:
    tags = [{"Key": "team", "Value": "risk"}]
    with refused("ValidationException", "Tags"):
        sagemaker.create_model_package(ModelPackageGroupName=group, Tags=tags)
    arn = sagemaker.create_model_package(ModelPackageName="Alone", Tags=tags)["ModelPackageArn"]
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == tags
    described = _describe(sagemaker, "Alone")
    assert described["ModelPackageName"] == "Alone"
    assert "ModelApprovalStatus" not in described


def test_creation_times_differ_and_have_milliseconds(sagemaker: Any, version: Any) -> None:
    for _ in range(20):
        version()
    times = [summary["CreationTime"] for summary in _list(sagemaker)]
    assert len(set(times)) == 20
    assert times == sorted(times)
    assert any(time.microsecond for time in times)


class TestClientToken:
    def test_the_same_request_again_makes_no_second_version(self, sagemaker: Any, version: Any) -> None:
        request = {"ClientToken": "one", "CustomerMetadataProperties": {"a": "1"}}
        assert version(**request) == version(**request)
        assert len(_list(sagemaker)) == 1

    def test_another_request_with_the_token_is_refused(self, sagemaker: Any, version: Any) -> None:
        version(ClientToken="one", ModelPackageDescription="a")
        with refused("ConflictException", "ClientToken"):
            version(ClientToken="one", ModelPackageDescription="b")
        assert len(_list(sagemaker)) == 1

    def test_an_update_is_applied_once(self, sagemaker: Any, version: Any) -> None:
        arn = version()
        request = {"ModelPackageArn": arn, "ModelApprovalStatus": "Approved", "ClientToken": "one"}
        sagemaker.update_model_package(**request)
        sagemaker.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Rejected")
        sagemaker.update_model_package(**request)
        assert _describe(sagemaker, arn)["ModelApprovalStatus"] == "Rejected"
        with refused("ConflictException", "ClientToken"):
            sagemaker.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Rejected", ClientToken="one")


class TestList:
    def test_summaries_have_the_life_cycle_and_no_package_name(self, sagemaker: Any, version: Any) -> None:
        version(**EVERYTHING)
        (summary,) = _list(sagemaker)
        assert summary["ModelLifeCycle"] == EVERYTHING["ModelLifeCycle"]
        assert summary["ModelPackageRegistrationType"] == "Registered"
        assert summary["ModelPackageDescription"] == "first"
        assert not {"ModelPackageName", "InferenceSpecification", "CustomerMetadataProperties"} & set(summary)

    def test_the_type_decides_when_no_group_is_named(self, sagemaker: Any, version: Any) -> None:
        versioned = version()
        alone = sagemaker.create_model_package(ModelPackageName="Alone")["ModelPackageArn"]

        def arns(**request: Any) -> set[str]:
            found = sagemaker.list_model_packages(**request)["ModelPackageSummaryList"]
            return {summary["ModelPackageArn"] for summary in found}

        assert arns() == {alone}
        assert arns(ModelPackageType="Versioned") == {versioned}
        assert arns(ModelPackageType="Both") == {alone, versioned}
        assert arns(ModelPackageGroupName="Fraud") == {versioned}
        assert arns(ModelPackageGroupName=f"{PREFIX}-group/Fraud") == {versioned}

    def test_filters_and_order(self, sagemaker: Any, version: Any) -> None:
        version()
        version(ModelApprovalStatus="Rejected")
        version()
        assert _numbers(_list(sagemaker, ModelApprovalStatus="PendingManualApproval")) == [1, 3]
        assert _numbers(_list(sagemaker, SortBy="CreationTime", SortOrder="Descending")) == [3, 2, 1]
        assert _list(sagemaker, NameContains="Churn") == []
        assert _list(sagemaker, CreationTimeBefore="2020-01-01T00:00:00Z") == []
        with refused("ValidationException", "modelApprovalStatus"):
            _list(sagemaker, ModelApprovalStatus="Maybe")

    def test_a_walk_misses_nothing_when_a_seen_version_is_deleted(self, sagemaker: Any, version: Any) -> None:
        for _ in range(5):
            version()
        first = sagemaker.list_model_packages(ModelPackageGroupName="Fraud", MaxResults=2)
        sagemaker.delete_model_package(ModelPackageName="Fraud/2")
        rest = sagemaker.list_model_packages(ModelPackageGroupName="Fraud", MaxResults=10, NextToken=first["NextToken"])
        assert _numbers(rest["ModelPackageSummaryList"]) == [3, 4, 5]


class TestBatch:
    def test_summaries_are_thin_but_have_the_artifact(self, sagemaker: Any, version: Any) -> None:
        arn = version(**EVERYTHING)
        answer = sagemaker.batch_describe_model_package(ModelPackageArnList=[arn])
        assert set(answer["ModelPackageSummaries"][arn]) == {
            "ModelPackageGroupName",
            "ModelPackageVersion",
            "ModelPackageArn",
            "ModelPackageDescription",
            "CreationTime",
            "InferenceSpecification",
            "ModelPackageStatus",
            "ModelApprovalStatus",
            "ModelPackageRegistrationType",
        }
        assert answer["ModelPackageSummaries"][arn]["InferenceSpecification"] == SPECIFICATION
        assert not answer.get("BatchDescribeModelPackageErrorMap")

    def test_what_fails_is_named_beside_what_succeeds(self, sagemaker: Any, version: Any) -> None:
        arn, missing = version(), f"{PREFIX}/fraud/9"
        alone = sagemaker.create_model_package(ModelPackageName="Alone")["ModelPackageArn"]
        answer = sagemaker.batch_describe_model_package(ModelPackageArnList=[arn, missing, alone])
        assert list(answer["ModelPackageSummaries"]) == [arn]
        errors = answer["BatchDescribeModelPackageErrorMap"]
        assert set(errors) == {missing, alone}
        assert errors[missing]["ErrorCode"] == "ValidationException"
        assert "does not exist" in errors[missing]["ErrorResponse"]

    def test_at_most_a_hundred(self, sagemaker: Any, group: str) -> None:
        with refused("ValidationException", "modelPackageArnList"):
            sagemaker.batch_describe_model_package(ModelPackageArnList=[f"{PREFIX}/fraud/{n}" for n in range(101)])


def _describe(sagemaker: Any, name: str) -> dict[str, Any]:
    return sagemaker.describe_model_package(ModelPackageName=name)


def _list(sagemaker: Any, **request: Any) -> list[dict[str, Any]]:
    return sagemaker.list_model_packages(ModelPackageGroupName="Fraud", **request)["ModelPackageSummaryList"]


def _numbers(summaries: list[dict[str, Any]]) -> list[int]:
    return [summary["ModelPackageVersion"] for summary in summaries]
