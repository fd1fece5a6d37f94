"""Prints random requests, signed by botocore, as a line of JSON each. Always the same ones: chance is seeded, time is stated."""

import datetime
import json
import random
import sys
from urllib.parse import quote

try:
    import botocore.auth
    from botocore.awsrequest import AWSRequest
    from botocore.config import Config
    from botocore.credentials import Credentials
except ImportError:
    sys.exit("botocore is missing")

COUNT = 400
chance = random.Random(20261123)
# What encoders and canonicalisers get wrong, and plain letters between.
LETTERS = list("abcXYZ0189-_.~") + list(" +%/&=?#:;,@!$'()*\"<>[]{}|\\^`") + ["é", "ß", "ሴ", "日本", "😀", "e\u0301", "%2F", "%zz", "+-+"]
REGIONS = ["us-east-1", "eu-west-1", "cn-north-1", "auto", "RegionOne"]
HOSTS = ["bucket.s3.eu-west-1.amazonaws.com", "localhost:9000", "[::1]:9000", "S3.Example.COM", "example.org:443", "example.org:80"]


def text(low, high, without=""):
    picked = [c for c in LETTERS if not any(w in c for w in without)]
    return "".join(chance.choice(picked) for _ in range(chance.randint(low, high)))


def segment():
    """A part of a path. One that is only dots never gets as far as signing: a URL has no such part."""
    part = text(1, 8, "/")
    return part if part.strip(".") else "dots"


def pairs(most, names):
    picked = [chance.choice(names) if names and chance.random() < 0.5 else text(1, 6) for _ in range(chance.randint(0, most))]
    return [[name, text(0, 8)] for name in picked]


def headers():
    picked = {}
    for _ in range(chance.randint(0, 4)):
        value = "".join(chance.choice(list("abc =;,\"/+  ")) for _ in range(chance.randint(0, 16)))
        picked[chance.choice(["content-type", "range", "x-amz-acl", "x-amz-meta-", "if-none-match"]) + chance.choice(["", "a", "-b"])] = value
    return picked


def encode(value, safe=""):
    return quote(value, safe=safe + "-._~")


def case():
    kind = chance.choice(["ec2", "s3", "s3", "presign"])
    service = "ec2" if kind == "ec2" else "s3"
    path = "/" + "/".join(segment() for _ in range(chance.randint(0, 4)))
    if service == "s3":
        # Object names may have empty parts; other services join them.
        path += chance.choice(["", "/", "//", "//" + segment()])
    query = pairs(5, ["list-type", "prefix", "a", "A", "a-"])
    if kind == "presign":
        # botocore keeps one value a name.
        query = [[name, value] for name, value in dict(query).items()]
    method = chance.choice(["GET", "PUT", "POST", "DELETE", "HEAD", "PATCH"])
    body = text(0, 40) if method in ("PUT", "POST", "PATCH") and kind != "presign" else ""
    token = chance.choice(["", "IQoJb3JpZ2luX2VjEJr//////////wEaCXVzLWVhc3QtMSJH+/=="])
    origin = chance.choice(["https://", "https://", "http://"]) + chance.choice(HOSTS)
    when = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc) + datetime.timedelta(seconds=chance.randrange(10**8))
    return {
        "kind": kind,
        "service": service,
        "method": method,
        "origin": origin,
        "path": path,
        "query": query,
        "headers": headers(),
        "body": body,
        "signed": service == "ec2" or chance.random() < 0.5,
        "region": chance.choice(REGIONS),
        "key": "AKIDEXAMPLE",
        "secret": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
        "token": token,
        "now": int(when.timestamp()) * 1000,
        "seconds": chance.randint(1, 604_800),
    }


def sign(c):
    url = c["origin"] + encode(c["path"], "/")
    if c["query"]:
        url += "?" + "&".join(encode(name) + "=" + encode(value) for name, value in c["query"])
    request = AWSRequest(method=c["method"], url=url, data=c["body"].encode(), headers=c["headers"])
    request.context["client_config"] = Config(s3={"payload_signing_enabled": c["signed"]})
    now = datetime.datetime.fromtimestamp(c["now"] / 1000, datetime.timezone.utc)
    botocore.auth.get_current_datetime = lambda *_: now
    credentials = Credentials(c["key"], c["secret"], c["token"] or None)
    if c["kind"] == "presign":
        botocore.auth.S3SigV4QueryAuth(credentials, "s3", c["region"], c["seconds"]).add_auth(request)
        return {"url": request.url}
    signer = botocore.auth.S3SigV4Auth if c["service"] == "s3" else botocore.auth.SigV4Auth
    signer(credentials, c["service"], c["region"]).add_auth(request)
    return {"url": url, "authorization": request.headers["Authorization"]}


for _ in range(COUNT):
    one = case()
    print(json.dumps({**one, "want": sign(one)}))
