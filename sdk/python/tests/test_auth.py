from __future__ import annotations

import base64
import json
import os
import stat
from pathlib import Path
from typing import Any

import httpx
import pytest
from bailiwick import BailiwickAuth, BailiwickError, Identity, load_identity, open_identity, save_identity
from bailiwick._jose import InstanceKey
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

CONTROL = "http://control.test"
GATEWAY = "http://gateway.test:7080/mcp"


def identity() -> Identity:
    return Identity("main", "worker", "i-1", "https://issuer", CONTROL, GATEWAY, InstanceKey.generate())


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def claims_of(proof: str) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(unb64(proof.split(".")[1]))
    return value


class Far:
    """Both programs: tokens for everybody, a nonce that has to be repeated."""

    def __init__(self) -> None:
        self.tokens = 0
        self.proofs: list[dict[str, Any]] = []
        self.refused_tokens: set[str] = set()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.host == "control.test":
            self.tokens += 1
            return httpx.Response(200, json={"access_token": f"t{self.tokens}", "expires_in": 900})
        proof = claims_of(request.headers["dpop"])
        self.proofs.append(proof)
        if request.headers["authorization"].split(" ")[1] in self.refused_tokens:
            return httpx.Response(401, headers={"www-authenticate": 'DPoP error="invalid_token"'})
        if proof.get("nonce") != "n-1":
            return httpx.Response(
                401,
                headers={"www-authenticate": 'DPoP error="use_dpop_nonce"', "dpop-nonce": "n-1"},
            )
        return httpx.Response(200, content=request.content)


def test_proves_every_request_and_repeats_it_with_the_nonce() -> None:
    far = Far()
    with httpx.Client(transport=httpx.MockTransport(far), auth=BailiwickAuth(identity())) as client:
        assert client.post(f"{GATEWAY}?a=1", content=b"body").content == b"body"
        assert client.post(GATEWAY, content=b"again").status_code == 200
    assert far.tokens == 1
    assert [proof.get("nonce") for proof in far.proofs] == [None, "n-1", "n-1"]
    assert far.proofs[0]["htu"] == GATEWAY
    assert len({proof["jti"] for proof in far.proofs}) == 3


def test_gets_a_new_token_when_its_own_is_refused() -> None:
    far = Far()
    far.refused_tokens.add("t1")
    with httpx.Client(transport=httpx.MockTransport(far), auth=BailiwickAuth(identity())) as client:
        assert client.post(GATEWAY, content=b"x").status_code == 200
    assert far.tokens == 2


def test_gives_nothing_to_another_origin() -> None:
    far = Far()
    with httpx.Client(transport=httpx.MockTransport(far), auth=BailiwickAuth(identity())) as client:
        with pytest.raises(BailiwickError, match="only"):
            client.get("http://elsewhere.test/mcp")
    assert far.proofs == []


def test_signs_what_the_public_key_verifies() -> None:
    key = InstanceKey.generate()
    head, body, signature = key.sign({"typ": "JWT"}, {"a": 1}).split(".")
    raw = unb64(signature)
    r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    numbers = ec.EllipticCurvePublicNumbers(
        int.from_bytes(unb64(key.jwk["x"]), "big"),
        int.from_bytes(unb64(key.jwk["y"]), "big"),
        ec.SECP256R1(),
    )
    numbers.public_key().verify(
        encode_dss_signature(r, s), f"{head}.{body}".encode(), ec.ECDSA(hashes.SHA256())
    )


def test_keeps_its_identity_to_itself(tmp_path: Path) -> None:
    file = tmp_path / "worker.json"
    mine = identity()
    save_identity(file, mine)
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600
    again = open_identity(file, control=CONTROL, gateway=GATEWAY)
    assert again.key.thumbprint == mine.key.thumbprint
    assert "PRIVATE" not in repr(again)
    os.chmod(file, 0o644)
    with pytest.raises(BailiwickError, match="others may read"):
        load_identity(file)


def test_says_what_to_do_when_it_is_not_enrolled(tmp_path: Path) -> None:
    with pytest.raises(BailiwickError, match="bailiwick agent token"):
        open_identity(tmp_path / "none.json", control=CONTROL, gateway=GATEWAY)
