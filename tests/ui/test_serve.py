import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
from urllib.parse import urlsplit

import pytest
from tests.ui.conftest import walked

from leadline.errors import ArgumentError
from leadline.record import Record
from leadline.ui.serve import serve


def test_a_port_that_is_taken_is_refused_with_what_to_do(record):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(ArgumentError, match=f"Port {port} of 127.0.0.1 cannot be had .* --port 0"):
            serve(record, port, lambda address: pytest.fail("it was told where nothing listens"))


@pytest.mark.parametrize("missing", ["uvicorn", "starlette.applications"])
def test_without_the_extra_it_says_what_to_install(record, monkeypatch, missing):
    for name in [name for name in sys.modules if name.startswith("leadline.ui.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(ArgumentError, match=r"pip install 'leadline\[ui\]'"):
        serve(record, 0, pytest.fail)


@pytest.mark.parametrize(("sent", "status"), [(signal.SIGINT, 0), (signal.SIGTERM, -signal.SIGTERM)])
def test_the_command_prints_its_address_and_ends_cleanly(tmp_path, sent, status):
    with Record.open(tmp_path / "leadline.db") as book:
        walked(book)
    command = [
        sys.executable,
        "-c",
        "from leadline.cli import main; main()",
        "ui",
        "--port",
        "0",
        "--record",
        str(book.database.path),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ) as page:
        try:
            address = urlsplit(page.stdout.readline().strip())
            assert address.hostname == "127.0.0.1"
            with contextlib.closing(http.client.HTTPConnection(address.hostname, address.port, timeout=30)) as connection:
                connection.request("GET", f"/?{address.query}")
                answer = connection.getresponse()
                answer.read()
                assert answer.status == 303
                connection.request("GET", "/", headers={"Cookie": answer.headers["Set-Cookie"].partition(";")[0]})
                assert b"Run 1: " in connection.getresponse().read()
                page.send_signal(sent)  # while the browser's connection is open
                out, err = page.communicate(timeout=30)
        finally:
            page.kill()
    assert page.returncode == status
    assert out == ""
    assert "Traceback" not in err
    assert "token=" not in err
