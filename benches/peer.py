"""Python Libcloud's sides, as child.mjs has those in JavaScript. "run" comes on standard input, a line of JSON each."""

import json
import sys
import time


def now():
    """Milliseconds, less those in which this process queued for a CPU: see clock.mjs."""
    try:
        with open("/proc/self/schedstat", encoding="ascii") as file:
            queued = int(file.read().split()[1]) / 1e6
    except OSError:
        queued = 0
    return time.perf_counter() * 1000 - queued


import_started = now()
MODE, REST = sys.argv[1], sys.argv[2:]

if MODE == "download" and REST[0] == "gevent":
    from gevent import monkey

    monkey.patch_all(sys=False)

KEY, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"


def say(answer):
    print(json.dumps(answer), flush=True)


def stub(answer):
    """Answers in place of HTTP; a fresh response each time, its bytes at hand."""
    import requests

    def send(adapter, request, **_):
        status, headers, body = answer(request)
        response = requests.Response()
        response.status_code = status
        response.headers.update(headers)
        response._content = body
        response.url = request.url
        response.request = request
        return response

    requests.adapters.HTTPAdapter.send = send


def ec2():
    from libcloud.compute.drivers.ec2 import EC2NodeDriver

    return EC2NodeDriver(KEY, SECRET, region="eu-west-1")


def openstack():
    from libcloud.compute.drivers.openstack import OpenStack_2_NodeDriver

    return OpenStack_2_NodeDriver(
        "ada",
        "secret",
        ex_force_auth_url="https://keystone.example:5000",
        ex_tenant_name="demo",
        ex_domain_name="default",
        ex_force_auth_token="token",
        ex_force_base_url="https://nova.example/v2.1",
        api_version="2.2",
    )


def s3(host=None, port=None):
    from libcloud.storage.drivers.s3 import S3StorageDriver

    if host is None:
        return S3StorageDriver(KEY, SECRET, region="eu-west-1")
    return S3StorageDriver(KEY, SECRET, secure=False, host=host, port=port)


def lists(provider, file):
    with open(file, "rb") as source:
        body = source.read()
    kind = {"ec2": "application/xml", "openstack": "application/json"}[provider]
    stub(lambda _: (200, {"content-type": kind}, body))
    driver = {"ec2": ec2, "openstack": openstack}[provider]()

    def operation():
        nodes = driver.list_nodes()
        if len(nodes) != 1000 or nodes[0].name != "web-0" or nodes[-1].name != "web-999":
            raise AssertionError(f"{len(nodes)} of 1,000")
        return 1

    operation()
    return operation


def fresh(file):
    with open(file, "rb") as source:
        body = source.read()
    stub(lambda _: (200, {"content-type": "application/xml"}, body))

    def operation():
        nodes = ec2().list_nodes(ex_node_ids=["i-1"])
        if len(nodes) != 1:
            raise AssertionError(f"{len(nodes)} of 1")
        return 1

    operation()
    return operation


def download(how, port, count, size):
    """As its documentation has it: in each task a fresh driver, which gets the object and then its bytes."""
    port, count, size = int(port), int(count), int(size)

    def one(i):
        got = s3("127.0.0.1", port).get_object("photos", f"object-{i}")
        if sum(len(chunk) for chunk in got.as_stream()) != size:
            raise AssertionError("wrong size")
        return 1

    def operation():
        done = 0
        if how == "gevent":
            from gevent.pool import Pool

            done = sum(Pool(20).imap_unordered(one, range(count)))
        elif how == "threads":
            from concurrent.futures import ThreadPoolExecutor

            with ThreadPoolExecutor(20) as pool:
                done = sum(pool.map(one, range(count)))
        elif how == "alone":
            done = sum(map(one, range(count)))
        if done != count:
            raise AssertionError(f"{done} of {count}")
        return done

    return operation


def start():
    """From the import to two clients, and on to the first signed request."""
    began = import_started
    compute, storage = ec2(), s3()
    ready = now()
    sent = []

    class Sent(Exception):
        pass

    def answer(_):
        sent.append(now())
        raise Sent

    stub(answer)
    for call in (lambda: storage.get_object("photos", "a"), compute.list_nodes):
        try:
            call()
        except Sent:
            pass
    if len(sent) != 2:
        raise AssertionError("nothing was sent")
    say({"ready": ready - began, "sent": sent[0] - began})
    sys.exit()


def main():
    operation = {"list": lists, "fresh": fresh, "download": download, "start": start}[MODE](*REST)
    say({"ready": True})
    for line in sys.stdin:
        ms = json.loads(line)["ms"]
        n, began, started = 0, now(), time.perf_counter()
        while True:
            n += operation()
            wall, own = (time.perf_counter() - started) * 1000, now() - began
            if own >= ms or wall >= 4 * ms:
                break
        say({"n": n, "ms": own, "wall": wall})


try:
    main()
except Exception as error:
    import traceback

    say({"error": traceback.format_exc()})
    sys.exit(1)
