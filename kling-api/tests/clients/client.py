"""What fal's Python client reports about a FakeFal, as JSON. Started by run.py."""

import json
import os

import fal_client
import fal_client.client

ENDPOINT = "fal-ai/kling-video/v2.1/master/image-to-video"
INPUT = {"prompt": "two robins build a nest", "image_url": "https://example.com/robins.webp"}
URL, KEY = os.environ["FAKE_FAL_URL"], os.environ["FAKE_FAL_KEY"]

# The client builds https URLs only, from these constants of its module.
fal_client.client.QUEUE_URL_FORMAT = URL + "/"
fal_client.client.RUN_URL_FORMAT = URL + "/"
fal_client.client.REST_URL = URL


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
    except fal_client.client.FalClientHTTPError as error:
        return {"code": error.status_code, "body": error.response.json()}
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
    }
    print(json.dumps(report))


main()
