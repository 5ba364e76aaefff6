"""`kill -9` in the middle of a refresh: the provider has rotated the token, and nobody heard its answer."""

import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException

from .transcript import StoryError, wait_until

ANSWERS = (200, 409, 503)


def crash(story):
    """kill -9 of the server in the middle of a refresh"""
    story.sandbox.turn(slow_after_rotation_ms=20_000)
    with ThreadPoolExecutor(1) as callers:
        caught = callers.submit(until_cut_off, story)
        wait_until("a refresh under way", lambda: in_flight(story) or caught.done(), deadline=50, pause=0.05)
        story.check(in_flight(story), "a refresh is under way; the provider has rotated and not yet answered")
        story.server.kill()
        caught.result(timeout=30)
    story.check(story.server.running.returncode == -9, "the server is killed, kill -9")

    story.sandbox.turn(slow_after_rotation_ms=0, access_token_lifetime=600)
    story.start_server()
    story.check(story.vault.get("/livez").status == 200, "it starts again at the same address")
    reply = wait_until("an honest end", lambda: settled(story), deadline=120, pause=0.5)
    if reply.status == 200:
        story.check(reply.json["version"] > story.version, f"the integration is served, version {reply.json['version']}")
    else:
        story.check(reply.error[0] == "needs_reauthorization", "the fetch answers 409 needs_reauthorization, honestly")
        story.check(story.state() == "needs_reauthorization", "and the state says so")
    story.check(story.cli.run("verify").code == 0, "reseal verify finds every row whole")


def until_cut_off(story):
    """Asks for more life than the token has, until a refresh begins and the connection breaks."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            story.fetch(valid_for=60)
        except (OSError, HTTPException):
            return
        time.sleep(0.1)


def in_flight(story):
    return story.sandbox.statistics["requests_in_flight"] >= 1


def settled(story):
    """A fresh version or an honest refusal. Before that the old token may be served while it lives, or a wait be asked for."""
    reply = story.fetch()
    if reply.status not in ANSWERS:
        raise StoryError(f"after the crash the fetch answered {reply.status} {reply.error[0]}")
    if reply.status == 409 or (reply.status == 200 and reply.json["version"] > story.version):
        return reply
    return None
