// What fal's JavaScript client reports about a FakeFal, as JSON. Started by run.py.
import assert from "node:assert";
import { createFalClient } from "@fal-ai/client";

const ENDPOINT = "fal-ai/kling-video/v2.1/master/image-to-video";
const INPUT = { prompt: "two robins build a nest", image_url: "https://example.com/robins.webp" };
const { KLING_API_QUEUE_URL: url, KLING_API_REST_URL: restUrl, FAL_KEY: key } = process.env;

// The client knows fal's hosts only, so its requests are sent to other ones on their way.
function toFake(target, options) {
  const { origin, host, pathname, search } = new URL(target);
  // The storage's URLs come from the fake itself.
  if (origin === url) return fetch(target, options);
  const base = host === "rest.fal.ai" ? restUrl : url;
  return fetch(base + pathname + search, options);
}

const client = createFalClient({ credentials: key, fetch: toFake });
const stranger = createFalClient({ credentials: "wrong:key", fetch: toFake });

function state(status) {
  if (status.status === "IN_QUEUE") return { state: "IN_QUEUE", position: status.queue_position };
  const logs = (status.logs ?? []).map((line) => line.message);
  if (status.status === "IN_PROGRESS") return { state: "IN_PROGRESS", logs };
  return { state: "COMPLETED", logs, inference_time: status.metrics.inference_time };
}

async function failure(call) {
  try {
    await call();
  } catch (error) {
    return { code: error.status, body: error.body };
  }
  return null;
}

async function subscribe(mode) {
  const seen = [];
  const ids = [];
  const result = await client.subscribe(ENDPOINT, {
    input: INPUT,
    logs: true,
    mode,
    onEnqueue: (id) => ids.push(id),
    onQueueUpdate: (status) => {
      const now = state(status);
      if (!seen.some((before) => JSON.stringify(before) === JSON.stringify(now))) seen.push(now);
    },
  });
  assert.strictEqual(result.requestId, ids[0]);
  return { updates: seen, output: result.data, ids: ids.length };
}

async function until(requestId, wanted) {
  for (;;) {
    const status = await client.queue.status(ENDPOINT, { requestId, logs: true });
    if (status.status === wanted) return status;
  }
}

async function oneByOne() {
  const { request_id: requestId } = await client.queue.submit(ENDPOINT, { input: INPUT });
  const first = state(await client.queue.status(ENDPOINT, { requestId, logs: true }));
  const last = state(await until(requestId, "COMPLETED"));
  const { data } = await client.queue.result(ENDPOINT, { requestId });
  return { first, last, output: data };
}

async function cancel(wanted) {
  const { request_id: requestId } = await client.queue.submit(ENDPOINT, { input: INPUT });
  await until(requestId, wanted);
  const refused = await failure(() => client.queue.cancel(ENDPOINT, { requestId }));
  await until(requestId, "COMPLETED");
  return { refused, result: await failure(() => client.queue.result(ENDPOINT, { requestId })) };
}

// What is served is what was uploaded, whatever way it went.
async function upload(length, options) {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 4096) bytes[at] = (at / 4096) % 251;
  const place = await client.storage.upload(new File([bytes], "two robins.png", { type: "image/png" }), options);
  const served = await fetch(place);
  const back = new Uint8Array(await served.arrayBuffer());
  return {
    is_at: new URL(place).pathname.replace(/[0-9]+/, "N"),
    type: served.headers.get("content-type"),
    length: back.length,
    is_same: back.every((byte, at) => byte === bytes[at]),
  };
}

async function inInput() {
  const image = new Blob([new Uint8Array([1, 2, 3])], { type: "image/png" });
  const { request_id: requestId } = await client.queue.submit(ENDPOINT, { input: { ...INPUT, image_url: image } });
  return (await until(requestId, "COMPLETED")).status;
}

const unknown = "00000000-0000-4000-8000-000000000000";
const broken = { ...INPUT, duration: "7", cfg_scale: 1.5 };
const report = {
  subscribe: await subscribe("polling"),
  "subscribe by stream": await subscribe("streaming"),
  "one by one": await oneByOne(),
  "cancel in the queue": await cancel("IN_QUEUE"),
  "cancel in progress": await cancel("IN_PROGRESS"),
  "cancel after the end": await cancel("COMPLETED"),
  "broken input": await failure(() => client.queue.submit(ENDPOINT, { input: broken })),
  "unknown request": await failure(() => client.queue.status(ENDPOINT, { requestId: unknown })),
  "unknown endpoint": await failure(() => client.queue.submit("fal-ai/kling-video/v0", { input: INPUT })),
  uploads: {
    whole: await upload(3000, { lifecycle: { expiresIn: "1h" } }),
    "in parts": await upload(90 * 1024 * 1024 + 1),
    "in an input": await inInput(),
    "with a wrong key": await failure(() => stranger.storage.upload(new Blob(["a"]))),
  },
  "wrong key": await failure(() => stranger.queue.submit(ENDPOINT, { input: INPUT })),
};
console.log(JSON.stringify(report));
