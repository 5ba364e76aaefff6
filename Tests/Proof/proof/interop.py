"""The second implementation of format v1 (Tests/Interop), for whoever knows keys: an attacker, or a search for them."""

import sys

from .binary import ROOT

sys.path.insert(0, str(ROOT / "Tests/Interop"))

import audit_chain  # noqa: E402
import format_v1 as v1  # noqa: E402
from decode import Decoder, recovery_key  # noqa: E402

__all__ = ["Decoder", "audit_chain", "recovery_key", "v1", "unlocked"]


def unlocked(vault):
    """A decoder that has the root key of the vault's key file."""
    decoder = Decoder(vault.database)
    decoder.unlock(("file",), vault.key.read_bytes())
    return decoder
