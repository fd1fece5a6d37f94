"""Prints random requests, signed by Alibaba's own SDK, as a line of JSON each. Always the same ones: chance is seeded, time is stated."""

import datetime
import json
import random
import sys
from urllib.parse import quote

try:
    from alibabacloud_oss_v2.credentials import Credentials
    from alibabacloud_oss_v2.signer.v4 import SignerV4
    from alibabacloud_oss_v2.types import HttpRequest, SigningContext
except ImportError:
    sys.exit("alibabacloud-oss-v2 is missing")

COUNT = 400
chance = random.Random(20261123)
# What encoders and canonicalisers get wrong, and plain letters between.
LETTERS = list("abcXYZ0189-_.~") + list(" +%/&=?#:;,@!$'()*\"<>[]{}|\\^`") + ["é", "ß", "日本", "😀", "%2F", "%zz", "+-+"]
REGIONS = ["cn-hangzhou", "ap-southeast-1", "us-west-1"]
ENDPOINT = "oss-%s.aliyuncs.com"


def text(low, high, without=""):
    picked = [c for c in LETTERS if not any(w in c for w in without)]
    return "".join(chance.choice(picked) for _ in range(chance.randint(low, high)))


def segment():
    """A part of a name. One that is only dots never gets as far as signing: a URL has no such part."""
    part = text(1, 8, "/")
    return part if part.strip(".") else "dots"


def headers():
    picked = {}
    for _ in range(chance.randint(0, 4)):
        name = chance.choice(["content-type", "content-md5", "range", "x-oss-meta-a", "x-oss-meta-b-c", "x-oss-tagging", "if-modified-since", "cache-control"])
        picked[name] = "".join(chance.choice(list("abc=;,\"/+")) for _ in range(chance.randint(1, 12)))
    return picked


def case():
    region = chance.choice(REGIONS)
    bucket = chance.choice(["", "photos", "photos", "a-1"])
    key = "/".join(segment() for _ in range(chance.randint(1, 4))) + chance.choice(["", "", "/"]) if bucket and chance.random() < 0.7 else ""
    names = chance.sample(["acl", "uploads", "prefix", "list-type", "a", "A", "versionId", "x-oss-process", "a b", "é"], chance.randint(0, 5))
    when = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc) + datetime.timedelta(seconds=chance.randrange(10**8))
    return {
        "kind": chance.choice(["sign", "sign", "presign"]),
        "method": chance.choice(["GET", "PUT", "POST", "DELETE", "HEAD"]),
        "host": ENDPOINT % region,
        "bucket": bucket,
        "object": key,
        "query": [[name, chance.choice(["", text(1, 8)])] for name in names],
        "headers": headers(),
        "region": region,
        "key": "LTAI5tEXAMPLE",
        "secret": "yourAccessKeySecretEXAMPLE",
        "token": chance.choice(["", "CAISxAF1q6Ft5B2yfSjIr5+/="]),
        "now": int(when.timestamp()) * 1000,
        "seconds": chance.randint(1, 604_800),
    }


def sign(c):
    host = (c["bucket"] + "." if c["bucket"] else "") + c["host"]
    url = "https://" + host + "/" + quote(c["object"], safe="/-._~")
    if c["query"]:
        url += "?" + "&".join(quote(name, safe="-._~") + "=" + quote(value, safe="-._~") for name, value in c["query"])
    request = HttpRequest(c["method"], url, headers=dict(c["headers"]))
    now = datetime.datetime.fromtimestamp(c["now"] / 1000, datetime.timezone.utc)
    context = SigningContext(
        product="oss",
        region=c["region"],
        bucket=c["bucket"] or None,
        key=c["object"] or None,
        request=request,
        credentials=Credentials(c["key"], c["secret"], c["token"] or None),
        signing_time=now,
    )
    if c["kind"] == "presign":
        context.auth_method_query = True
        context.expiration_time = now + datetime.timedelta(seconds=c["seconds"])
        SignerV4().sign(context)
        return request.url.rsplit("x-oss-signature=", 1)[1]
    SignerV4().sign(context)
    return request.headers["Authorization"]


for _ in range(COUNT):
    one = case()
    print(json.dumps({**one, "want": sign(one)}))
