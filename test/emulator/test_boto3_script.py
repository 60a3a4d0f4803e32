"""A script as people write it for SageMaker: it knows nothing of the emulator but endpoint and credentials."""

import json
import os
import subprocess
import sys

from conftest import ACCOUNT, REGION

SCRIPT = """
import json
import boto3

ACCOUNT = boto3.client("sts").get_caller_identity()["Account"]
REGION = boto3.session.Session().region_name
GROUP, BUCKET, IMAGE = "ChurnModels", "churn-models", "123456789012.dkr.ecr.eu-west-1.amazonaws.com/churn:1"

sm, s3, sqs, events = (boto3.client(name) for name in ("sagemaker", "s3", "sqs", "events"))

# The queue that hears of approvals.
queue = sqs.create_queue(QueueName="approvals")["QueueUrl"]
queue_arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
pattern = {
    "source": ["aws.sagemaker"],
    "detail-type": ["SageMaker Model Package State Change"],
    "detail": {"ModelPackageGroupName": [GROUP], "ModelApprovalStatus": ["Approved"]},
}
rule_arn = events.put_rule(Name="approvals", EventPattern=json.dumps(pattern), State="ENABLED")["RuleArn"]
statement = {
    "Effect": "Allow",
    "Principal": {"Service": "events.amazonaws.com"},
    "Action": "sqs:SendMessage",
    "Resource": queue_arn,
    "Condition": {"ArnEquals": {"aws:SourceArn": rule_arn}},
}
policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
events.put_targets(Rule="approvals", Targets=[{"Id": "queue", "Arn": queue_arn}])

# A group and three versions, each with its evaluation report.
s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
sm.create_model_package_group(ModelPackageGroupName=GROUP, ModelPackageGroupDescription="Churn of subscribers")
for number, auc in enumerate((0.81, 0.93, 0.78), start=1):
    report = {"binary_classification_metrics": {"auc": {"value": auc}}}
    s3.put_object(Bucket=BUCKET, Key=f"{number}/evaluation.json", Body=json.dumps(report))
    uri = f"s3://{BUCKET}/{number}/evaluation.json"
    sm.create_model_package(
        ModelPackageGroupName=GROUP,
        ModelPackageDescription=f"run {number}",
        ModelApprovalStatus="PendingManualApproval",
        InferenceSpecification={
            "Containers": [{"Image": IMAGE, "ModelDataUrl": f"s3://{BUCKET}/{number}/model.tar.gz"}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
        ModelMetrics={"ModelQuality": {"Statistics": {"ContentType": "application/json", "S3Uri": uri}}},
        CustomerMetadataProperties={"run": str(number)},
    )

# What waits for review, newest first, and which is best.
pages = sm.get_paginator("list_model_packages").paginate(
    ModelPackageGroupName=GROUP,
    ModelApprovalStatus="PendingManualApproval",
    SortBy="CreationTime",
    SortOrder="Descending",
    PaginationConfig={"PageSize": 2},
)
pending = [summary["ModelPackageArn"] for page in pages for summary in page["ModelPackageSummaryList"]]
quality = {}
for arn in pending:
    metrics = sm.describe_model_package(ModelPackageName=arn)["ModelMetrics"]
    bucket, key = metrics["ModelQuality"]["Statistics"]["S3Uri"].removeprefix("s3://").split("/", 1)
    report = json.load(s3.get_object(Bucket=bucket, Key=key)["Body"])
    quality[arn] = report["binary_classification_metrics"]["auc"]["value"]
best = max(quality, key=quality.get)

# The decision.
sm.update_model_package(ModelPackageArn=best, ModelApprovalStatus="Approved", ApprovalDescription="Best AUC so far")
for arn in set(pending) - {best}:
    sm.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Rejected", ApprovalDescription="Below the best")

# The approved version goes live.
role = f"arn:aws:iam::{ACCOUNT}:role/service-role/SageMakerExecution"
sm.create_model(ModelName="churn", ExecutionRoleArn=role, Containers=[{"ModelPackageName": best}])
sm.create_endpoint_config(
    EndpointConfigName="churn",
    ProductionVariants=[
        {"VariantName": "AllTraffic", "ModelName": "churn", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    ],
)
sm.create_endpoint(EndpointName="churn", EndpointConfigName="churn")
sm.get_waiter("endpoint_in_service").wait(EndpointName="churn")

# What was announced, and what is left when the rejected ones are gone.
messages = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=5)["Messages"]
rejected = sm.search(
    Resource="ModelPackage",
    SearchExpression={
        "Filters": [
            {"Name": "ModelPackageGroupName", "Operator": "Equals", "Value": GROUP},
            {"Name": "ModelApprovalStatus", "Operator": "Equals", "Value": "Rejected"},
        ]
    },
)
for result in rejected["Results"]:
    sm.delete_model_package(ModelPackageName=result["ModelPackage"]["ModelPackageArn"])
left = sm.list_model_packages(ModelPackageGroupName=GROUP)["ModelPackageSummaryList"]

print(json.dumps({
    "pending": pending,
    "best": best,
    "comment": sm.describe_model_package(ModelPackageName=best)["ApprovalDescription"],
    "run": sm.describe_model_package(ModelPackageName=best)["CustomerMetadataProperties"]["run"],
    "serving": sm.describe_model(ModelName="churn")["Containers"][0]["ModelPackageName"],
    "weight": sm.describe_endpoint(EndpointName="churn")["ProductionVariants"][0]["CurrentWeight"],
    "announced": [json.loads(message["Body"]) for message in messages],
    "left": [summary["ModelPackageVersion"] for summary in left],
}))
"""


def test_it_runs_unchanged(endpoint: str) -> None:
    environment = {
        **os.environ,
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "unknown",
        "AWS_SECRET_ACCESS_KEY": "unknown",
    }
    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.returncode == 0, ran.stderr
    outcome = json.loads(ran.stdout)

    prefix = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:model-package/churnmodels"
    assert outcome["pending"] == [f"{prefix}/{number}" for number in (3, 2, 1)]
    assert outcome["best"] == outcome["serving"] == f"{prefix}/2"
    assert outcome["comment"] == "Best AUC so far"
    assert outcome["run"] == "2"
    assert outcome["weight"] == 1
    assert outcome["left"] == [2]
    (event,) = outcome["announced"]
    assert event["account"] == ACCOUNT
    assert event["detail"]["ModelPackageArn"] == outcome["best"]
    assert event["detail"]["ApprovalDescription"] == "Best AUC so far"
    assert sorted(event["detail"]["UpdatedModelPackageFields"]) == ["ApprovalDescription", "ModelApprovalStatus"]
