"""gcp-storage-emulator, and what Cloud Storage has beyond it, as its documentation says: lists in pages and from an offset,
conditions on generations, ranges from the end, metadata of copies, uploads that are sent again, finished or abandoned, names
to the letter, the headers of downloads, answers to browsers. `gcs_server.py PORT`."""

import base64
import hashlib
import json
import re
import sys
import threading
from email.utils import formatdate
from http.server import ThreadingHTTPServer
from datetime import datetime

from gcp_storage_emulator import server as emulator
from gcp_storage_emulator import storage as stores
from gcp_storage_emulator.handlers import objects

LOCK = threading.RLock()
FINISHED = {}
MESSAGES = {
    304: ("notModified", ""),
    404: ("notFound", "Not Found"),
    409: ("conflict", "The bucket you tried to delete is not empty."),
    412: ("conditionNotMet", "At least one of the pre-conditions you specified did not hold."),
    416: ("requestedRangeNotSatisfiable", "The requested range cannot be satisfied."),
    501: ("notImplemented", "Not Implemented"),
}


class Status:
    """A status that Python's own list may not have."""

    def __init__(self, value):
        self.value = value


class Refused(Exception):
    """An answer that is no success."""

    def __init__(self, status, message=""):
        super().__init__(message)
        self.status = status


class Store(stores.Storage):
    def __init__(self):
        super().__init__(use_memory_fs=True)

    def _object_path(self, bucket, name):
        return f"{bucket}/{hashlib.sha256(name.encode()).hexdigest()}"

    def _write_config_to_file(self):
        pass

    def add_to_resumable_upload(self, upload, content, total_size=None, expected_start=None):
        """Bytes that are there already are passed over."""
        have = self.get_resumable_byte_count(upload)
        if expected_start is not None and expected_start < have:
            content, expected_start = (content or b"")[have - expected_start :], have
        return super().add_to_resumable_upload(upload, content, total_size, expected_start)

    def abandon(self, upload):
        self.delete_resumable_file_obj(upload)
        self._delete_file(stores.RESUMABLE_DIR, self.safe_id(upload))


def read_data(handler, query):
    """Bytes of objects stay bytes, whatever their type."""
    if query.get("uploadType") == ["media"] or "upload_id" in query or handler.command == "PUT":
        return emulator._read_raw_data(handler) or b""
    return READ(handler, query)


READ, emulator._read_data = emulator._read_data, read_data


def one(request, name, header=None):
    found = request.query.get(name)
    return found[0] if found else (request.get_header(header) if header else None)


def condition(request, storage, bucket, name, reads=False):
    """Whether the generation is the one that is wanted."""
    if bucket not in storage.buckets:
        raise Refused(404, "The specified bucket does not exist.")
    generation = str(storage.objects.get(bucket, {}).get(name, {}).get("generation", "0"))
    match = one(request, "ifGenerationMatch", "x-goog-if-generation-match")
    other = one(request, "ifGenerationNotMatch")
    if reads and generation == "0":
        raise Refused(404, f"No such object: {bucket}/{name}")
    if match is not None and match != generation:
        raise Refused(412)
    if other is not None and other == generation:
        raise Refused(304 if request.method in ("GET", "HEAD") else 412)
    version = one(request, "generation")
    if version is not None and version != generation:
        raise Refused(404, f"No such object: {bucket}/{name}")


def listing(request, response, storage):
    bucket, prefix, delimiter = request.params["bucket_name"], one(request, "prefix") or "", one(request, "delimiter")
    if bucket not in storage.buckets:
        raise Refused(404, "The specified bucket does not exist.")
    offset = (one(request, "startOffset") or "").encode()
    entries = {}
    for name, item in storage.objects.get(bucket, {}).items():
        if not name.startswith(prefix) or name.encode() < offset:
            continue
        head, found, _ = name[len(prefix) :].partition(delimiter) if delimiter else ("", "", "")
        entries[prefix + head + found if found else name] = None if found else item
    token = one(request, "pageToken")
    after = base64.urlsafe_b64decode(token) if token else b""
    names = [name for name in sorted(entries, key=str.encode) if name.encode() > after]
    page = names[: min(int(one(request, "maxResults") or 1000), 1000)]
    out = {"kind": "storage#objects"}
    items, prefixes = [entries[n] for n in page if entries[n]], [n for n in page if not entries[n]]
    if items:
        out["items"] = items
    if prefixes:
        out["prefixes"] = prefixes
    if len(page) < len(names):
        out["nextPageToken"] = base64.urlsafe_b64encode(page[-1].encode()).decode()
    response.json(out)


def download(request, response, storage):
    bucket, name = request.params["bucket_name"], request.params["object_id"]
    condition(request, storage, bucket, name, reads=True)
    if request.path.startswith("/storage/v1") and one(request, "alt") != "media":
        return response.json(storage.get_file_obj(bucket, name))
    item, content = storage.get_file_obj(bucket, name), storage.get_file(bucket, name)
    size = len(content)
    found = re.fullmatch(r"bytes=(\d*)-(\d*)", request.get_header("range") or "")
    if found and found[0] != "bytes=-":
        first, last = found[1], found[2]
        start = int(first) if first else max(0, size - int(last))
        end = min(int(last), size - 1) if first and last else size - 1
        if start > end:
            raise Refused(416)
        content = content[start : end + 1]
        response.status = Status(206)
        response["Content-Range"] = f"bytes {start}-{end}/{size}"
    response.write_file(content, content_type=item.get("contentType"))
    response["x-goog-generation"] = item["generation"]
    response["x-goog-metageneration"] = item["metageneration"]
    response["x-goog-storage-class"] = item["storageClass"]
    response["x-goog-stored-content-length"] = str(size)
    response["x-goog-hash"] = f"crc32c={item['crc32c']},md5={item['md5Hash']}"
    response["ETag"] = item["etag"]
    if not request.path.startswith("/storage/v1"):
        response["Last-Modified"] = formatdate(datetime.fromisoformat(item["updated"].replace("Z", "+00:00")).timestamp(), usegmt=True)
        for field, header in (("cacheControl", "Cache-Control"), ("contentDisposition", "Content-Disposition"), ("contentEncoding", "Content-Encoding")):
            if item.get(field):
                response[header] = item[field]
        for key, value in (item.get("metadata") or {}).items():
            response[f"x-goog-meta-{key}"] = value


def insert(request, response, storage):
    said = request.data if isinstance(request.data, dict) else {}
    condition(request, storage, request.params["bucket_name"], one(request, "name") or said.get("meta", said).get("name"))
    objects.insert(request, response, storage)


def rewrite(request, response, storage):
    to = request.params["dest_bucket_name"], request.params["dest_object_id"]
    source = storage.objects.get(request.params["bucket_name"], {}).get(request.params["object_id"])
    if source is None:
        raise Refused(404, f"No such object: {request.params['bucket_name']}/{request.params['object_id']}")
    condition(request, storage, *to)
    objects.rewrite(request, response, storage)
    if request.data:
        copy = storage.get_file_obj(*to)
        for field in ("contentType", "cacheControl", "contentDisposition", "contentEncoding", "metadata"):
            copy.pop(field, None)
        copy.update(request.data)
        response.json({"done": True, "objectSize": str(copy["size"]), "totalBytesRewritten": str(copy["size"]), "resource": copy})


def delete(request, response, storage):
    condition(request, storage, request.params["bucket_name"], request.params["object_id"], reads=True)
    objects.delete(request, response, storage)
    response.status = Status(204)


def session(request, response, storage):
    upload = one(request, "upload_id")
    if upload in FINISHED and request.method == "PUT":
        return response.json(FINISHED[upload])
    if upload not in storage.resumable:
        raise Refused(404, "No such upload.")
    item = storage.resumable[upload]
    if request.method == "DELETE":
        storage.abandon(upload)
        raise Refused(499, "The upload was abandoned.")
    objects.upload_partial(request, response, storage)
    if response.status.value == 308:
        if storage.get_resumable_byte_count(upload) == 0:
            response._headers.pop("Range", None)
        if request.get_header("x-guploader-no-308") == "yes":
            response.status = Status(200)
            response["X-HTTP-Status-Code-Override"] = "308"
    elif response.status.value == 200:
        FINISHED[upload] = storage.get_file_obj(item["bucket"], item["name"])
    else:
        storage.abandon(upload)


OURS = {
    objects.ls: listing,
    objects.get: download,
    objects.download: download,
    objects.insert: insert,
    objects.rewrite: rewrite,
    objects.delete: delete,
    objects.upload_partial: session,
}


def ours(regex, handlers):
    handlers = {method: OURS.get(handler, handler) for method, handler in handlers.items()}
    if session in handlers.values():
        handlers["DELETE"] = session
    if objects.xml_upload in handlers.values():
        handlers["DELETE"] = delete
    if "GET" in handlers:
        handlers["HEAD"] = handlers["GET"]
    # A name may end with a slash.
    return re.compile(regex.replace(".*[^/]+", ".+"), re.DOTALL), handlers


HANDLERS = [ours(*route) for route in emulator.HANDLERS if not route[0].startswith(("^/b/", "^/b$"))]


class Handler(emulator.RequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet

    def serve(self):
        request, response = emulator.Request(self, self.command), emulator.Response(self)
        request.data  # to its end: the connection is kept
        try:
            with LOCK:
                route, match = next(((h, m) for regex, h in HANDLERS if (m := regex.fullmatch(request.path))), ({}, None))
                if self.command not in route:
                    raise Refused(501)
                request.set_match(match)
                route[self.command](request, response, self.storage)
                if response.status.value >= 400 and not response._content:
                    raise Refused(response.status.value)
        except Refused as refused:
            reason, message = MESSAGES.get(refused.status, ("invalid", "Invalid"))
            message = str(refused) or message
            error = {"code": refused.status, "message": message, "errors": [{"domain": "global", "reason": reason, "message": message}]}
            response.status = Status(refused.status)
            response.json({"error": error})
        self.answer(response)

    def answer(self, response):
        status, content = response.status.value, response._content
        content = content.encode() if isinstance(content, str) else content
        self.send_response(status, "-")
        for name, value in response._headers.items():
            self.send_header(name, str(value).encode("latin-1", "replace").decode("latin-1"))
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Access-Control-Expose-Headers", "*, Location, Range, X-HTTP-Status-Code-Override")
        if status not in (204, 304):
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD" and status not in (204, 304):
            self.wfile.write(content)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = serve

    def do_OPTIONS(self):
        self.send_response(200)
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Access-Control-Allow-Methods", "*")
        self.send_header("Access-Control-Allow-Headers", self.headers.get("Access-Control-Request-Headers", "*"))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    store = Store()
    serving = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), lambda *args: Handler(store, *args))
    serving.daemon_threads = True
    serving.serve_forever()
