"""The workspace key is replaced while the vault is in use."""

import re

from .transcript import wait_until

NOTHING_LEFT = re.compile(r"nothing is left under|under generation 2|generation 2 only", re.IGNORECASE)


def rotate(story):
    """the workspace key is replaced; nothing is left under the old one"""
    story.cli.run("key", "rotate", "--workspace", story.workspace)
    story.check(True, "reseal key rotate exited 0, the server running")
    wait_until("the rewrap", lambda: story.database.sealed_rows(generation_below=2) == 0, deadline=30)
    rows = story.database.rows("SELECT count(*) FROM credentials WHERE generation = 2")[0][0]
    story.check(rows >= story.version, f"all {rows} credential versions stand under generation 2, every sealed secret too")

    reply = story.fetch(valid_for=1)
    story.check(reply.status == 200 and reply.json["access_token"], "the credential opens")
    verified = story.cli.run("verify")
    line = NOTHING_LEFT.search(verified.text)
    story.check(line, "reseal verify: every row opens, and nothing is left under the old generation")
