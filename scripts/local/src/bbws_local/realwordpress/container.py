"""The containers of all tenants, as the simulator's load balancer sees them."""

import http.client
from typing import Final

from werkzeug.wrappers import Request, Response

from bbws_local.serving import LOOPBACK

_SECONDS: Final = 120
# Of this connection, and not of what is carried over it (RFC 9110, section 7.6.1).
_OF_THE_CONNECTION: Final = frozenset({"connection", "keep-alive", "transfer-encoding", "te"})


class RealContainers:
    """Hands requests to the PHP server behind a port."""

    def __init__(self, port: int) -> None:
        self._port = port

    def answer(self, request: Request) -> Response:
        """What WordPress answers, as it is."""
        connection = http.client.HTTPConnection(LOOPBACK, self._port, timeout=_SECONDS)
        headers = {
            name: value
            for name, value in request.headers.items()
            if name.lower() not in _OF_THE_CONNECTION
        }
        path = request.full_path if request.query_string else request.path
        try:
            connection.request(request.method, path, request.get_data(), headers)
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        told = [
            (name, value)
            for name, value in answer.getheaders()
            if name.lower() not in _OF_THE_CONNECTION | {"host", "content-length"}
        ]
        return Response(body, answer.status, told)
