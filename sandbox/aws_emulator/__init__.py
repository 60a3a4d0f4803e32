"""The sandbox's AWS: moto's server, extended where its model registry is lossy or silent.

Run it with ``python -m aws_emulator``. moto serves S3, STS, SQS, EventBridge, resource groups,
DynamoDB and IAM as it comes; SageMaker's registry, its events and its error shapes are ours.
"""
