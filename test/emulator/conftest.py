"""The emulator as its users start it, once for all tests, emptied before each of them."""

import os
import re
import signal
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

REGION = "eu-west-1"
ACCOUNT = "123456789012"
SANDBOX = Path(__file__).resolve().parents[2] / "sandbox"
sys.path.insert(0, str(SANDBOX))

Client = Callable[..., Any]


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    command = [sys.executable, "-m", "aws_emulator", "--host", "127.0.0.1", "--port", "0", "--region", REGION]
    environment = {**os.environ, "PYTHONPATH": str(SANDBOX)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        too_late = threading.Timer(30, process.kill)
        too_late.start()
        found = re.search(r"http://\S+", process.stdout.readline())
        too_late.cancel()
        assert found, "the emulator printed no address"
        yield found.group()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=5) == 0


@pytest.fixture(autouse=True)
def empty(endpoint: str) -> None:
    post(f"{endpoint}/moto-api/reset")


def post(url: str, body: str = "") -> None:
    """moto reads a form's body before its own API can: the content type must be another one."""
    headers = {"Content-Type": "text/plain"}
    urllib.request.urlopen(urllib.request.Request(url, body.encode(), headers, method="POST")).close()


@pytest.fixture(scope="session")
def client(endpoint: str) -> Client:
    """A boto3 client of a service, with given credentials or anonymous ones of the default account."""

    def make(service: str, credentials: dict[str, str] | None = None) -> Any:
        keys = credentials or {"AccessKeyId": "unknown", "SecretAccessKey": "unknown"}
        return boto3.client(
            service,
            endpoint_url=endpoint,
            region_name=REGION,
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys.get("SessionToken"),
            config=Config(retries={"total_max_attempts": 1}),
        )

    return make


@pytest.fixture(scope="session")
def sagemaker(client: Client) -> Any:
    return client("sagemaker")


@pytest.fixture
def in_account(client: Client) -> Client:
    """A client whose credentials come from AssumeRole in an account."""

    def make(service: str, account: str, role: str = "registry", session: str = "reader", **more: str) -> Any:
        arn = f"arn:aws:iam::{account}:role/{role}"
        assumed = client("sts").assume_role(RoleArn=arn, RoleSessionName=session, **more)
        return client(service, assumed["Credentials"])

    return make


@pytest.fixture
def group(sagemaker: Any) -> str:
    sagemaker.create_model_package_group(ModelPackageGroupName="Fraud", ModelPackageGroupDescription="Card fraud")
    return "Fraud"


@pytest.fixture
def version(sagemaker: Any, group: str) -> Callable[..., str]:
    """Registers a version of the group and answers its ARN."""

    def make(**fields: Any) -> str:
        return sagemaker.create_model_package(ModelPackageGroupName=group, **fields)["ModelPackageArn"]

    return make
