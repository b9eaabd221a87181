"""Speaking HTTP with nothing but the standard library: requests, answers that stream, and problems."""

import base64
import http.client
import json as json_text
import secrets
import ssl
from typing import Any, BinaryIO, Iterable, Iterator, Mapping
from urllib.parse import quote, urlencode, urlsplit

PIECE = 64 * 1024


class Problem(Exception):
    """An answer that is no success. `body` is what the server said, as JSON where it is JSON."""

    def __init__(self, status: int, body: Any):
        self.status, self.body = status, body
        super().__init__(f"status {status}: {body}")


class Answer:
    """An answer whose body has not been read. To be read, or closed; or used with `with`."""

    def __init__(self, connection: http.client.HTTPConnection, answer: http.client.HTTPResponse):
        self._connection, self._answer = connection, answer
        self.status, self.headers = answer.status, answer.headers

    def __enter__(self) -> "Answer":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Leaves the rest unread."""
        self._connection.close()

    def read(self) -> bytes:
        """All of it."""
        try:
            return self._answer.read()
        finally:
            self.close()

    def json(self) -> Any:
        """All of it, as JSON; None where there is nothing."""
        text = self.read()
        return json_text.loads(text) if text else None

    def pieces(self) -> Iterator[bytes]:
        """Piece by piece, in memory that does not grow."""
        try:
            while piece := self._answer.read1(PIECE):
                yield piece
        finally:
            self.close()

    def lines(self) -> Iterator[Any]:
        """Lines of JSON, as they come; empty ones only say that somebody is there."""
        try:
            while line := self._answer.readline():
                if line.strip():
                    yield json_text.loads(line)
        finally:
            self.close()


class Api:
    """Where an API is, and what opens it: a token, or a user and a password."""

    def __init__(
        self,
        url: str,
        *,
        token: str | None = None,
        user: str | None = None,
        password: str = "",
        timeout: float = 60,
        tls: ssl.SSLContext | None = None,
    ):
        address = urlsplit(url)
        self._base, self._timeout = address.path.rstrip("/"), timeout
        self._https, self._host, self._port = address.scheme == "https", address.hostname or "", address.port
        self._tls = tls or (ssl.create_default_context() if self._https else None)
        self._authorization = None
        if token is not None:
            self._authorization = f"Bearer {token}"
        elif user is not None:
            pair = base64.b64encode(f"{user}:{password}".encode()).decode()
            self._authorization = f"Basic {pair}"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._host!r})"

    @staticmethod
    def step(value: Any) -> str:
        """A value as one step of a path."""
        return quote(str(value), safe="")

    def ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, Any] | None = None,
        json: Any = None,
        form: Mapping[str, Any] | None = None,
        stream: bytes | BinaryIO | Iterable[bytes] | None = None,
        media_type: str = "application/json",
        accept: str = "application/json",
    ) -> Answer:
        """Sends a request; whatever is no success is raised as a `Problem`."""
        sent = {name: str(value) for name, value in (headers or {}).items() if value is not None}
        sent["Accept"] = accept
        if self._authorization:
            sent["Authorization"] = self._authorization
        body: Any = stream
        if json is not None:
            body = json_text.dumps(json).encode()
        elif form is not None:
            boundary = secrets.token_hex(16)
            body, media_type = _parts(form, boundary), f"multipart/form-data; boundary={boundary}"
        if body is not None:
            sent["Content-Type"] = media_type
        return self._send(method, self._base + path + _query(query or {}), body, sent)

    def _send(self, method: str, target: str, body: Any, headers: dict[str, str]) -> Answer:
        if self._https:
            connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                self._host, self._port, timeout=self._timeout, context=self._tls
            )
        else:
            connection = http.client.HTTPConnection(self._host, self._port, timeout=self._timeout)
        chunked = body is not None and not isinstance(body, bytes)
        try:
            connection.request(method, target, body, headers, encode_chunked=chunked)
            answer = Answer(connection, connection.getresponse())
        except BaseException:
            connection.close()
            raise
        if 200 <= answer.status < 300:
            return answer
        text = answer.read()
        try:
            said = json_text.loads(text) if text else None
        except ValueError:
            said = text.decode(errors="replace")
        raise Problem(answer.status, said)


def _query(values: Mapping[str, Any]) -> str:
    pairs = []
    for name, value in values.items():
        for one in value if isinstance(value, list) else [value]:
            if one is not None:
                pairs.append((name, str(one).lower() if isinstance(one, bool) else str(one)))
    return f"?{urlencode(pairs)}" if pairs else ""


class File:
    """A file of a form: its name, media type and content, which may be an open file."""

    def __init__(self, name: str, media_type: str, content: bytes | BinaryIO, title: str | None = None):
        self.name, self.media_type, self.content, self.title = name, media_type, content, title


def _parts(form: Mapping[str, Any], boundary: str) -> Iterator[bytes]:
    """A form: files (`File`, or a list of them) piece by piece, everything else as JSON."""
    for name, value in form.items():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, File):
                shown = (one.title or one.name).replace('"', "%22")
                head = f'name="{shown}"; filename="{one.name.replace(chr(34), "%22")}"\r\nContent-Type: {one.media_type}'
            else:
                head = f'name="{name}"\r\nContent-Type: application/json'
            yield f"--{boundary}\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode()
            if not isinstance(one, File):
                yield json_text.dumps(one).encode()
            elif isinstance(one.content, bytes):
                yield one.content
            else:
                while piece := one.content.read(PIECE):
                    yield piece
            yield b"\r\n"
    yield f"--{boundary}--\r\n".encode()
