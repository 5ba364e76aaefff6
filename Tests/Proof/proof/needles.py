"""Secrets as they might stand somewhere: raw, in hex, base64, base64url, percent-encoded."""

import base64
from dataclasses import dataclass
from urllib.parse import quote_from_bytes


@dataclass(frozen=True)
class Canary:
    """A secret that was planted. `is_key`: one of the vault's own, which may live in locked memory and nowhere else."""

    name: str
    value: bytes
    is_key: bool = False


def traces(secret):
    """Every encoding to look for, with its name."""
    yield "raw", secret
    yield "hex", secret.hex().encode()
    yield "HEX", secret.hex().upper().encode()
    if quote_from_bytes(secret, safe="") != secret.decode("latin-1"):
        yield "percent", quote_from_bytes(secret, safe="").encode()
    for shift in range(3):
        # Whole groups of three bytes only: the characters at the edges depend on the neighbours.
        whole = secret[shift:]
        whole = whole[: len(whole) // 3 * 3]
        yield "base64", base64.b64encode(whole)
        yield "base64url", base64.urlsafe_b64encode(whole)


class Haystack:
    """Looks for all canaries at once, in anything that has bytes."""

    def __init__(self, canaries):
        self.needles = {}
        for canary in canaries:
            for encoding, needle in traces(canary.value):
                self.needles.setdefault(needle, (canary, encoding))

    def found(self, haystack):
        """`[(canary, encoding, offset)]`, every occurrence."""
        hits = []
        for needle, (canary, encoding) in self.needles.items():
            at = haystack.find(needle)
            while at >= 0:
                hits.append((canary, encoding, at))
                at = haystack.find(needle, at + 1)
        return hits
