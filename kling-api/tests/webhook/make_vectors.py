#!/usr/bin/env python3
"""Writes vectors.json beside this file: deliveries with the verdict that each of them must get.

An implementation of its own, by the Ed25519 of the package `cryptography` (48.0.0 was used): it shares
no code with the crate that it tests. Run it with `python3 make_vectors.py`; the same bytes come out each
time, since the keys come from fixed seeds and Ed25519 signatures are deterministic.
"""

import base64
import hashlib
import json
import pathlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

NOW = 1_780_000_000
REQUEST = "6f1c0e9a-3b52-4d08-9d0e-5a7c2f41b8e3"
USER = "github|1234567"
NAMES = {
    "request_id": "X-Fal-Webhook-Request-Id",
    "user_id": "X-Fal-Webhook-User-Id",
    "timestamp": "X-Fal-Webhook-Timestamp",
    "signature": "X-Fal-Webhook-Signature",
}
ORDER = 2**252 + 27742317777372353535851937790883648493  # of the group of Ed25519
SEEDS = {"first": bytes(range(32)), "second": bytes(range(100, 132)), "unpublished": b"\x07" * 32}
KEYS = {name: Ed25519PrivateKey.from_private_bytes(seed) for name, seed in SEEDS.items()}
OK = b'{"request_id":"%s","gateway_request_id":"%s","status":"OK","payload":{"video":{"url":"https://v3.fal.media/files/b/x.mp4"}}}' % (
    REQUEST.encode(), REQUEST.encode())


def public(name):
    return KEYS[name].public_key().public_bytes_raw()


def message(body, request_id=REQUEST, user_id=USER, timestamp=str(NOW)):
    return "\n".join([request_id, user_id, timestamp, hashlib.sha256(body).hexdigest()]).encode()


def signed(body, key="first", signed_message=None, **fields):
    """The four headers, as a list of pairs."""
    fields = {"request_id": REQUEST, "user_id": USER, "timestamp": str(NOW)} | fields
    signature = KEYS[key].sign(message(body, **fields) if signed_message is None else signed_message)
    return [[NAMES[name], value] for name, value in fields.items()] + [[NAMES["signature"], signature.hex()]]


def with_header(headers, name, value):
    return [[found, value if found == NAMES[name] else old] for found, old in headers]


def without(headers, name):
    return [pair for pair in headers if pair[0] != NAMES[name]]


def verdict(headers, body, keys, now):
    """What fal's documentation asks for, written down once more."""
    values = {}
    for name, header in NAMES.items():
        found = [value for key, value in headers if key.lower() == header.lower()]
        if not found:
            return "missing"
        if len(found) > 1:
            return "repeated"
        if not found[0] or not all(0x21 <= ord(character) <= 0x7E for character in found[0]):
            return "malformed"
        values[name] = found[0]
    digits = values["signature"]
    one_case = digits == digits.lower() or digits == digits.upper()
    if not values["timestamp"].isdigit() or len(digits) != 128 or not one_case:
        return "malformed"
    try:
        signature = bytes.fromhex(digits)
    except ValueError:
        return "malformed"
    age = now - int(values["timestamp"])
    if age > 300:
        return "old"
    if age < -300:
        return "early"
    text = message(body, values["request_id"], values["user_id"], values["timestamp"])
    for name in keys:
        try:
            Ed25519PublicKey.from_public_bytes(public(name)).verify(signature, text)
            return "ok"
        except InvalidSignature:
            pass
    return "signature"


def main():
    good = signed(OK)
    digits = good[3][1]
    raw = bytes.fromhex(digits)
    malleable = raw[:32] + (int.from_bytes(raw[32:], "little") + ORDER).to_bytes(32, "little")
    cases = [
        # name, headers, body, keys, seconds from NOW, verdict
        ("a delivery as fal sends it", good, OK, ["first"], 0, "ok"),
        ("an empty body", signed(b""), b"", ["first"], 0, "ok"),
        ("a body with line breaks and other alphabets", signed("{\r\n \"payload\": \"ツグミ\"}\n".encode()),
         "{\r\n \"payload\": \"ツグミ\"}\n".encode(), ["first"], 0, "ok"),
        ("a body that is no text", signed(bytes(range(256))), bytes(range(256)), ["first"], 0, "ok"),
        ("the second of two keys", signed(OK, "second"), OK, ["first", "second"], 0, "ok"),
        ("header names in lower case", [[name.lower(), value] for name, value in good], OK, ["first"], 0, "ok"),
        ("a signature in upper case", with_header(good, "signature", digits.upper()), OK, ["first"], 0, "ok"),
        ("a timestamp with zeros before it", signed(OK, timestamp=f"000{NOW}"), OK, ["first"], 0, "ok"),
        ("300 s old", good, OK, ["first"], 300, "ok"),
        ("301 s old", good, OK, ["first"], 301, "old"),
        ("half a second more than 300 s old", good, OK, ["first"], 300.5, "old"),
        ("300 s ahead", good, OK, ["first"], -300, "ok"),
        ("301 s ahead", good, OK, ["first"], -301, "early"),
        ("from tomorrow", good, OK, ["first"], -86400, "early"),
        ("from the year 1970", signed(OK, timestamp="0"), OK, ["first"], 0, "old"),
        ("from the last second that can be counted", signed(OK, timestamp=str(2**64 - 1)), OK, ["first"], 0, "early"),
        ("signed by another key", signed(OK, "unpublished"), OK, ["first", "second"], 0, "signature"),
        ("another body", good, OK + b" ", ["first"], 0, "signature"),
        ("the same JSON written otherwise", good, json.dumps(json.loads(OK)).encode(), ["first"], 0, "signature"),
        ("another request id", with_header(good, "request_id", "6f1c0e9a"), OK, ["first"], 0, "signature"),
        ("another user id", with_header(good, "user_id", "github|1"), OK, ["first"], 0, "signature"),
        ("another timestamp", with_header(good, "timestamp", str(NOW + 1)), OK, ["first"], 0, "signature"),
        ("a line break after the message", signed(OK, signed_message=message(OK) + b"\n"), OK, ["first"], 0, "signature"),
        ("a message with the body and not its hash",
         signed(OK, signed_message="\n".join([REQUEST, USER, str(NOW)]).encode() + b"\n" + OK), OK, ["first"], 0, "signature"),
        ("a hash in upper case", signed(OK, signed_message="\n".join(
            [REQUEST, USER, str(NOW), hashlib.sha256(OK).hexdigest().upper()]).encode()), OK, ["first"], 0, "signature"),
        ("the other form of the same signature", with_header(good, "signature", malleable.hex()), OK, ["first"], 0, "signature"),
        ("a signature of zeros", with_header(good, "signature", "0" * 128), OK, ["first"], 0, "signature"),
        ("a signature of 63 bytes", with_header(good, "signature", digits[:126]), OK, ["first"], 0, "malformed"),
        ("a signature of 65 bytes", with_header(good, "signature", digits + "00"), OK, ["first"], 0, "malformed"),
        ("a signature in base64", with_header(good, "signature", base64.b64encode(raw).decode()), OK, ["first"], 0, "malformed"),
        ("a signature with another letter", with_header(good, "signature", "g" + digits[1:]), OK, ["first"], 0, "malformed"),
        ("a signature in both cases", with_header(good, "signature", digits[:64].upper() + digits[64:]), OK, ["first"], 0, "malformed"),
        ("a timestamp that is no number", signed(OK, timestamp="now"), OK, ["first"], 0, "malformed"),
        ("a timestamp with a fraction", signed(OK, timestamp=f"{NOW}.0"), OK, ["first"], 0, "malformed"),
        ("a timestamp with a sign", signed(OK, timestamp=f"+{NOW}"), OK, ["first"], 0, "malformed"),
        ("a request id with a line break", signed(OK, request_id=f"{REQUEST}\nx"), OK, ["first"], 0, "malformed"),
        ("an empty user id", signed(OK, user_id=""), OK, ["first"], 0, "malformed"),
    ]
    for name, header in NAMES.items():
        cases.append((f"without {header}", without(good, name), OK, ["first"], 0, "missing"))
        cases.append((f"with {header} twice", good + [pair for pair in good if pair[0] == header], OK, ["first"], 0, "repeated"))
    vectors = []
    for name, headers, body, keys, seconds, expected in cases:
        found = verdict(headers, body, keys, NOW + seconds)
        assert found == expected, f"{name}: {found} in place of {expected}"
        vectors.append({
            "name": name, "headers": headers, "body_hex": body.hex(), "keys": keys, "now": NOW + seconds,
            "verdict": expected,
        })
    jwks = {name: {"kty": "OKP", "crv": "Ed25519", "kid": name,
                   "x": base64.urlsafe_b64encode(public(name)).decode().rstrip("=")} for name in SEEDS}
    document = {
        "made_by": "make_vectors.py, beside this file",
        "seeds": {name: seed.hex() for name, seed in SEEDS.items()},
        "keys": jwks,
        "vectors": vectors,
    }
    path = pathlib.Path(__file__).with_name("vectors.json")
    path.write_text(json.dumps(document, indent=2, ensure_ascii=True) + "\n")
    print(f"{len(vectors)} vectors in {path.name}")


main()
