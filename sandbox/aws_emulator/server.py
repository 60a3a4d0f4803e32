"""The HTTP server: every service of moto on one port, as moto's own server has it."""

import logging

from moto.core.responses import BaseResponse
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import BaseWSGIServer, make_server

from . import authorization, delivery, dynamodb, identity, service, sqs


def create_server(host: str, port: int, region: str) -> BaseWSGIServer:
    """A bound server, not serving yet. `region` is that of requests that name none."""
    for extension in (authorization, delivery, dynamodb, identity, service, sqs):
        extension.install()
    BaseResponse.default_region = region
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    application = DomainDispatcherApplication(create_backend_app)
    return make_server(host, port, application, threaded=True, request_handler=MotoRequestHandler)
