"""Format v1 from docs/format.md alone: a second implementation, which shares no line with the Swift one.

Opening only checks what the document says, in its order; every failure is a `Mismatch` that names the thing.
"""

import hashlib
import struct

from nacl import bindings
from nacl.exceptions import CryptoError
from nacl.pwhash import argon2id

PURPOSES = {"workspace_key": 1, "vault_mac": 2, "fingerprint": 3, "audit": 4, "check": 5, "recovery_proof": 6}
OPENING_STATES = ("primary", "decrypt-only")
RECOVERY_PREFIX = "reseal_recovery_"

# The order of the columns in the MAC. `layout`, `mac_generation` and `mac` follow in the table, not in the MAC.
VAULT_TABLES = {
    "vault": "id vault created_at root_epoch layout_minimum incarnation held_below check_value mac_key fingerprint_key"
    " recovery_public_key audit_public_key",
    "root_slots": "slot kind parameters wrapped created_at",
    "workspaces": "workspace name origins policy created_at",
    "key_rings": "workspace epoch generations tainted_through",
    "workspace_keys": "workspace generation public_key wrapped created_at",
    "rotations": "workspace from_generation to_generation state table_index row_cursor rows_done run_rows"
    " run_started_at moved_at paused_at started_at ended_at",
    "transitions": "integration sequence at event from_state to_state reason_code grant_number version",
    "event_counters": "integration last",
    "events": "sequence workspace connector integration integration_sequence customer attempt type payload created_at",
    "spent_secrets": "workspace jti spent_at",
    "quarantine": "workspace row_table row_key generation found_at abandoned_at",
    "audit_changes": "sequence position row_table row_key digest",
    "audit_keys": "number first_sequence public_key endorsement wrapped created_at",
    "audit_horizon": "id through hash",
    "clock": "id boot boot_time wall jump doubted_until",
}
WORKSPACE_TABLES = {
    "certificates": "workspace kid spki state created_at",
    "connectors": "connector workspace slug provider client_id secret_version scopes identity_policy import_policy"
    " parameters created_at removed_at",
    "access_keys": "prefix workspace role hash created_at revoked_at disabled_at",
    "integrations": "integration workspace customer connector name lifecycle health reason_code since suspended_at"
    " grant_number current_version last_version actor tenant account_label parameters verified_at created_at",
    "credentials": "integration version workspace customer grant_number kind origin state scopes refreshable"
    " fingerprint lifetime expires_at created_at generation header payload",
    "sealed_secrets": "workspace name version customer integration created_at generation header payload",
    "attempts": "attempt workspace connector integration purpose authority state reason name client_state jti"
    " parameters opener_origin listener ticket_hash verifier_hash cookie_hash state_hash grant_number offered_label"
    " created_at expires_at ended_at",
    "refresh_attempts": "integration fence workspace grant_number used_version fingerprint state reason status"
    " retry_after started_at ended_at",
    "incidents": "incident workspace connector kind reason opened_at closed_at closed_by",
    "deadlines": "integration workspace grant_number at reason began_at notice_at told",
    "revocations": "revocation workspace integration connector actor parameters reason tries due_at expires_at"
    " created_at",
}
VAULT_TABLES = {table: columns.split() for table, columns in VAULT_TABLES.items()}
WORKSPACE_TABLES = {table: columns.split() for table, columns in WORKSPACE_TABLES.items()}


class Mismatch(Exception):
    """Something is not what a vault writes: names it, without a value."""


def lp(value):
    value = value.encode() if isinstance(value, str) else value
    return struct.pack("<I", len(value)) + value


def blake2b(message, key=b""):
    return hashlib.blake2b(message, digest_size=32, key=key).digest()


# --- keys ---------------------------------------------------------------------------------------------------------


def kdf(key, number):
    """libsodium's crypto_kdf: BLAKE2b with the master as key, the number as salt and the context as personalisation."""
    salt = struct.pack("<Q", number).ljust(16, b"\0")
    return hashlib.blake2b(b"", digest_size=32, key=key, salt=salt, person=b"resealR1".ljust(16, b"\0")).digest()


def subkey(root, purpose):
    return kdf(root, PURPOSES[purpose])


def aead_open(sealed, aad, key, what):
    if len(sealed) < 24 + 16 or len(key) != 32:
        raise Mismatch(what)
    try:
        return bindings.crypto_aead_xchacha20poly1305_ietf_decrypt(sealed[24:], aad, sealed[:24], key)
    except CryptoError:
        raise Mismatch(what) from None


def box_open(sealed, secret_key, what):
    try:
        return bindings.crypto_box_seal_open(sealed, bindings.crypto_scalarmult_base(secret_key), secret_key)
    except CryptoError:
        raise Mismatch(what) from None


def slot_aad(vault, slot, kind, parameters):
    return b"reseal/slot/v1" + lp(vault) + lp(slot) + lp(kind) + lp(parameters)


def recovery_proof(proof_key, vault, slot, parameters, box):
    return blake2b(slot_aad(vault, slot, "recovery", parameters) + box, proof_key)


def recovery_open(wrapped, vault, slot, parameters, secret_key, what):
    """R from a recovery slot: a box, and the proof that whoever sealed it had the recovery key or R."""
    box, proof = wrapped[:80], wrapped[80:]
    if proof != recovery_proof(kdf(secret_key, 1), vault, slot, parameters, box):
        raise Mismatch(what)
    return box_open(box, secret_key, what)


def passphrase_key(passphrase, parameters, what):
    """The key of a passphrase slot, if it asks for a derivation between MODERATE and SENSITIVE."""
    if len(parameters) != 33:
        raise Mismatch(what)
    version, operations, memory = struct.unpack("<BQQ", parameters[:17])
    if version != 1 or not 3 <= operations <= 4 or not 2**28 <= memory <= 2**30:
        raise Mismatch(what)
    return argon2id.kdf(32, passphrase, parameters[17:], opslimit=operations, memlimit=memory)


def vault_aad(what, vault):
    return f"reseal/{what}/v1".encode() + lp(vault)


def generation_aad(vault, workspace, generation, public_key):
    return b"reseal/gen/v1" + lp(vault) + lp(workspace) + struct.pack("<I", generation) + public_key


class Generation:
    """A workspace key: its secret half and its row-MAC key."""

    def __init__(self, number, secret_key, mac_key):
        self.number, self.secret_key, self.mac_key = number, secret_key, mac_key

    @classmethod
    def unwrap(cls, wrapped, number, public_key, root, vault, workspace):
        what = f"workspace_keys/{workspace}/{number}"
        aad = generation_aad(vault, workspace, number, public_key)
        both = aead_open(wrapped, aad, subkey(root, "workspace_key"), what)
        if len(both) != 64 or bindings.crypto_scalarmult_base(both[:32]) != public_key:
            raise Mismatch(what)
        return cls(number, both[:32], both[32:])


# --- sealed values ------------------------------------------------------------------------------------------------


def context_hash(vault, workspace, customer, integration, name, version):
    parts = b"".join(map(lp, (vault, workspace, customer, integration, name)))
    return blake2b(b"reseal/ctx/v1" + parts + struct.pack("<Q", version))


def ciphertext_hash(payload, ctx_hash):
    return blake2b(b"reseal/ct/v1" + payload + ctx_hash)


def open_value(generation, number, header, payload, context, what):
    """The plaintext of a sealed value, if it was sealed for exactly this place by this generation."""
    if number != generation.number or len(header) != 168:
        raise Mismatch(what)
    opened = box_open(header, generation.secret_key, what)
    fmt, algorithm, flags, inner_generation, version, created_at = struct.unpack("<BBHIQQ", opened[:24])
    data_key, inner_context, inner_ciphertext = opened[24:56], opened[56:88], opened[88:120]
    expected = context_hash(**context)
    if (len(opened), fmt, algorithm, flags) != (120, 1, 1, 0) or inner_generation != number:
        raise Mismatch(what)
    if version != context["version"] or inner_context != expected:
        raise Mismatch(what)
    if inner_ciphertext != ciphertext_hash(payload, expected):
        raise Mismatch(what)
    padded = aead_open(payload, b"reseal/pay/v1" + expected + bytes([algorithm]), data_key, what)
    stripped = padded.rstrip(b"\0")
    if len(padded) % 64 or not stripped.endswith(b"\x80") or len(padded) - len(stripped) >= 64:
        raise Mismatch(what)
    return stripped[:-1]


def credential_fields(plaintext, what):
    """`u8 1 ‖ u8 count ‖ (LP(name) ‖ LP(value))…`, in order."""

    def take(count):
        nonlocal position
        piece = plaintext[position : position + count]
        if len(piece) != count:
            raise Mismatch(what)
        position += count
        return piece

    def prefixed():
        return take(struct.unpack("<I", take(4))[0])

    position = 0
    if take(1) != b"\x01":
        raise Mismatch(what)
    fields = [(prefixed().decode(), prefixed()) for _ in range(take(1)[0])]
    if position != len(plaintext):
        raise Mismatch(what)
    return fields


# --- rows ---------------------------------------------------------------------------------------------------------


def column(value):
    if value is None:
        return lp(b"\0")
    if isinstance(value, int):
        return lp(b"\1" + struct.pack("<q", value))
    if isinstance(value, str):
        return lp(b"\2" + value.encode())
    return lp(b"\3" + value)


def row_mac(key, layout, table, values):
    message = b"reseal/row/v1" + bytes([layout]) + lp(table) + b"".join(map(column, values))
    return blake2b(message, key)


def parse_ring(text, what):
    """`1:disabled@1760000000000,2:primary` as a dictionary without the instants; exactly one generation is primary."""
    try:
        states = {int(number): state for number, state in (part.split(":") for part in text.split(","))}
        graces = {number: state.partition("@")[2] for number, state in states.items() if "@" in state}
        states = {number: state.partition("@")[0] for number, state in states.items()}
        if any(states[number] != "disabled" or int(end) < 0 for number, end in graces.items()):
            raise ValueError(text)
    except ValueError:
        raise Mismatch(what) from None
    if list(states.values()).count("primary") != 1 or len(states) != text.count(",") + 1:
        raise Mismatch(what)
    return states
