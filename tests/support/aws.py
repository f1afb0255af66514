"""The AWS side of the tests: moto as a server process, and boto3 clients that talk to it."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3

from tests.support.waiting import PATIENCE_S

REGION = "eu-west-1"
ACCESS_KEY = "tenant-key"
ACCESS_SECRET = "tenant-secret"


@dataclass(frozen=True)
class Aws:
    """A running moto server."""

    endpoint_url: str

    @property
    def environment(self) -> dict[str, str]:
        """Variables by which boto3 finds it."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_ACCESS_KEY_ID": "operator",
            "AWS_SECRET_ACCESS_KEY": "operator-secret",
            "AWS_DEFAULT_REGION": "us-east-1",
        }

    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            region_name=REGION,
            endpoint_url=self.endpoint_url,
            aws_access_key_id="consumer",
            aws_secret_access_key="consumer",
        )

    def queue(self, name: str, **attributes: str) -> str:
        """Makes a queue and gives its URL; FIFO if its name says so."""
        if name.endswith(".fifo"):
            attributes["FifoQueue"] = "true"
        return str(self.client("sqs").create_queue(QueueName=name, Attributes=attributes)["QueueUrl"])

    def drain(self, queue_url: str) -> list[dict[str, Any]]:
        """Everything that a queue holds, in the order it gives it."""
        client, messages = self.client("sqs"), []
        while batch := client.receive_message(
            QueueUrl=queue_url,
            MaxNumberOfMessages=10,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["All"],
        ).get("Messages"):
            messages += batch
            for message in batch:
                client.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
        return messages

    def topic(self, name: str) -> tuple[str, str]:
        """Makes a topic with a queue behind it, raw messages; gives the topic's ARN and the queue's URL."""
        suffix = ".fifo" if name.endswith(".fifo") else ""
        attributes = {"FifoTopic": "true"} if suffix else {}
        arn = str(self.client("sns").create_topic(Name=name, Attributes=attributes)["TopicArn"])
        queue_url = self.queue(f"behind-{name}")
        sqs = self.client("sqs")
        queue_arn = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        self.client("sns").subscribe(
            TopicArn=arn, Protocol="sqs", Endpoint=queue_arn, Attributes={"RawMessageDelivery": "true"}
        )
        return arn, queue_url


@contextmanager
def moto_server() -> Iterator[Aws]:
    """A moto server on a free loopback port, for as long as the block lasts."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_until_up(port)
        yield Aws(f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


def _wait_until_up(port: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return
