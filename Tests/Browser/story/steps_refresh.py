"""Tokens run out and are replaced: on demand, by cron, by the daemon's own timer.

The lifetimes are chosen so that each of the three has its turn. Below 20 s a token is refreshed on demand only; at 24 s
the schedule says 9.6 to 12 s after it was issued (lead 12 s, jitter up to 2.4 s).
"""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from .transcript import wait_until

CALLERS = 20
ON_DEMAND, SCHEDULED = 10, 24
DUE_AFTER = 12.5


def refresh(story):
    """it runs out: refreshed on demand, by `refresh --due`, and by the scheduler"""
    short_lived(story)
    on_demand(story)
    by_cron(story)
    by_scheduler(story)
    statistics = story.sandbox.statistics
    story.check(statistics["refreshes_of_dead_tokens"] == 0, "no refresh token was ever sent twice")


def short_lived(story):
    """Gets a token that lives so short that only callers refresh it. Forced, or by the timer where forcing is declined."""
    story.sandbox.turn(access_token_lifetime=ON_DEMAND)
    story.cli.run("refresh", "run", story.integration, code=None)
    story.version = wait_until("a refreshed token", lambda: version_above(story, 1), deadline=45, pause=0.5)
    story.check(story.version > 1, f"version {story.version} lives {ON_DEMAND} s")


def on_demand(story):
    before = story.fetch(valid_for=1)
    story.sandbox.turn(access_token_lifetime=SCHEDULED)
    counted = story.sandbox.statistics["refreshes"]
    # A request is capped at half of the lifetime: from then on it takes a refresh. (Instants may come in whole seconds.)
    time.sleep(max(0, seconds_left(before) - ON_DEMAND / 2 + 1.5))
    with ThreadPoolExecutor(CALLERS) as callers:
        replies = list(callers.map(lambda _: story.fetch(valid_for=60), range(CALLERS)))
    story.issued = time.monotonic()

    story.check(all(reply.status == 200 for reply in replies), f"{CALLERS} callers asked at once: all were served")
    story.version = before.json["version"] + 1
    story.check({reply.json["version"] for reply in replies} == {story.version}, f"all with version {story.version}")
    tokens = {reply.json["access_token"] for reply in replies}
    story.check(len(tokens) == 1 and before.json["access_token"] not in tokens, "a fresh token, the same for all")
    story.check(story.sandbox.statistics["refreshes"] == counted + 1, "the provider was asked exactly once")


def by_cron(story):
    story.expires = expiry(story.fetch(valid_for=1))
    story.check(story.server.stop() == 0, "the server stopped at SIGTERM; nothing refreshes now but cron")
    time.sleep(max(0, story.issued + DUE_AFTER - time.monotonic()))
    counted = story.sandbox.statistics["refreshes"]
    story.cli.run("refresh", "--due", "--max-seconds", "20")
    left = (story.expires - datetime.now(UTC)).total_seconds()
    story.check(story.sandbox.statistics["refreshes"] == counted + 1, "reseal refresh --due refreshed it and exited 0")
    story.check(left > 0, f"ahead of time: the old token had {left:.0f} s to live")
    story.version += 1


def by_scheduler(story):
    counted = story.sandbox.statistics["refreshes"]
    story.sandbox.turn(access_token_lifetime=ON_DEMAND)
    story.start_server()
    wait_until("the scheduler", lambda: story.sandbox.statistics["refreshes"] > counted, deadline=30, pause=0.25)
    story.version += 1
    reply = wait_until("the new version", lambda: served(story, story.version), deadline=5)
    story.check(reply.status == 200, f"the scheduler made version {story.version} unasked")


def version_above(story, version):
    reply = story.fetch(valid_for=1)
    return reply.status == 200 and reply.json["version"] > version and reply.json["version"]


def served(story, version):
    reply = story.fetch(valid_for=1)
    return reply if reply.status == 200 and reply.json["version"] == version else None


def expiry(reply):
    return datetime.fromisoformat(reply.json["expires_at"].replace("Z", "+00:00"))


def seconds_left(reply):
    return (expiry(reply) - datetime.now(UTC)).total_seconds()
