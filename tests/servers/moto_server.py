"""moto's server, with what it gets wrong put right.

- A page's preflight ends in its S3 code, 403, or 500 when signatures are checked, and its errors carry no CORS
  headers. Here preflights are answered first, and every answer is readable to the page.
- A request that is not signed at all makes its signature check fail with 500. Here it is 403, as at AWS.
- That check hashes not the body that was sent but its own idea of it: a GET's parameters (so it refuses Route 53's
  good signatures), a form encoded anew (so it refuses who writes %20 for +). Here it gets the body's own bytes.
"""
import io
import threading

import moto.server as moto
from moto.iam.access_control import IAMRequestBase


class Server(moto.DomainDispatcherApplication):
    def __call__(self, environ, start_response):
        origin = environ.get("HTTP_ORIGIN")
        if origin is None:
            return self.checked(environ, start_response)
        readable = [("Access-Control-Allow-Origin", origin), ("Access-Control-Expose-Headers", "*"), ("Vary", "Origin")]
        method = environ.get("HTTP_ACCESS_CONTROL_REQUEST_METHOD")
        if environ["REQUEST_METHOD"] == "OPTIONS" and method:
            headers = environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", "")
            allowed = [("Access-Control-Allow-Methods", method), ("Access-Control-Allow-Headers", headers)]
            start_response("204 No Content", readable + allowed)
            return []

        def start(status, headers, exc_info=None):
            rest = [pair for pair in headers if not pair[0].lower().startswith("access-control-")]
            return start_response(status, rest + readable, exc_info)

        return self.checked(environ, start)

    def checked(self, environ, start_response):
        sent.form = None
        if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
            sent.form = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            environ["wsgi.input"] = io.BytesIO(sent.form)
        try:
            return super().__call__(environ, start_response)
        except KeyError as error:
            if error.args != ("HTTP_AUTHORIZATION",):
                raise
            start_response("403 Forbidden", [("Content-Type", "application/xml")])
            return [b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"]


# Each request has a thread of its own.
sent = threading.local()


def request_as_sent(self):
    request = as_moto_sees_it(self)
    request.data = self._body or b"" if sent.form is None else sent.form
    return request


as_moto_sees_it = IAMRequestBase._create_aws_request
IAMRequestBase._create_aws_request = request_as_sent
moto.DomainDispatcherApplication = Server
moto.main()
