"""`python -m aws_emulator --host 127.0.0.1 --port 4566`: runs until SIGTERM or SIGINT."""

import argparse
import signal
import sys
from typing import Any

from .server import create_server


def main() -> None:
    parser = argparse.ArgumentParser(prog="aws_emulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to bind")
    parser.add_argument("--port", type=int, default=4566, help="port to bind; 0 takes a free one")
    parser.add_argument("--region", default="us-east-1", help="region of requests that name none")
    options = parser.parse_args()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)
    server = create_server(options.host, options.port, options.region)
    print(f"aws_emulator listens on http://{options.host}:{server.server_port}", flush=True)
    server.serve_forever()


def _stop(signum: int, frame: Any) -> None:
    sys.exit(0)


if __name__ == "__main__":
    main()
