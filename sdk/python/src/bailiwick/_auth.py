"""DPoP (RFC 9449): a token of a quarter of an hour, and a proof for every request.

For httpx, and for httpx2, which ``mcp`` 2.x uses.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from typing import TYPE_CHECKING, AsyncGenerator, Generator, Optional
from urllib.parse import urlencode

import httpx

from ._identity import BailiwickError, Identity, refusal_of
from ._jose import b64url

try:
    import httpx2
except ImportError:
    httpx2 = None

if TYPE_CHECKING:
    _Base = httpx.Auth
elif httpx2 is None:
    _Base = httpx.Auth
else:
    # A client takes only an auth of its own library. Both have the same flows, so one class is both.
    class _Base(httpx.Auth, httpx2.Auth):
        pass


_RENEW_BEFORE_SECONDS = 60.0
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_MOST_TRIES = 3


class BailiwickAuth(_Base):
    """Proves the key of its instance on every request, to its gateway and to nobody else.

    It renews its token in time, learns the nonce of the gateway from every answer, and repeats a
    request that was refused for its nonce or token alone. Works with ``httpx.Client`` and
    ``httpx.AsyncClient``, with those of ``httpx2`` where it is installed, and streams stay streams.
    """

    # A request that is sent again must be there whole.
    requires_request_body = True

    def __init__(self, identity: Identity) -> None:
        self._identity = identity
        self._origin = _origin(httpx.URL(identity.gateway))
        self._token: Optional[str] = None
        self._expires_at = 0.0
        self._nonce: Optional[str] = None

    def sync_auth_flow(
        self, request: httpx.Request
    ) -> Generator[httpx.Request, httpx.Response, None]:
        self._check(request)
        request.read()
        for left in reversed(range(_MOST_TRIES)):
            if self._is_stale():
                answer = yield self._token_request(type(request))
                answer.read()
                self._take_token(answer)
            self._prove(request)
            answer = yield request
            if left == 0 or not self._should_repeat(answer):
                return
            answer.read()

    async def async_auth_flow(
        self, request: httpx.Request
    ) -> AsyncGenerator[httpx.Request, httpx.Response]:
        self._check(request)
        await request.aread()
        for left in reversed(range(_MOST_TRIES)):
            if self._is_stale():
                answer = yield self._token_request(type(request))
                await answer.aread()
                self._take_token(answer)
            self._prove(request)
            answer = yield request
            if left == 0 or not self._should_repeat(answer):
                return
            await answer.aread()

    def _check(self, request: httpx.Request) -> None:
        if _origin(request.url) != self._origin:
            raise BailiwickError(
                "sdk/other-origin",
                f"the credentials of this agent are for {self._origin} only",
            )

    def _is_stale(self) -> bool:
        return self._token is None or self._expires_at - time.time() < _RENEW_BEFORE_SECONDS

    def _token_request(self, kind: type[httpx.Request]) -> httpx.Request:
        identity = self._identity
        now = int(time.time())
        assertion = identity.key.sign(
            {"typ": "JWT", "kid": identity.key.thumbprint},
            {
                "iss": identity.instance,
                "sub": identity.instance,
                "aud": identity.issuer,
                "iat": now,
                "exp": now + 60,
                "jti": b64url(secrets.token_bytes(16)),
            },
        )
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": _ASSERTION,
            "client_assertion": assertion,
        }
        return kind(
            "POST",
            f"{identity.control.rstrip('/')}/v1/token",
            headers={"content-type": "application/x-www-form-urlencoded"},
            content=urlencode(form).encode("ascii"),
        )

    def _take_token(self, answer: httpx.Response) -> None:
        if answer.status_code != 200:
            raise refusal_of(answer)
        told = answer.json()
        self._token = str(told["access_token"])
        self._expires_at = time.time() + float(told["expires_in"])

    def _prove(self, request: httpx.Request) -> None:
        token = self._token or ""
        url = request.url
        claims: dict[str, object] = {
            "jti": b64url(secrets.token_bytes(16)),
            "htm": request.method,
            "htu": f"{_origin(url)}{url.path}",
            "iat": int(time.time()),
            "ath": b64url(hashlib.sha256(token.encode("ascii")).digest()),
        }
        if self._nonce is not None:
            claims["nonce"] = self._nonce
        key = self._identity.key
        request.headers["authorization"] = f"DPoP {token}"
        request.headers["dpop"] = key.sign({"typ": "dpop+jwt", "jwk": key.jwk}, claims)

    def _should_repeat(self, answer: httpx.Response) -> bool:
        self._nonce = answer.headers.get("dpop-nonce", self._nonce)
        if answer.status_code != 401:
            return False
        challenge = answer.headers.get("www-authenticate", "")
        if "invalid_token" in challenge:
            self._token = None
            return True
        return "use_dpop_nonce" in challenge


def _origin(url: httpx.URL) -> str:
    port = "" if url.port is None else f":{url.port}"
    host = f"[{url.host}]" if ":" in url.host else url.host
    return f"{url.scheme}://{host}{port}"
