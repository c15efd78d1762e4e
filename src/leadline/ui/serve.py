"""The page on 127.0.0.1: its port, its address, its browser, and its end."""

from __future__ import annotations

import contextlib
import socket
import sys
from collections.abc import Callable
from pathlib import Path

from leadline.errors import ArgumentError
from leadline.record import Record

__all__ = ["serve"]


def serve(record: Record, port: int, tell: Callable[[str], None]) -> None:
    """Shows a record to the browser of the person who asks, until Ctrl-C or a signal ends it.

    Args:
        record: The record.
        port: Where to listen on 127.0.0.1; 0 for any port that is free.
        tell: Told the address, with the token that opens it, once it can be opened.

    Raises:
        ArgumentError: Starlette or uvicorn is not installed; or the port is taken, or is none.
    """
    try:
        import uvicorn

        from leadline.ui.app import application
        from leadline.ui.guard import Key
        from leadline.ui.start import Starter
    except ImportError:
        raise ArgumentError("The page needs Starlette and uvicorn. Install them: pip install 'leadline[ui]'.") from None
    with contextlib.closing(_listening(port)) as listening:
        key, starter = Key(listening.getsockname()[1]), Starter(Path(record.database.path))
        config = uvicorn.Config(
            application(record, key, starter),
            http="h11",
            ws="none",
            loop="asyncio",
            lifespan="on",
            log_level="warning",
            access_log=False,  # it would hold the token
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=3,
        )
        tell(key.address)  # whoever connects before the server runs waits in the socket's queue
        try:
            with contextlib.suppress(KeyboardInterrupt):
                uvicorn.Server(config).run(sockets=[listening])
        finally:
            starter.end_all()


def _listening(port: int) -> socket.socket:
    found = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if sys.platform != "win32":  # there it would let two servers share a port
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind(("127.0.0.1", port))
        found.listen()
    except (OSError, OverflowError) as error:
        found.close()
        raise ArgumentError(
            f"Port {port} of 127.0.0.1 cannot be had ({error}). Name another, or take any that is free: --port 0."
        ) from None
    return found
