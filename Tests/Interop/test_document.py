"""docs/format.md says what is true: its tables and its worked example, against the decoder and the vectors."""

import json
import pathlib
import re

import format_v1 as v1

ROOT = pathlib.Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs/format.md").read_text()


def test_the_columns_are_the_documented_ones():
    rows = re.findall(r"^\| `(\w+)` \| (`\w+`(?: `\w+`)+) \|$", TEXT, re.MULTILINE)
    documented = {table: columns.replace("`", "").split() for table, columns in rows}
    assert documented == v1.VAULT_TABLES | v1.WORKSPACE_TABLES


def test_the_worked_example_is_the_vector():
    blocks = TEXT.split("## A worked example")[1].split("```")
    values, macs = blocks[1], blocks[3]
    vector = (ROOT / "Tests/SealingTests/Vectors/value-credential.json").read_text()
    rows = (ROOT / "Tests/SealingTests/Vectors/row-mac.json").read_text()
    for block, source in ((values, vector), (macs, rows)):
        found = re.findall(r"\b[0-9a-f]{64}\b", block)
        assert len(found) >= 2
        known = source + v1.subkey(bytes.fromhex(json.loads(vector)["root_key"]), "workspace_key").hex()
        assert [text for text in found if text not in known] == []


def entry(name, end):
    """What stands on the page between two names of the example, the remarks on the right taken off."""
    part = TEXT.split("## A worked example")[1].split(f"\n{name} ", 1)[1].split(f"\n{end} ", 1)[0]
    lines = [re.split(r" {3,}(?=[a-z]{4})", line.strip())[0] for line in part.splitlines()]
    return bytes.fromhex("".join("".join(lines).split()))


def digest(name):
    return re.search(rf"^{name} +([0-9a-f]{{64}})$", TEXT, re.MULTILINE)[1]


def test_the_bytes_of_the_example_are_whole():
    assert v1.blake2b(entry("context", "ctx_hash")).hex() == digest("ctx_hash")
    assert v1.blake2b(entry("message", "mac"), bytes.fromhex(digest("key"))).hex() == digest("mac")
