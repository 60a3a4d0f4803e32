"""Groups of one account that another account sees through a resource policy."""

import json
from typing import Any

import pytest
from conftest import ACCOUNT, REGION
from failures import refused

CONSUMER, STRANGER = "222222222222", "333333333333"
ROOT = f"arn:aws:iam::{CONSUMER}:root"
ROLE = f"arn:aws:iam::{CONSUMER}:role/registry"
GROUP = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:model-package-group/Fraud"
VERSIONS = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:model-package/Fraud/*"
READ = [
    "sagemaker:DescribeModelPackageGroup",
    "sagemaker:ListModelPackages",
    "sagemaker:DescribeModelPackage",
    "sagemaker:BatchDescribeModelPackage",
]


def policy(actions: Any = READ, principal: Any = ROOT, resource: Any = (GROUP, VERSIONS), **more: Any) -> str:
    statement = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": actions, "Resource": list(resource)}
    return json.dumps({"Version": "2012-10-17", "Statement": [{**statement, **more}]})


@pytest.fixture
def shared(sagemaker: Any, version: Any) -> str:
    """A version of a group that the consumer's account may read; its ARN."""
    arn = version(CustomerMetadataProperties={"owner": "risk"})
    sagemaker.put_model_package_group_policy(ModelPackageGroupName="Fraud", ResourcePolicy=policy())
    return arn


@pytest.fixture
def consumer(in_account: Any) -> Any:
    return in_account("sagemaker", CONSUMER)


class TestPolicy:
    def test_it_is_kept_as_given_until_deleted(self, sagemaker: Any, group: str) -> None:
        put = sagemaker.put_model_package_group_policy(ModelPackageGroupName=group, ResourcePolicy=policy())
        assert put["ModelPackageGroupArn"] == GROUP
        kept = sagemaker.get_model_package_group_policy(ModelPackageGroupName=group)["ResourcePolicy"]
        assert kept == policy()
        sagemaker.delete_model_package_group_policy(ModelPackageGroupName=group)
        for call in (sagemaker.get_model_package_group_policy, sagemaker.delete_model_package_group_policy):
            with refused("ValidationException", "Cannot find resource policy"):
                call(ModelPackageGroupName=group)

    @pytest.mark.parametrize("document", ["no json", "{}", '{"Statement": [{"Effect": "Allow"}]}'])
    def test_what_is_no_policy_is_refused(self, sagemaker: Any, group: str, document: str) -> None:
        with refused("ValidationException", "resource policy"):
            sagemaker.put_model_package_group_policy(ModelPackageGroupName=group, ResourcePolicy=document)

    def test_a_missing_group_is_a_validation_error(self, sagemaker: Any) -> None:
        with refused("ValidationException", "does not exist"):
            sagemaker.put_model_package_group_policy(ModelPackageGroupName="Churn", ResourcePolicy=policy())

    def test_it_takes_names_only(self, sagemaker: Any, group: str) -> None:
        with refused("ValidationException", "modelPackageGroupName"):
            sagemaker.get_model_package_group_policy(ModelPackageGroupName=GROUP)


class TestListing:
    def test_shared_groups_and_own_groups_are_two_lists(self, consumer: Any, shared: str) -> None:
        consumer.create_model_package_group(ModelPackageGroupName="Own")
        assert _listed(consumer) == ["Own"]
        assert _listed(consumer, CrossAccountFilterOption="CrossAccount") == ["Fraud"]

    def test_own_groups_are_not_cross_account(self, sagemaker: Any, shared: str) -> None:
        assert _listed(sagemaker, CrossAccountFilterOption="CrossAccount") == []
        assert _listed(sagemaker, CrossAccountFilterOption="SameAccount") == ["Fraud"]

    def test_an_account_that_is_not_named_sees_nothing(self, in_account: Any, shared: str) -> None:
        assert _listed(in_account("sagemaker", STRANGER), CrossAccountFilterOption="CrossAccount") == []

    @pytest.mark.parametrize(
        "given",
        [
            policy(principal=ROLE),
            policy(actions="*"),
            policy(Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}),
        ],
    )
    def test_some_shares_are_not_discoverable(self, sagemaker: Any, consumer: Any, shared: str, given: str) -> None:
        sagemaker.put_model_package_group_policy(ModelPackageGroupName="Fraud", ResourcePolicy=given)
        assert _listed(consumer, CrossAccountFilterOption="CrossAccount") == []

    @pytest.mark.parametrize("principal", [CONSUMER, [f"arn:aws:iam::{STRANGER}:root", ROOT]])
    def test_an_account_is_named_by_number_or_root(
        self, sagemaker: Any, consumer: Any, shared: str, principal: Any
    ) -> None:
        sagemaker.put_model_package_group_policy(
            ModelPackageGroupName="Fraud", ResourcePolicy=policy(principal=principal)
        )
        assert _listed(consumer, CrossAccountFilterOption="CrossAccount") == ["Fraud"]

    def test_search_finds_shared_groups_and_versions_only(self, consumer: Any, sagemaker: Any, shared: str) -> None:
        sagemaker.create_model_package_group(ModelPackageGroupName="Private")
        sagemaker.create_model_package(ModelPackageGroupName="Private")
        consumer.create_model_package_group(ModelPackageGroupName="Own")
        consumer.create_model_package(ModelPackageGroupName="Own")

        def found(resource: str, **more: str) -> list[str]:
            results = consumer.search(Resource=resource, **more)["Results"]
            return [result[resource]["ModelPackageGroupName"] for result in results]

        for resource in ("ModelPackage", "ModelPackageGroup"):
            assert found(resource) == ["Own"]
            assert found(resource, CrossAccountFilterOption="CrossAccount") == ["Fraud"]


class TestAccess:
    def test_reading_by_the_arn_of_the_owner(self, consumer: Any, shared: str) -> None:
        assert consumer.describe_model_package_group(ModelPackageGroupName=GROUP)["ModelPackageGroupArn"] == GROUP
        listed = consumer.list_model_packages(ModelPackageGroupName=GROUP)["ModelPackageSummaryList"]
        assert [summary["ModelPackageArn"] for summary in listed] == [shared]
        described = consumer.describe_model_package(ModelPackageName=shared)
        assert described["CustomerMetadataProperties"] == {"owner": "risk"}
        assert shared in consumer.batch_describe_model_package(ModelPackageArnList=[shared])["ModelPackageSummaries"]

    def test_a_name_means_an_own_group(self, consumer: Any, shared: str) -> None:
        with refused("ValidationException", "does not exist"):
            consumer.describe_model_package_group(ModelPackageGroupName="Fraud")

    def test_what_the_policy_does_not_allow_is_denied(self, consumer: Any, sagemaker: Any, shared: str) -> None:
        with refused("AccessDeniedException", "sagemaker:UpdateModelPackage"):
            consumer.update_model_package(ModelPackageArn=shared, ModelApprovalStatus="Approved")
        with refused("AccessDeniedException", "sagemaker:DeleteModelPackage"):
            consumer.delete_model_package(ModelPackageName=shared)
        described = sagemaker.describe_model_package(ModelPackageName=shared)
        assert described["ModelApprovalStatus"] == "PendingManualApproval"

    def test_without_a_share_everything_is_denied(self, in_account: Any, shared: str) -> None:
        stranger = in_account("sagemaker", STRANGER)
        with refused("AccessDeniedException", "sagemaker:DescribeModelPackage"):
            stranger.describe_model_package(ModelPackageName=shared)
        with refused("AccessDeniedException", "sagemaker:ListModelPackages"):
            stranger.list_model_packages(ModelPackageGroupName=GROUP)
        with refused("AccessDeniedException"):
            stranger.describe_model_package_group(ModelPackageGroupName=GROUP.replace("Fraud", "NotThere"))
        errors = stranger.batch_describe_model_package(ModelPackageArnList=[shared])
        assert errors["BatchDescribeModelPackageErrorMap"][shared]["ErrorCode"] == "AccessDeniedException"

    def test_a_deny_wins(self, sagemaker: Any, consumer: Any, shared: str) -> None:
        statements = json.loads(policy())["Statement"]
        denial = {**statements[0], "Effect": "Deny", "Action": "sagemaker:Describe*"}
        document = json.dumps({"Statement": [*statements, denial]})
        sagemaker.put_model_package_group_policy(ModelPackageGroupName="Fraud", ResourcePolicy=document)
        consumer.list_model_packages(ModelPackageGroupName=GROUP)
        with refused("AccessDeniedException"):
            consumer.describe_model_package(ModelPackageName=shared)

    def test_a_role_is_admitted_by_name(self, sagemaker: Any, in_account: Any, shared: str) -> None:
        sagemaker.put_model_package_group_policy(ModelPackageGroupName="Fraud", ResourcePolicy=policy(principal=ROLE))
        in_account("sagemaker", CONSUMER, role="registry").describe_model_package(ModelPackageName=shared)
        with refused("AccessDeniedException"):
            in_account("sagemaker", CONSUMER, role="other").describe_model_package(ModelPackageName=shared)

    def test_a_consumer_that_may_write_changes_the_owners_version(
        self, sagemaker: Any, consumer: Any, shared: str
    ) -> None:
        allowed = [*READ, "sagemaker:UpdateModelPackage", "sagemaker:CreateModelPackage"]
        sagemaker.put_model_package_group_policy(ModelPackageGroupName="Fraud", ResourcePolicy=policy(actions=allowed))
        consumer.update_model_package(ModelPackageArn=shared, ModelApprovalStatus="Approved")
        described = sagemaker.describe_model_package(ModelPackageName=shared)
        assert described["ModelApprovalStatus"] == "Approved"
        assert f"::{CONSUMER}:" in described["LastModifiedBy"]["IamIdentity"]["Arn"]
        created = consumer.create_model_package(ModelPackageGroupName=GROUP)["ModelPackageArn"]
        assert created == shared[:-1] + "2"


def _listed(client: Any, **request: str) -> list[str]:
    groups = client.list_model_package_groups(**request)["ModelPackageGroupSummaryList"]
    return [summary["ModelPackageGroupName"] for summary in groups]
