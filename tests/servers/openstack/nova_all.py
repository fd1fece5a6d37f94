"""Nova's API, conductor, scheduler and compute (fake hypervisor) in one process.

The in-process fake:// message transport joins them, so no broker is needed. All code that runs is Nova's own.
"""
import os
import sys
import time
import urllib.request

sys.argv = ["nova-all"]

from nova import monkey_patch

monkey_patch.patch(backend="threading")

from nova.api.openstack import wsgi_app

application = wsgi_app.init_application("osapi_compute", "nova-api")

import os_vif
from nova import context, objects, service
from nova.compute import rpcapi as compute
from nova.conductor import rpcapi as conductor
from nova.objects import host_mapping
from nova.scheduler import rpcapi as scheduler


def wait_for(url):
    """The compute service reports to these as it starts, and would try again only a minute later."""
    for _ in range(1200):
        try:
            return urllib.request.urlopen(url, timeout=5).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)


os_vif.initialize()
objects.register_all()
for url in os.environ["WAIT_FOR"].split():
    wait_for(url)
running = []
for binary, rpc in (("nova-conductor", conductor), ("nova-scheduler", scheduler), ("nova-compute", compute)):
    alternative = getattr(rpc, "RPC_TOPIC_ALT", None) if rpc is compute else None
    more = {"topic_alt": alternative} if alternative else {}
    running.append(service.Service.create(binary=binary, topic=rpc.RPC_TOPIC, **more))
    running[-1].start()
host_mapping.discover_hosts(context.get_admin_context())
