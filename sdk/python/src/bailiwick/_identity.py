"""Enrolling once, and being the same instance at every later start."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import stat
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Union

import httpx

from ._jose import InstanceKey, b64url

JoinToken = Union[str, Callable[[], str]]


class BailiwickError(Exception):
    """A "no" of the control program, in the three fields that every refusal has."""

    def __init__(self, code: str, message: str, suggested_action: str = "") -> None:
        super().__init__(f"{message} ({code})" + (f"; {suggested_action}" if suggested_action else ""))
        self.code = code
        self.message = message
        self.suggested_action = suggested_action


@dataclass(frozen=True)
class Identity:
    """Who this running copy of an agent is. ``repr`` does not show its key."""

    tenant: str
    agent: str
    instance: str
    issuer: str
    control: str
    gateway: str
    key: InstanceKey


def refusal_of(response: httpx.Response) -> BailiwickError:
    try:
        body = response.json()
    except ValueError:
        body = {}
    told: dict[str, Any] = body if isinstance(body, dict) else {}
    return BailiwickError(
        str(told.get("code", "gateway/internal")),
        str(told.get("message", f"status {response.status_code}")),
        str(told.get("suggestedAction", "")),
    )


def enrol(*, control: str, gateway: str, join_token: str, timeout: float = 30.0) -> Identity:
    """Spends a join token and enrols a new key; the token is worth nothing afterwards."""
    key = InstanceKey.generate()
    digest = b64url(hashlib.sha256(join_token.encode("utf-8")).digest())
    proof = key.sign({"typ": "bailiwick-enrol+jwt"}, {"iat": int(time.time()), "jth": digest})
    body = {"joinToken": join_token, "jwk": key.jwk, "proof": proof}
    # No credential follows a redirect.
    with httpx.Client(timeout=timeout, follow_redirects=False) as client:
        response = client.post(f"{control.rstrip('/')}/v1/enrol", json=body)
    if response.status_code != 200:
        raise refusal_of(response)
    told = response.json()
    return Identity(
        tenant=told["tenant"],
        agent=told["agent"],
        instance=told["instance"],
        issuer=told["issuer"],
        control=control,
        gateway=gateway,
        key=key,
    )


def save_identity(file: Union[str, Path], identity: Identity) -> None:
    """Readable by its owner alone; a crash leaves the old file or the new one."""
    path = Path(file)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    members = {
        "tenant": identity.tenant,
        "agent": identity.agent,
        "instance": identity.instance,
        "issuer": identity.issuer,
        "control": identity.control,
        "gateway": identity.gateway,
        "key": identity.key.to_pem(),
    }
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            json.dump(members, out)
            out.flush()
            os.fsync(out.fileno())
        os.replace(fresh, path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise


def load_identity(file: Union[str, Path]) -> Identity:
    """The same file that the SDK for Node writes. One that others may read is refused."""
    path = Path(file)
    with path.open("r", encoding="utf-8") as given:
        mode = os.fstat(given.fileno()).st_mode
        if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
            raise BailiwickError(
                "sdk/identity-exposed",
                f"others may read {path}",
                "enrol a new instance and keep its file to yourself",
            )
        told = json.load(given)
    members = {
        name: str(told[name])
        for name in ("tenant", "agent", "instance", "issuer", "control", "gateway")
    }
    return Identity(**members, key=InstanceKey.from_pem(told["key"]))


def open_identity(
    file: Union[str, Path], *, control: str, gateway: str, join_token: JoinToken | None = None
) -> Identity:
    """Loads what is kept, else enrols. What is kept is never replaced: a revoked instance stays so."""
    try:
        return load_identity(file)
    except FileNotFoundError:
        pass
    token = join_token() if callable(join_token) else join_token
    if token is None:
        raise BailiwickError(
            "sdk/not-enrolled",
            f"no identity is kept in {file}",
            "get a join token with `bailiwick agent token NAME`",
        )
    identity = enrol(control=control, gateway=gateway, join_token=token)
    save_identity(file, identity)
    return identity
