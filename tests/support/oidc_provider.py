"""An OpenID Connect provider on loopback: it signs in whoever it was told to, without asking.

Speaks discovery, the code flow with PKCE, the token and the userinfo endpoints
(OpenID Connect Core 1.0, RFC 7636).
"""

import base64
import hashlib
import json
import secrets
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt

CLIENT = "jobsmith"
SECRET = "a-client-secret-for-tests"


class Provider:
    """A provider with one person signed in: ``claims`` says who. ``broken`` answers only 500."""

    def __init__(self) -> None:
        self.claims: dict[str, Any] = {"sub": "1", "preferred_username": "olga"}
        self.broken = False
        self.denies = False
        self.codes: dict[str, dict[str, str]] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self.issuer = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "Provider":
        Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _e: BaseException | None, _t: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def discovery(self) -> dict[str, Any]:
        addresses = {
            f"{name}_endpoint": f"{self.issuer}/{name}"
            for name in ("authorization", "token", "userinfo")
        }
        methods = ["client_secret_post"]
        return {
            "issuer": self.issuer,
            "jwks_uri": f"{self.issuer}/jwks",
            "token_endpoint_auth_methods_supported": methods,
            **addresses,
        }

    def sent_back(self, asked: dict[str, str]) -> str:
        """The address that the browser is sent back to."""
        told = {"state": asked["state"]}
        if self.denies:
            told["error"] = "access_denied"
        else:
            told["code"] = secrets.token_urlsafe()
            self.codes[told["code"]] = asked
        return f"{asked['redirect_uri']}?{urlencode(told)}"

    def token(self, sent: dict[str, str]) -> dict[str, Any] | None:
        """The answer to a code, which counts once; None where something about it is wrong."""
        asked = self.codes.pop(sent.get("code", ""), None)
        digest = hashlib.sha256(sent.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        right = asked is not None and asked["code_challenge"] == challenge
        if not right or (sent["client_id"], sent["client_secret"]) != (CLIENT, SECRET):
            return None
        told = {
            "iss": self.issuer,
            "aud": CLIENT,
            "exp": int(time.time()) + 60,
            "iat": int(time.time()),
        }
        token = jwt.encode(
            self.claims | told, "not checked, as TLS vouches for it".ljust(32), "HS256"
        )
        return {"access_token": "opens-userinfo", "token_type": "Bearer", "id_token": token}


def _handler_of(provider: Provider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            if provider.broken:
                self._answer(500, {"error": "out of order"})
            elif parts.path == "/authorization":
                self._answer(302, {}, Location=provider.sent_back(dict(parse_qsl(parts.query))))
            else:
                told = provider.claims if parts.path == "/userinfo" else provider.discovery()
                self._answer(200, told)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            answer = provider.token(dict(parse_qsl(body)))
            self._answer(400 if answer is None else 200, answer or {"error": "invalid_grant"})

        def _answer(self, status: int, content: dict[str, Any], **headers: str) -> None:
            body = json.dumps(content).encode()
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    return Handler
