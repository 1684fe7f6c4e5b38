"""Addresses that nothing is fetched from, told by real connections."""

import socket
import threading
from collections.abc import Sequence

import pytest
from pytest_django import Settings

from jobsmith.egress import is_closed
from jobsmith.errors import SourceBroken
from jobsmith.sources.git.fetch import Remote, fetch
from tests.support.git_server import GitFolder, GitServer
from tests.support.job_files import jobsmith_settings

from .conftest import TOKEN

CLOSED = "The address leads to 127.0.0.1, from where nothing is fetched unless the setting"


def closing(settings: Settings, allowed: Sequence[str] = ()) -> None:
    settings.JOBSMITH = jobsmith_settings(GIT_ALLOWED_NETWORKS=tuple(allowed))


@pytest.mark.parametrize("address", ["http://{}:{}/x", "ssh://git@{}:{}/x"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_loopback_is_never_asked(settings: Settings, address: str, host: str) -> None:
    closing(settings)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = address.format(host, listener.getsockname()[1])
        with pytest.raises(SourceBroken, match="from where nothing is fetched"):
            fetch(Remote(url=url, ref="main"))
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_a_redirect_leads_nowhere_else(
    folder: GitFolder, server: GitServer, settings: Settings
) -> None:
    closing(settings, ["127.0.0.2/32"])
    folder.commit({"a.py": "1\n"})

    def answer(listener: socket.socket) -> None:
        with listener.accept()[0] as peer:
            peer.recv(65536)
            to = f"{server.url('nets')}/info/refs?service=git-upload-pack"
            head = f"HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n"
            peer.sendall(head.encode())

    with socket.create_server(("127.0.0.2", 0)) as listener:
        thread = threading.Thread(target=answer, args=(listener,))
        thread.start()
        url = f"http://127.0.0.2:{listener.getsockname()[1]}/x"
        with pytest.raises(SourceBroken, match=CLOSED):
            fetch(Remote(url=url, ref="main", token=TOKEN))
        thread.join()
    assert server.asked == []


@pytest.mark.parametrize(
    ("host", "closed"),
    [
        *[(each, True) for each in ("127.9.9.9", "0.0.0.0", "169.254.169.254", "224.0.0.1")],
        *[(each, True) for each in ("::1", "::", "fe80::1%eth0", "ff02::1", "fd00:ec2::254")],
        *[(each, True) for each in ("::ffff:127.0.0.1", "64:ff9b::7f00:1", "100.100.100.200")],
        *[(each, False) for each in ("10.0.0.8", "192.168.1.1", "172.16.0.1", "fd12::1")],
        *[(each, False) for each in ("93.184.216.34", "2606:2800::1", "64:ff9b::5db8:d822")],
    ],
)
def test_closed_networks(host: str, closed: bool) -> None:
    assert is_closed(host, ()) is closed


def test_named_networks_are_open() -> None:
    assert not is_closed("127.0.0.1", ["::1/128", "127.0.0.0/8"])
