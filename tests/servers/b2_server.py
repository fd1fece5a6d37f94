"""Backblaze's own simulator of B2 (b2sdk.RawSimulator, which their SDK is tested with) behind its native API over HTTP.

What it stores, lists, versions, copies and refuses is the simulator's. Here are only the wire and what the simulator leaves
to the service:

- URLs and tokens of downloads are checked, and ranges cut; a bucket that holds anything is not deleted;
- bodies whose SHA-1 the client does not verify get theirs; lists are grouped by a delimiter;
- errors are those that the SDK reads as the exceptions the simulator raises.

Usage: b2_server.py PORT. `POST /sim/busy {"count": 2}` has so many uploads answered with 503, `POST /sim/expire` expires every
token, `GET /sim/state` counts what is stored.
"""

import base64
import hashlib
import io
import itertools
import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from b2sdk.v3 import EncryptionAlgorithm, EncryptionKey, EncryptionMode, EncryptionSetting
from b2sdk._internal import exception as wrong
from b2sdk._internal.raw_api import B2RawHTTPApi, MetadataDirectiveMode
from b2sdk._internal.raw_simulator import BucketSimulator, RawSimulator
from b2sdk._internal.utils import b2_url_decode

POD = "https://upload.example.com/"


def unverified(stream):
    """A body's own SHA-1, for clients that do not know it."""
    digest = hashlib.sha1(stream.read()).hexdigest()
    stream.seek(0)
    return digest


class Bucket(BucketSimulator):
    # Ids count down from here, and sort as texts.
    FIRST_FILE_NUMBER = 99_999_999
    FIRST_FILE_ID = str(FIRST_FILE_NUMBER)
    MAX_SIMPLE_COPY_SIZE = 5_000_000_000

    def __init__(self, api, *more, **rest):
        super().__init__(api, *more, **rest)
        # The simulator counts anew in each bucket, and from the year 1970.
        self.file_id_counter = api.file_ids
        self.upload_timestamp_counter = (int(time.time() * 1000) for _ in itertools.count())

    def upload_file(self, upload_id, token, name, length, kind, sha1, info, stream, *more, **rest):
        if sha1 != "do_not_verify":
            return super().upload_file(upload_id, token, name, length, kind, sha1, info, stream, *more, **rest)
        result = super().upload_file(upload_id, token, name, length, kind, unverified(stream), info, stream, *more, **rest)
        file = self.file_id_to_file[result["fileId"]]
        file.content_sha1 = "unverified:" + file.content_sha1
        return file.as_upload_result(token)

    def upload_part(self, file_id, number, length, sha1, stream, *more):
        return super().upload_part(file_id, number, length, unverified(stream) if sha1 == "do_not_verify" else sha1, stream, *more)


class Simulator(RawSimulator):
    BUCKET_SIMULATOR_CLASS = Bucket
    MIN_PART_SIZE = 5_000_000

    def __init__(self, base):
        super().__init__()
        self.API_URL, self.DOWNLOAD_URL = base, "http://download.example.com"
        self.base = base
        self.bucket_id_counter = itertools.count()
        self.asked = None
        self.file_ids = itertools.count(Bucket.FIRST_FILE_NUMBER, -1)
        self.shared = {}


    def _assert_account_auth(self, api_url, token, account_id, capability, bucket_id=None, file_name=None):
        # For some calls the simulator forgets which bucket they are about, and refuses restricted keys.
        super()._assert_account_auth(api_url, token, account_id, capability, bucket_id or self.asked, file_name)


class Refused(Exception):
    """An error of the service's own."""


def encryption(given):
    """Encryption as the SDK has it, from JSON or from headers."""
    mode = (given or {}).get("mode")
    if not mode:
        return None
    key = None
    if mode == "SSE-C":
        secret = base64.b64decode(given["customerKey"])
        if base64.b64encode(hashlib.md5(secret).digest()).decode() != given["customerKeyMd5"]:
            raise Refused(400, "bad_request", "the customer key's MD5 is wrong")
        key = EncryptionKey(secret=secret, key_id=None)
    return EncryptionSetting(mode=EncryptionMode(mode), algorithm=EncryptionAlgorithm(given["algorithm"]), key=key)


def encryption_of(headers):
    prefix = "X-Bz-Server-Side-Encryption"
    if headers.get(prefix):
        return encryption({"mode": "SSE-B2", "algorithm": headers[prefix]})
    if headers.get(prefix + "-Customer-Algorithm"):
        of = lambda name: headers[f"{prefix}-Customer-{name}"]
        return encryption({"mode": "SSE-C", "algorithm": of("Algorithm"), "customerKey": of("Key"), "customerKeyMd5": of("Key-Md5")})
    return None


def grouped(sim, token, p):
    """b2_list_file_names, and its delimiter, which the simulator has not."""
    prefix, start, delimiter = p.get("prefix") or "", p.get("startFileName") or "", p.get("delimiter")
    count = int(p.get("maxFileCount") or 100)
    start = max(start, prefix)
    if not start.startswith(prefix):
        return {"files": [], "nextFileName": None}
    if not delimiter:
        return sim.list_file_names(sim.API_URL, token, p["bucketId"], start or None, count, prefix or None)
    everything = sim.list_file_names(sim.API_URL, token, p["bucketId"], None, 10**9, prefix or None)["files"]
    files, last = [], None
    for file in everything:
        name, rest = file["fileName"], file["fileName"][len(prefix):]
        if delimiter in rest:
            name = prefix + rest.split(delimiter)[0] + delimiter
            file = {**file, "action": "folder", "fileId": None, "fileName": name, "contentLength": 0, "contentSha1": None, "fileInfo": {}}
        if name < start or name == last:
            continue
        if len(files) == count:
            return {"files": files, "nextFileName": name}
        files.append(file)
        last = name
    return {"files": files, "nextFileName": None}


def delete_bucket(sim, token, p):
    if sim._get_bucket_by_id(p["bucketId"]).file_id_to_file:
        raise Refused(400, "cannot_delete_non_empty_bucket", "Cannot delete non-empty bucket")
    return sim.delete_bucket(sim.API_URL, token, p["accountId"], p["bucketId"])


def update_bucket(sim, token, p):
    bucket = sim._get_bucket_by_id(p["bucketId"])
    if p.get("corsRules") == []:
        # The simulator takes none for nothing to do.
        bucket.cors_rules = []
        return bucket.bucket_dict(token)
    return sim.update_bucket(sim.API_URL, token, p["accountId"], p["bucketId"], cors_rules=p.get("corsRules"))


def share(sim, token, p):
    seconds = p["validDurationInSeconds"]
    answer = sim.get_download_authorization(sim.API_URL, token, p["bucketId"], p["fileNamePrefix"], seconds)
    bucket = sim._get_bucket_by_id(p["bucketId"]).bucket_name
    sim.shared[answer["authorizationToken"]] = (bucket, p["fileNamePrefix"], time.time() + seconds)
    return answer


def pod(sim, answer):
    return {**answer, "uploadUrl": answer["uploadUrl"].replace(POD, sim.base + "/pod/")}


def hide(sim, token, p):
    files = sim.list_file_versions(sim.API_URL, token, p["bucketId"], p["fileName"], None, 1, p["fileName"])["files"]
    if not files or files[0]["fileName"] != p["fileName"]:
        raise Refused(400, "no_such_file", f"File not present: {p['fileName']}")
    if files[0]["action"] == "hide":
        raise Refused(400, "already_hidden", f"File already hidden: {p['fileName']}")
    return known(sim, sim.hide_file(sim.API_URL, token, p["bucketId"], p["fileName"]))


def known(sim, file):
    """The simulator forgets where it puts copies and markers."""
    sim.file_id_to_bucket_id[file["fileId"]] = file["bucketId"]
    return file


def copy_file(sim, token, p):
    directive = MetadataDirectiveMode[p["metadataDirective"]] if p.get("metadataDirective") else None
    to, source = encryption(p.get("destinationServerSideEncryption")), encryption(p.get("sourceServerSideEncryption"))
    kind, info, bucket = p.get("contentType"), p.get("fileInfo"), p.get("destinationBucketId")
    copy = sim.copy_file(sim.API_URL, token, p["sourceFileId"], p["fileName"], None, directive, kind, info, bucket, to, source)
    return known(sim, copy)


def count(p, name):
    return int(p[name]) if p.get(name) else None


CALLS = {
    "b2_list_buckets": lambda s, t, p: s.list_buckets(s.API_URL, t, p["accountId"], p.get("bucketId"), p.get("bucketName")),
    "b2_create_bucket": lambda s, t, p: s.create_bucket(s.API_URL, t, p["accountId"], p["bucketName"], p["bucketType"]),
    "b2_delete_bucket": delete_bucket,
    "b2_update_bucket": update_bucket,
    "b2_create_key": lambda s, t, p: s.create_key(s.API_URL, t, p["accountId"], p["capabilities"], p["keyName"], None, p.get("bucketIds"), None),
    "b2_list_file_names": grouped,
    "b2_list_file_versions": lambda s, t, p: s.list_file_versions(
        s.API_URL, t, p["bucketId"], max(p.get("startFileName") or "", p.get("prefix") or "") or None, p.get("startFileId"),
        count(p, "maxFileCount"), p.get("prefix"),
    ),  # fmt: skip
    "b2_get_file_info": lambda s, t, p: s.get_file_info_by_id(s.API_URL, t, p["fileId"]),
    "b2_hide_file": hide,
    "b2_delete_file_version": lambda s, t, p: s.delete_file_version(s.API_URL, t, p["fileId"], p["fileName"]),
    "b2_copy_file": copy_file,
    "b2_get_upload_url": lambda s, t, p: pod(s, s.get_upload_url(s.API_URL, t, p["bucketId"])),
    "b2_get_upload_part_url": lambda s, t, p: pod(s, s.get_upload_part_url(s.API_URL, t, p["fileId"])),
    "b2_start_large_file": lambda s, t, p: s.start_large_file(
        s.API_URL, t, p["bucketId"], p["fileName"], p["contentType"], p.get("fileInfo") or {}, encryption(p.get("serverSideEncryption"))
    ),
    "b2_finish_large_file": lambda s, t, p: s.finish_large_file(s.API_URL, t, p["fileId"], p["partSha1Array"]),
    "b2_cancel_large_file": lambda s, t, p: s.cancel_large_file(s.API_URL, t, p["fileId"]),
    "b2_list_parts": lambda s, t, p: s.list_parts(s.API_URL, t, p["fileId"], count(p, "startPartNumber"), count(p, "maxPartCount")),
    "b2_list_unfinished_large_files": lambda s, t, p: s.list_unfinished_large_files(
        s.API_URL, t, p["bucketId"], p.get("startFileId"), count(p, "maxFileCount"), p.get("namePrefix")
    ),
    "b2_get_download_authorization": share,
}

# What the SDK reads as these exceptions, the most special first.
ERRORS = [
    (wrong.NonExistentBucket, 400, "bad_bucket_id"),
    (wrong.FileNotPresent, 404, "not_found"),
    (wrong.DuplicateBucketName, 400, "duplicate_bucket_name"),
    (wrong.InvalidAuthToken, 401, None),
    (wrong.Unauthorized, 401, "unauthorized"),
    (wrong.AccessDenied, 403, "access_denied"),
    (wrong.CopySourceTooBig, 400, "source_too_large"),
    (wrong.MissingPart, 400, "missing_part"),
    (wrong.ServiceError, 503, "service_unavailable"),
    (wrong.UploadTokenUsedConcurrently, 400, "auth_token_limit"),
    (wrong.B2Error, 400, "bad_request"),
]


def said(error):
    """Status, code and message of an exception."""
    if isinstance(error, Refused):
        return error.args
    for kind, status, code in ERRORS:
        if isinstance(error, kind):
            return status, code or {"auth_token_expired": "expired_auth_token"}.get(error.code, error.code), str(error)
    if isinstance(error, KeyError):
        return 400, "file_not_present", f"File not present: {error.args[0]}"
    return 400, "bad_request", f"{type(error).__name__}: {error}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self):
        self.answer()

    do_HEAD = do_POST = do_GET

    def log_message(self, *_):
        pass

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            with lock:
                status, headers, content = self.route(urlsplit(self.path), body)
        except Exception as error:  # every exception is an answer
            status, code, message = said(error)
            headers, content = {"Content-Type": "application/json"}, json.dumps({"status": status, "code": code, "message": message}).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if "Content-Length" not in headers:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def route(self, url, body):
        parts = url.path.split("/")
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        if parts[1] == "sim":
            return self.control(parts[2], json.loads(body or "{}"))
        if parts[1] == "file" or parts[-1] == "b2_download_file_by_id":
            return self.download(url, query)
        if parts[1] == "pod":
            return self.upload(POD + url.path[len("/pod/"):], body)
        call = parts[3] if parts[1:3] == ["b2api", "v4"] else ""
        if call == "b2_authorize_account":
            pair = base64.b64decode(self.headers["Authorization"].split()[1]).decode()
            answer = sim.authorize_account("", *pair.split(":", 1))
            answer["apiInfo"]["storageApi"]["downloadUrl"] = sim.base
            return self.json(answer)
        if call not in CALLS:
            raise Refused(404, "not_found", f"no such call: {url.path}")
        token = self.token()
        params = json.loads(body) if self.command == "POST" else query
        sim.asked = params.get("bucketId") or sim.file_id_to_bucket_id.get(params.get("fileId"))
        return self.json(CALLS[call](sim, token, params))

    def token(self):
        token = self.headers.get("Authorization") or ""
        if token not in sim.auth_token_to_key:
            raise Refused(401, "bad_auth_token", "Invalid authorization token")
        if token in sim.expired_auth_tokens:
            raise Refused(401, "expired_auth_token", "Authorization token has expired")
        return token

    def json(self, answer):
        return 200, {"Content-Type": "application/json;charset=utf-8"}, json.dumps(answer, default=sorted).encode()

    def upload(self, url, body):
        headers = self.headers
        token, sha1, stream = headers["Authorization"], headers["X-Bz-Content-Sha1"], io.BytesIO(body)
        if token.rsplit("/", 1)[-1] in sim.expired_auth_tokens:
            raise Refused(401, "expired_auth_token", "Authorization token has expired")
        if "X-Bz-Part-Number" in headers:
            if sim.upload_errors:
                raise sim.upload_errors.pop(0)
            number = int(headers["X-Bz-Part-Number"])
            return self.json(sim.upload_part(url, token, number, len(body), sha1, stream, encryption_of(headers)))
        info = {n[10:].lower(): b2_url_decode(v) for n, v in headers.items() if n.lower().startswith("x-bz-info-")}
        name = b2_url_decode(headers["X-Bz-File-Name"])
        B2RawHTTPApi.check_b2_filename(None, name)
        return self.json(sim.upload_file(url, token, name, len(body), headers["Content-Type"], sha1, info, stream, encryption_of(headers)))

    def download(self, url, query):
        shared = query.get("Authorization")
        if shared is None:
            token = self.token()
        else:
            token = None
            bucket, prefix, until = sim.shared.get(shared, ("", "", 0))
            asked = url.path.split("/", 3)
            if until < time.time() or asked[2] != bucket or not b2_url_decode(asked[3]).startswith(prefix):
                raise Refused(401, "unauthorized", "")
        path = f"/b2api/v4/b2_download_file_by_id?fileId={query['fileId']}" if "fileId" in query else url.path
        try:
            found = sim.download_file_from_url(token, sim.DOWNLOAD_URL + path, None, encryption_of(self.headers))
        except wrong.NonExistentBucket:
            raise Refused(404, "not_found", "Bucket does not exist.")
        with found as response:
            data, headers, status = response.data_bytes, dict(response.headers), 200
        first, last = span(self.headers.get("Range"), len(data))
        if last is not None:
            headers["Content-Range"] = f"bytes {first}-{last}/{len(data)}"
            data, status = data[first : last + 1], 206
        headers = {name: value for name, value in headers.items() if name.lower() != "content-length"}
        return status, {**headers, "Content-Length": str(len(data)), "Accept-Ranges": "bytes"}, data

    def control(self, what, p):
        if what == "busy":
            sim.upload_errors.extend(wrong.ServiceError("no tomes available") for _ in range(p["count"]))
        elif what == "expire":
            sim.expired_auth_tokens.update(sim.auth_token_to_key)
        buckets = sim.bucket_name_to_bucket.values()
        files = [file for bucket in buckets for file in bucket.file_id_to_file.values()]
        return self.json({"files": len(files), "unfinished": sum(file.action == "start" for file in files)})


def span(header, length):
    """First and last byte of a `Range`; nothing for the whole."""
    if not header:
        return 0, None
    first, last = header.split("=", 1)[1].split("-", 1)
    if first == "":
        first, last = max(0, length - int(last)), length - 1
    else:
        first, last = int(first), min(int(last) if last else length - 1, length - 1)
    if first >= length:
        raise Refused(416, "range_not_satisfiable", "The Range in the request is outside the size of the file.")
    return first, last


if __name__ == "__main__":
    port = int(sys.argv[1])
    lock = threading.Lock()
    sim = Simulator(f"http://127.0.0.1:{port}")
    account = sim.create_account()
    print(json.dumps({"applicationKeyId": account[0], "applicationKey": account[1]}), flush=True)
    # Many connect at one moment.
    ThreadingHTTPServer.request_queue_size = 1024
    ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
