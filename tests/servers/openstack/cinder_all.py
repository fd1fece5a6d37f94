"""Cinder's API, scheduler, volume and backup services in one process, joined by the in-process fake:// transport.

Volumes come from the driver of Cinder's own tests, which answers as a storage would and stores nothing.
"""
import os
import sys

os.environ["OS_CINDER_DISABLE_EVENTLET_PATCHING"] = "1"
sys.argv = ["cinder-all"]

from cinder import monkey_patch

monkey_patch.patch(backend="threading")

# These two register options that must be known before the configuration is read.
from cinder.cmd import backup  # noqa: F401
from cinder.cmd import volume
from cinder.wsgi import wsgi

application = wsgi.initialize_application()

import os_brick
from cinder import service
from cinder.common import constants
from oslo_config import cfg

CONF = cfg.CONF
os_brick.setup(CONF)
running = [service.Service.create(binary="cinder-scheduler")]
for backend in CONF.enabled_backends:
    CONF.register_opt(volume.host_opt, group=backend)
    running.append(
        service.Service.create(
            host=f"{CONF.host}@{backend}", service_name=backend, binary=constants.VOLUME_BINARY, coordination=True
        )
    )
running.append(service.Service.create(binary="cinder-backup", service_name="backup", coordination=True, process_number=1))
for each in running:
    each.start()
