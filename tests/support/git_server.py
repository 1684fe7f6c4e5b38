"""A real Git server on loopback (``git http-backend``), and repositories to serve."""

import base64
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO

CLEAN = {
    "PATH": os.environ["PATH"],
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_SYSTEM": "/dev/null",
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.com",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.com",
}


class GitFolder:
    """A repository with a working copy in which tests write commits."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(parents=True)
        self.git("init", "--quiet", "--initial-branch=main")
        self.git("config", "http.uploadpack", "true")
        self.git("config", "uploadpack.allowReachableSHA1InWant", "true")

    def git(self, *words: str, data: bytes | None = None) -> str:
        done = subprocess.run(
            ["git", *words], cwd=self.path, env=CLEAN, input=data, capture_output=True, check=True
        )
        return done.stdout.decode().strip()

    def write(self, files: Mapping[str, str | bytes | None]) -> None:
        """Write files; None takes one away."""
        for name, content in files.items():
            file = self.path / name
            if content is None:
                file.unlink()
                continue
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content if isinstance(content, bytes) else content.encode())

    def commit(self, files: Mapping[str, str | bytes | None], message: str = "Change") -> str:
        """A commit with these files on top; returns its hash."""
        self.write(files)
        self.git("add", "--all", "--force")
        self.git("commit", "--quiet", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")


class GitServer(ThreadingHTTPServer):
    """Serves all repositories below a folder to whoever knows the token, if there is one."""

    daemon_threads = True

    def __init__(self, folder: Path, token: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.folder, self.token = folder, token
        self.asked: list[str] = []
        self.gives_packs = True
        """Unset, it tells its branches and breaks when asked for commits."""

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.server_port}/{name}/.git"


class _Handler(BaseHTTPRequestHandler):
    server: GitServer

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        if not self._is_known():
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        path, _, query = self.path.partition("?")
        length = int(self.headers.get("Content-Length") or 0)
        body = self._body(length)
        if b"command=fetch" in body and not self.server.gives_packs:
            self.send_error(500)
            return
        env = CLEAN | {
            "GIT_PROJECT_ROOT": str(self.server.folder),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(length),
        }
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        with subprocess.Popen(["git", "http-backend"], env=env, **pipes) as backend:
            backend.stdin.write(body)
            backend.stdin.close()
            self._pass_on(backend.stdout)

    do_POST = do_GET

    def _body(self, length: int) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(length)
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        return body

    def _pass_on(self, output: IO[bytes]) -> None:
        headers: dict[str, str] = {}
        while line := output.readline().strip():
            name, _, value = line.decode().partition(": ")
            headers[name] = value
        self.send_response(int(headers.pop("Status", "200").split()[0]))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        with suppress(OSError):  # they may have had enough
            shutil.copyfileobj(output, self.wfile)

    def _is_known(self) -> bool:
        if not self.server.token:
            return True
        _, _, sent = self.headers.get("Authorization", "").partition(" ")
        return base64.b64decode(sent).decode().partition(":")[2] == self.server.token

    def log_message(self, format: str, *args: object) -> None:
        """Tests ask ``asked``."""


@contextmanager
def git_server(folder: Path, token: str = "") -> Iterator[GitServer]:
    """A server for the repositories below the folder."""
    server = GitServer(folder, token)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
