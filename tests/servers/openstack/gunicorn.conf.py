# Read by gunicorn from its working folder. Settings come by environment, not by arguments: OpenStack's own
# configuration code would read sys.argv too.
import os

wsgi_app = os.environ["SERVICE_APP"]
bind = "127.0.0.1:" + os.environ["SERVICE_PORT"]
workers = 1
worker_class = "gthread"
threads = 8
timeout = 300
graceful_timeout = 2
# Longer than clients keep an idle connection: the one that closes first must not be the server.
keepalive = 75
control_socket_disable = True
