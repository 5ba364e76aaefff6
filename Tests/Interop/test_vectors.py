"""The vectors open with the decoder, and the script that made them still makes the same bytes."""

import base64
import json
import pathlib

import audit_chain
import format_v1 as v1
import make_vectors
import pytest
from nacl import bindings

FOLDER = pathlib.Path(__file__).resolve().parents[1] / "SealingTests" / "Vectors"
VALUES = sorted(path.stem for path in FOLDER.glob("value-*.json"))


def load(name):
    return json.loads((FOLDER / f"{name}.json").read_text())


def unhex(text):
    return bytes.fromhex(text)


def generation(vector):
    keys, place = vector["generation"], vector["context"]
    return v1.Generation.unwrap(
        unhex(keys["wrapped"]), keys["number"], unhex(keys["public_key"]), unhex(vector["root_key"]), place["vault"],
        place["workspace"])


def open_vector(vector, **changes):
    fields = {name: unhex(vector[name]) for name in ("header", "payload")} | {"context": vector["context"]} | changes
    number = vector["generation"]["number"]
    return v1.open_value(generation(vector), number, fields["header"], fields["payload"], fields["context"], "vector")


def test_all_of_them_are_here():
    assert len(VALUES) == 5
    assert {path.stem for path in FOLDER.glob("*.json")} == set(make_vectors.VECTORS)


def test_the_script_makes_the_same_bytes(tmp_path):
    make_vectors.main(tmp_path)
    for path in FOLDER.glob("*.json"):
        assert (tmp_path / path.name).read_bytes() == path.read_bytes(), path.name


@pytest.mark.parametrize("name", VALUES)
def test_values_open(name):
    vector = load(name)
    assert open_vector(vector) == unhex(vector["plaintext"])
    # libsodium's own crypto_box_seal_open agrees with the deterministic sealing of the script
    keys = vector["generation"]
    opened = bindings.crypto_box_seal_open(
        unhex(vector["header"]), unhex(keys["public_key"]), unhex(keys["secret_key"]))
    assert opened == unhex(vector["header_plaintext"])


@pytest.mark.parametrize("name", VALUES)
def test_values_open_nowhere_else(name):
    vector = load(name)
    for field, value in vector["context"].items():
        other = (value + 1) % 2**64 if field == "version" else value + "x"
        with pytest.raises(v1.Mismatch):
            open_vector(vector, context=vector["context"] | {field: other})


@pytest.mark.parametrize("part", ["header", "payload"])
def test_every_changed_byte_is_refused(part):
    vector = load("value-credential")
    whole = unhex(vector[part])
    for index in range(len(whole)):
        changed = whole[:index] + bytes([whole[index] ^ 0x80]) + whole[index + 1 :]
        with pytest.raises(v1.Mismatch):
            open_vector(vector, **{part: changed})


def test_fields_of_the_credential():
    vector = load("value-credential")
    fields = v1.credential_fields(unhex(vector["plaintext"]), "vector")
    assert fields == [(field["name"], unhex(field["value"])) for field in vector["fields"]]


def test_slots_give_the_root_key():
    slot, recovery = load("slot-file"), load("slot-recovery")
    aad = v1.slot_aad(slot["vault"], slot["slot"], slot["kind"], unhex(slot["parameters"]))
    assert v1.aead_open(unhex(slot["wrapped"]), aad, unhex(slot["kek"]), "slot") == unhex(slot["root_key"])
    typed = load("slot-passphrase")
    aad = v1.slot_aad(typed["vault"], typed["slot"], typed["kind"], unhex(typed["parameters"]))
    kek = v1.passphrase_key(unhex(typed["passphrase"]), unhex(typed["parameters"]), "slot")
    assert v1.aead_open(unhex(typed["wrapped"]), aad, kek, "slot") == unhex(typed["root_key"])
    opened = v1.box_open(unhex(recovery["wrapped"]), unhex(recovery["recovery_secret_key"]), "slot")
    assert opened == unhex(recovery["root_key"])
    proven = load("slot-recovery-proven")
    place = proven["vault"], proven["slot"], unhex(proven["parameters"])
    secret_key, wrapped = unhex(proven["recovery_secret_key"]), unhex(proven["wrapped"])
    assert v1.recovery_open(wrapped, *place, secret_key, "slot") == unhex(proven["root_key"])
    with pytest.raises(v1.Mismatch):
        v1.recovery_open(wrapped[:80] + bytes(32), *place, secret_key, "slot")


def test_what_the_root_key_wraps():
    vector = load("wraps")
    root = unhex(vector["root_key"])
    numbers = {number: purpose for purpose, number in v1.PURPOSES.items()}
    opened = {}
    for wrap in vector["wraps"]:
        purpose = numbers[wrap["number"]]
        opened[purpose] = v1.aead_open(
            unhex(wrap["wrapped"]), unhex(wrap["associated_data"]), v1.subkey(root, purpose), purpose)
        assert opened[purpose] == unhex(wrap["plaintext"])
    assert v1.blake2b(unhex(vector["refresh_token"]), opened["fingerprint"]) == unhex(vector["fingerprint"])


def test_the_audit_log_is_followed():
    vector = load("audit-log")
    first_key = base64.urlsafe_b64decode(vector["first_key"].removeprefix("reseal_audit_") + "=")
    assert audit_chain.of_export("\n".join(vector["export"]), first_key) == vector["head"]
    assert vector["digest"] in vector["export"][4]
