# Read by gunicorn from its working folder, as OpenStack's other services are started: settings come by environment, for
# Keystone's own configuration code would read sys.argv too.
import os

wsgi_app = "keystone.wsgi.api:application"
bind = "127.0.0.1:" + os.environ["SERVICE_PORT"]
workers = 1
worker_class = "gthread"
threads = 4
timeout = 300
graceful_timeout = 2
# Longer than clients keep an idle connection: the one that closes first must not be the server.
keepalive = 75
control_socket_disable = True
