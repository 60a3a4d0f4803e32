"""Events on the default bus and their way to a queue."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from conftest import ACCOUNT, REGION

PACKAGE, ENDPOINT = "SageMaker Model Package State Change", "SageMaker Endpoint State Change"
Received = Callable[[], list[dict[str, Any]]]


def create_queue(sqs: Any, name: str, policy: bool = True) -> str:
    """A queue that EventBridge may send to, from whatever rule."""
    statement = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [{**statement, "Resource": "*"}]})
    return sqs.create_queue(QueueName=name, Attributes={"Policy": document} if policy else {})["QueueUrl"]


def bodies(sqs: Any, url: str) -> list[dict[str, Any]]:
    messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return [json.loads(message["Body"]) for message in messages]


def subscribe(events: Any, sqs: Any, account: str = ACCOUNT, **pattern: Any) -> Received:
    """A rule with a queue as its target; what the queue received since the last look."""
    url = create_queue(sqs, "changes")
    events.put_rule(Name="changes", EventPattern=json.dumps({"source": ["aws.sagemaker"], **pattern}))
    target = f"arn:aws:sqs:{REGION}:{account}:changes"
    assert events.put_targets(Rule="changes", Targets=[{"Id": "1", "Arn": target}])["FailedEntryCount"] == 0

    def received() -> list[dict[str, Any]]:
        found = []
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                found.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return found

    return received


@pytest.fixture
def received(client: Any) -> Received:
    return subscribe(client("events"), client("sqs"))


def test_the_envelope(received: Received, version: Any) -> None:
    arn = version()
    (event,) = received()
    assert set(event) == {
        "version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail",
    }  # fmt: skip
    assert event["version"] == "0"
    assert event["source"] == "aws.sagemaker"
    assert event["detail-type"] == PACKAGE
    assert event["account"] == ACCOUNT
    assert event["region"] == REGION
    assert event["resources"] == [arn]
    assert event["time"].endswith("Z")


def test_a_creation_has_the_version_and_no_updated_fields(received: Received, sagemaker: Any, version: Any) -> None:
    specification = {"Containers": [{"Image": "registry.example/fraud:1"}]}
    arn = version(
        InferenceSpecification=specification,
        ModelLifeCycle={"Stage": "Development", "StageStatus": "New"},
        MetadataProperties={"CommitId": "abc"},
    )
    (event,) = received()
    detail = event["detail"]
    described = sagemaker.describe_model_package(ModelPackageName=arn)
    assert detail["ModelPackageGroupName"] == "Fraud"
    assert detail["ModelPackageVersion"] == 1
    assert detail["ModelPackageArn"] == arn
    assert detail["ModelPackageStatus"] == "Completed"
    assert detail["ModelApprovalStatus"] == "PendingManualApproval"
    assert detail["InferenceSpecification"] == specification
    assert detail["ModelLifeCycle"]["Stage"] == "Development"
    assert detail["MetadataProperties"] == {"CommitId": "abc"}
    assert detail["CreationTime"] == described["CreationTime"].strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    assert "UpdatedModelPackageFields" not in detail
    assert not {"CreatedBy", "LastModifiedBy"} & set(detail)


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        (
            {"ModelApprovalStatus": "Approved", "ApprovalDescription": "fine"},
            ["ApprovalDescription", "ModelApprovalStatus"],
        ),
        ({"ModelLifeCycle": {"Stage": "Staging", "StageStatus": "New"}}, ["ModelLifeCycle"]),
        ({"CustomerMetadataProperties": {"a": "2"}}, ["CustomerMetadataProperties"]),
        ({"CustomerMetadataPropertiesToRemove": ["a"]}, ["CustomerMetadataProperties"]),
        ({"SourceUri": "s3://models/x"}, ["sourceUri"]),
        ({"InferenceSpecification": {"Containers": [{"Image": "i"}]}}, ["InferenceSpecification"]),
        ({"ModelApprovalStatus": "PendingManualApproval"}, []),
    ],
)
def test_an_update_names_what_changed(
    received: Received, sagemaker: Any, version: Any, change: dict[str, Any], fields: list[str]
) -> None:
    arn = version(CustomerMetadataProperties={"a": "1"})
    received()
    sagemaker.update_model_package(ModelPackageArn=arn, **change)
    (event,) = received()
    assert sorted(event["detail"]["UpdatedModelPackageFields"]) == fields
    for name in ("ModelApprovalStatus", "ApprovalDescription", "ModelLifeCycle"):
        if name in change:
            assert event["detail"][name] == change[name]


def test_a_repeated_token_makes_no_event(received: Received, sagemaker: Any, version: Any) -> None:
    arn = version(ClientToken="create")
    version(ClientToken="create")
    for _ in range(2):
        sagemaker.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved", ClientToken="approve")
    assert len(received()) == 2


def test_a_deletion_is_announced(received: Received, sagemaker: Any, version: Any) -> None:
    arn = version()
    received()
    sagemaker.delete_model_package(ModelPackageName=arn)
    (event,) = received()
    assert event["detail"]["ModelPackageStatus"] == "Deleting"
    assert event["resources"] == [arn]


def test_a_pattern_on_the_detail_selects(client: Any, sagemaker: Any, version: Any) -> None:
    pattern = {"UpdatedModelPackageFields": ["ModelApprovalStatus"], "ModelApprovalStatus": ["Approved"]}
    received = subscribe(client("events"), client("sqs"), detail=pattern)
    arn = version(ModelApprovalStatus="Approved")
    sagemaker.update_model_package(ModelPackageArn=arn, CustomerMetadataProperties={"a": "1"})
    assert received() == []
    sagemaker.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Rejected")
    sagemaker.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")
    assert len(received()) == 1


def test_events_stay_in_their_account(client: Any, in_account: Any, received: Received) -> None:
    other = "222222222222"
    theirs = subscribe(in_account("events", other), in_account("sqs", other), account=other)
    sagemaker = in_account("sagemaker", other)
    sagemaker.create_model_package_group(ModelPackageGroupName="Churn")
    sagemaker.create_model_package(ModelPackageGroupName="Churn")
    assert received() == []
    assert [event["account"] for event in theirs()] == [other]


def test_a_target_that_fails_breaks_neither_the_call_nor_other_targets(client: Any, version: Any) -> None:
    """Both a rule and a target that fail come before the ones that work."""
    events, sqs = client("events"), client("sqs")
    missing = {"Id": "0", "Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:missing"}
    events.put_rule(Name="broken", EventPattern=json.dumps({"source": ["aws.sagemaker"]}))
    events.put_targets(Rule="broken", Targets=[missing])
    events.put_rule(Name="changes", EventPattern=json.dumps({"source": ["aws.sagemaker"]}))
    events.put_targets(Rule="changes", Targets=[missing])
    received = subscribe(events, sqs)
    version()
    assert len(received()) == 1


def test_a_disabled_rule_delivers_nothing(client: Any, received: Received, version: Any) -> None:
    client("events").disable_rule(Name="changes")
    version()
    assert received() == []


def test_a_bus_of_another_account_forwards_the_event_as_it_was(client: Any, in_account: Any, version: Any) -> None:
    hub = "444444444444"
    hub_events = in_account("events", hub)
    received = subscribe(hub_events, in_account("sqs", hub), account=hub)
    events = client("events")
    events.put_rule(Name="forward", EventPattern=json.dumps({"source": ["aws.sagemaker"]}))
    events.put_targets(Rule="forward", Targets=[{"Id": "1", "Arn": f"arn:aws:events:{REGION}:{hub}:event-bus/default"}])
    version()
    assert received() == [], "the bus admits no other account by itself"
    hub_events.put_permission(
        EventBusName="default", Action="events:PutEvents", Principal=ACCOUNT, StatementId="research"
    )
    arn = version()
    (event,) = received()
    assert event["account"] == ACCOUNT
    assert event["resources"] == [arn]


def test_a_queue_of_another_account_is_a_target(client: Any, in_account: Any, version: Any) -> None:
    hub = "444444444444"
    sqs = in_account("sqs", hub)
    received = subscribe(client("events"), sqs, account=hub)
    version()
    assert [event["account"] for event in received()] == [ACCOUNT]


def test_endpoints_announce_their_changes(client: Any, sagemaker: Any) -> None:
    received = subscribe(client("events"), client("sqs"), **{"detail-type": [ENDPOINT]})
    sagemaker.create_model(ModelName="m", ExecutionRoleArn=f"arn:aws:iam::{ACCOUNT}:role/serving")
    for name in ("one", "two"):
        variant = {"VariantName": "v", "ModelName": "m", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
        sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="one", Tags=[{"Key": "team", "Value": "risk"}])
    sagemaker.update_endpoint(EndpointName="e", EndpointConfigName="two")
    sagemaker.delete_endpoint(EndpointName="e")
    details = [event["detail"] for event in received()]
    assert [detail["EndpointStatus"] for detail in details] == ["IN_SERVICE", "IN_SERVICE", "DELETING"]
    assert [detail["EndpointConfigName"] for detail in details] == ["one", "two", "two"]
    assert details[0]["ProductionVariants"][0]["CurrentWeight"] == 1
    assert details[0]["Tags"] == {"team": "risk"}
    assert details[0]["LastModifiedTime"] < details[1]["LastModifiedTime"] < details[2]["LastModifiedTime"]


@pytest.mark.parametrize(
    ("condition", "admits"),
    [
        ({}, True),
        ({"ArnEquals": {"aws:SourceArn": f"arn:aws:events:{REGION}:{ACCOUNT}:rule/changes"}}, True),
        ({"ArnLike": {"aws:SourceArn": f"arn:aws:events:*:{ACCOUNT}:rule/*"}}, True),
        ({"StringEquals": {"aws:SourceAccount": ACCOUNT}}, True),
        ({"ArnEquals": {"aws:SourceArn": f"arn:aws:events:{REGION}:{ACCOUNT}:rule/another"}}, False),
        ({"StringEquals": {"aws:SourceAccount": "999999999999"}}, False),
        ({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, False),
    ],
)
def test_the_policy_of_a_queue_must_admit_the_rule(
    client: Any, version: Any, condition: dict[str, Any], admits: bool
) -> None:
    sqs = client("sqs")
    received = subscribe(client("events"), sqs)
    url = sqs.get_queue_url(QueueName="changes")["QueueUrl"]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": ["sqs:SendMessage"],
        "Resource": f"arn:aws:sqs:{REGION}:{ACCOUNT}:changes",
        "Condition": condition,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    version()
    assert len(received()) == int(admits)


@pytest.mark.parametrize("target", ["missing", "closed"])
def test_what_cannot_be_delivered_is_a_dead_letter(client: Any, version: Any, target: str) -> None:
    """The queue is not there, or has no policy."""
    events, sqs = client("events"), client("sqs")
    create_queue(sqs, "closed", policy=False)
    dead = create_queue(sqs, "dead")
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}"
    events.put_rule(Name="changes", EventPattern=json.dumps({"source": ["aws.sagemaker"]}))
    letters = {"Arn": f"{arn}:dead"}
    events.put_targets(Rule="changes", Targets=[{"Id": "1", "Arn": f"{arn}:{target}", "DeadLetterConfig": letters}])
    version_arn = version()
    (event,) = bodies(sqs, dead)
    assert event["resources"] == [version_arn]
    assert event["account"] == ACCOUNT


def test_a_queue_keeps_its_policy_when_another_attribute_is_set(client: Any) -> None:
    sqs = client("sqs")
    url = create_queue(sqs, "changes")
    before = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "7"})
    assert sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"] == before
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})
    assert "Attributes" not in sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])
