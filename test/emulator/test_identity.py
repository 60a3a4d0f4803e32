"""Who did it, and who may: the caller behind a request."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from conftest import ACCOUNT, post
from failures import refused

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
    }
)


def test_the_creator_is_the_session_with_its_source_identity(in_account: Any) -> None:
    sagemaker = in_account("sagemaker", ACCOUNT, role="trainer", session="jane", SourceIdentity="jane@risk")
    sagemaker.create_model_package_group(ModelPackageGroupName="Fraud")
    arn = sagemaker.create_model_package(ModelPackageGroupName="Fraud")["ModelPackageArn"]
    group = sagemaker.describe_model_package_group(ModelPackageGroupName="Fraud")
    version = sagemaker.describe_model_package(ModelPackageName=arn)
    identity = version["CreatedBy"]["IamIdentity"]
    assert identity["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/trainer/jane"
    assert identity["PrincipalId"].startswith("AROA")
    assert identity["PrincipalId"].endswith(":jane")
    assert identity["SourceIdentity"] == "jane@risk"
    assert group["CreatedBy"]["IamIdentity"] == version["LastModifiedBy"]["IamIdentity"] == identity


def test_the_caller_identity_and_the_stamp_agree(in_account: Any, client: Any) -> None:
    assumed = client("sts").assume_role(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/trainer", RoleSessionName="jane")
    who = client("sts", assumed["Credentials"]).get_caller_identity()
    sagemaker = client("sagemaker", assumed["Credentials"])
    sagemaker.create_model_package_group(ModelPackageGroupName="Fraud")
    identity = sagemaker.describe_model_package_group(ModelPackageGroupName="Fraud")["CreatedBy"]["IamIdentity"]
    assert identity == {"Arn": who["Arn"], "PrincipalId": who["UserId"]}


def test_a_user_is_named_by_its_own_arn(client: Any) -> None:
    iam = client("iam")
    iam.create_user(UserName="ann")
    sagemaker = client("sagemaker", iam.create_access_key(UserName="ann")["AccessKey"])
    sagemaker.create_model_package_group(ModelPackageGroupName="Fraud")
    created_by = sagemaker.describe_model_package_group(ModelPackageGroupName="Fraud")["CreatedBy"]
    assert created_by["IamIdentity"]["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/ann"


def test_accounts_do_not_see_each_other(in_account: Any, group: str) -> None:
    other = in_account("sagemaker", "222222222222")
    assert other.list_model_package_groups()["ModelPackageGroupSummaryList"] == []


class TestPermissions:
    """Identity policies, once they are enforced."""

    @pytest.fixture
    def role(self, client: Any, in_account: Any, endpoint: str, group: str, version: Any) -> Iterator[Any]:
        """Clients of a role with the statements given, with enforcement on."""
        version()

        def assume(*statements: dict[str, Any], service: str = "sagemaker") -> Any:
            iam = client("iam")
            iam.create_role(RoleName="gateway", AssumeRolePolicyDocument=TRUST)
            document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
            iam.put_role_policy(RoleName="gateway", PolicyName="registry", PolicyDocument=document)
            made = in_account(service, ACCOUNT, role="gateway")
            post(f"{endpoint}/moto-api/reset-auth", "0")
            return made

        yield assume
        post(f"{endpoint}/moto-api/reset-auth", "inf")

    @staticmethod
    def allow(*actions: str, resource: str = "*") -> dict[str, Any]:
        return {"Effect": "Allow", "Action": list(actions), "Resource": resource}

    def test_an_action_that_is_missing_is_named(self, role: Any) -> None:
        sagemaker = role(self.allow("sagemaker:List*", "sagemaker:Describe*"))
        arn = sagemaker.describe_model_package(ModelPackageName="Fraud/1")["ModelPackageArn"]
        for action, call in {
            "sagemaker:UpdateModelPackage": lambda: sagemaker.update_model_package(ModelPackageArn=arn),
            "sagemaker:BatchDescribeModelPackage": lambda: sagemaker.batch_describe_model_package(
                ModelPackageArnList=[arn]
            ),
            "sagemaker:DeleteModelPackage": lambda: sagemaker.delete_model_package(ModelPackageName=arn),
            "sagemaker:Search": lambda: sagemaker.search(Resource="ModelPackage"),
        }.items():
            with refused(
                "AccessDeniedException", f"assumed-role/gateway/reader is not authorized to perform: {action}"
            ):
                call()

    def test_a_deny_wins(self, role: Any) -> None:
        denial = {"Effect": "Deny", "Action": "sagemaker:Search", "Resource": "*"}
        sagemaker = role(self.allow("sagemaker:*"), denial)
        sagemaker.list_model_package_groups()
        with refused("AccessDeniedException", "sagemaker:Search"):
            sagemaker.search(Resource="ModelPackage")

    def test_a_resource_limits_an_action(self, role: Any) -> None:
        sagemaker = role(
            self.allow("sagemaker:DescribeModelPackage", resource="arn:aws:sagemaker:*:*:model-package/fraud/*")
        )
        sagemaker.describe_model_package(ModelPackageName="Fraud/1")
        with refused("AccessDeniedException", "model-package/churn/1"):
            sagemaker.describe_model_package(ModelPackageName="Churn/1")

    def test_resources_of_every_kind_are_named(self, role: Any) -> None:
        sagemaker = role(self.allow("sts:*"))
        arn = f"arn:aws:sagemaker:eu-west-1:{ACCOUNT}:model-package/fraud/1"
        for resource, call in {
            arn: lambda: sagemaker.batch_describe_model_package(ModelPackageArnList=[arn]),
            "model-package-group/Fraud": lambda: sagemaker.list_model_packages(ModelPackageGroupName="Fraud"),
            "endpoint/e": lambda: sagemaker.describe_endpoint(EndpointName="e"),
            "endpoint-config/c": lambda: sagemaker.describe_endpoint_config(EndpointConfigName="c"),
            "model/m": lambda: sagemaker.describe_model(ModelName="m"),
            "resource: *": lambda: sagemaker.list_model_package_groups(),
        }.items():
            with refused("AccessDeniedException", resource):
                call()

    @pytest.mark.parametrize(
        ("service", "call", "action"),
        [
            ("dynamodb", "list_tables", "dynamodb:ListTables"),
            ("sqs", "list_queues", "sqs:ListQueues"),
            ("events", "list_rules", "events:ListRules"),
        ],
    )
    def test_other_services_name_the_action_too(self, role: Any, service: str, call: str, action: str) -> None:
        with refused("AccessDeniedException", action):
            getattr(role(self.allow("sagemaker:*"), service=service), call)()

    def test_unknown_credentials_are_refused(self, role: Any, client: Any) -> None:
        role(self.allow("sagemaker:*"))
        with refused("UnrecognizedClientException"):
            client("sagemaker").list_model_package_groups()
