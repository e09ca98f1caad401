"""The client of agents behind a Bailiwick gateway."""

from ._auth import BailiwickAuth
from ._identity import (
    BailiwickError,
    Identity,
    enrol,
    load_identity,
    open_identity,
    save_identity,
)

__all__ = [
    "BailiwickAuth",
    "BailiwickError",
    "Identity",
    "enrol",
    "load_identity",
    "open_identity",
    "save_identity",
]
