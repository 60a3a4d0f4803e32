"""The sandbox's AWS: moto's server, extended where its model registry is lossy or silent.

Run it with ``python -m aws_emulator``. moto serves S3, STS, SQS, EventBridge, resource groups
and IAM as it comes, and DynamoDB one request at a time; SageMaker's registry, its events and its
error shapes are ours.
"""
