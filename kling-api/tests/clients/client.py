"""What fal's Python client reports about a FakeFal, as JSON. Started by run.py."""

import json
import os
import re
import tempfile
import urllib.request

import fal_client
import fal_client.client
import httpx

ENDPOINT = "fal-ai/kling-video/v2.1/master/image-to-video"
INPUT = {"prompt": "two robins build a nest", "image_url": "https://example.com/robins.webp"}
KEY = os.environ["FAL_KEY"]

# The client builds https URLs only, from these constants of its module.
fal_client.client.QUEUE_URL_FORMAT = os.environ["KLING_API_QUEUE_URL"] + "/"
fal_client.client.RUN_URL_FORMAT = os.environ["KLING_API_RUN_URL"] + "/"
fal_client.client.REST_URL = os.environ["KLING_API_REST_URL"]
fal_client.client.CDN_URL = os.environ["KLING_API_CDN_URL"]


def state(status):
    if isinstance(status, fal_client.Queued):
        return {"state": "IN_QUEUE", "position": status.position}
    messages = [line["message"] for line in status.logs or []]
    if isinstance(status, fal_client.InProgress):
        return {"state": "IN_PROGRESS", "logs": messages}
    return {"state": "COMPLETED", "logs": messages, "inference_time": status.metrics["inference_time"]}


def failure(call):
    try:
        call()
    except (fal_client.client.FalClientHTTPError, httpx.HTTPStatusError) as error:
        return {"code": error.response.status_code, "body": error.response.json()}
    return None


def subscribe(client):
    seen, ids = [], []

    def update(status):
        if state(status) not in seen:
            seen.append(state(status))

    output = client.subscribe(ENDPOINT, INPUT, with_logs=True, on_enqueue=ids.append, on_queue_update=update)
    return {"updates": seen, "output": output, "ids": len(ids)}


def until(client, request_id, wanted):
    status = client.status(ENDPOINT, request_id, with_logs=True)
    while not isinstance(status, wanted):
        status = client.status(ENDPOINT, request_id, with_logs=True)
    return status


def one_by_one(client):
    handle = client.submit(ENDPOINT, INPUT)
    same = client.get_handle(ENDPOINT, handle.request_id)
    assert (handle.response_url, handle.status_url, handle.cancel_url) == (
        same.response_url,
        same.status_url,
        same.cancel_url,
    ), "the URLs of the answer are not those that the client builds itself"
    first = state(handle.status(with_logs=True))
    last = state(until(client, handle.request_id, fal_client.Completed))
    return {"first": first, "last": last, "output": client.result(ENDPOINT, handle.request_id)}


def cancel(client, wanted):
    request_id = client.submit(ENDPOINT, INPUT).request_id
    until(client, request_id, wanted)
    refused = failure(lambda: client.cancel(ENDPOINT, request_id))
    until(client, request_id, fal_client.Completed)
    return {"refused": refused, "result": failure(lambda: client.result(ENDPOINT, request_id))}


# What is served is what was uploaded, whatever way it went.
def upload(data, send):
    place = send(data)
    with urllib.request.urlopen(place) as served:
        back = served.read()
        return {
            "is_at": re.sub("/files/[0-9]+/", "/files/N/", place.removeprefix(os.environ["KLING_API_QUEUE_URL"])),
            "type": served.headers["content-type"],
            "length": len(back),
            "is_same": back == data,
        }


def uploads(client, stranger):
    hour = fal_client.client.StorageSettings(expires_in="1h")
    large = b"".join(bytes([block % 251]) * 4096 for block in range(25 * 1024)) + b"!"

    def from_disk(data):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "two robins.png")
            with open(path, "wb") as file:
                file.write(data)
            return client.upload_file(path)

    return {
        "whole": upload(b"\x89" * 3000, lambda data: client.upload(data, "image/png", "two robins.png", lifecycle=hour)),
        "without a name": upload(b"a nest", lambda data: client.upload(data, "text/plain")),
        "in parts": upload(large, lambda data: client.upload(data, "image/png", "two robins.png")),
        "in parts from a file": upload(large, from_disk),
        "with a wrong key": failure(lambda: stranger.upload(b"a", "text/plain")),
    }


def main():
    client = fal_client.SyncClient(key=KEY)
    stranger = fal_client.SyncClient(key="wrong:key")
    unknown = "00000000-0000-4000-8000-000000000000"
    broken = {**INPUT, "duration": "7", "cfg_scale": 1.5}
    report = {
        "subscribe": subscribe(client),
        "one by one": one_by_one(client),
        "cancel in the queue": cancel(client, fal_client.Queued),
        "cancel in progress": cancel(client, fal_client.InProgress),
        "cancel after the end": cancel(client, fal_client.Completed),
        "broken input": failure(lambda: client.submit(ENDPOINT, broken)),
        "unknown request": failure(lambda: client.status(ENDPOINT, unknown)),
        "unknown endpoint": failure(lambda: client.submit("fal-ai/kling-video/v0", INPUT)),
        "wrong key": failure(lambda: stranger.submit(ENDPOINT, INPUT)),
        "uploads": uploads(client, stranger),
    }
    print(json.dumps(report))


main()
