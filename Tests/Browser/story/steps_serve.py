"""The same credential by library, HTTP and command line; each opening is on record."""

import hashlib
import json
import subprocess

from .cli import ROOT
from .transcript import StoryError

EXAMPLE = ROOT / "Examples" / "FetchCredential"
OPENING = ("open", "read", "get", "reveal", "fetch", "serve")


def serve(story):
    """the same token comes back three ways"""
    library = from_library(story)
    story.check(library["state"] == "active", "the Swift library, from a package of its own: active")

    reply = story.fetch()
    story.check(reply.status == 200, "GET /v1/integrations/{id}/credential: 200")
    story.check(reply.json["kind"] == "oauth2" and reply.json["expires_at"], "an OAuth 2 credential, and when it runs out")

    shown = story.cli.run(
        "credential", "get", story.integration, "--workspace", story.workspace, "--reveal", "--format", "json"
    ).record
    hashes = {library["access_token_sha256"], digest(reply.json["access_token"]), digest(shown["access_token"])}
    story.check(len(hashes) == 1, "reseal credential get --reveal: all three have the same token (by SHA-256)")
    versions = {library["version"], reply.json["version"], shown["version"]}
    story.check(versions == {1}, "and the same version, 1")
    story.check("refresh_token" not in reply.text, "the refresh token stays in the vault")

    hidden = story.cli.run("credential", "get", story.integration, "--workspace", story.workspace, code=None)
    story.check(shown["access_token"] not in hidden.text + hidden.errors, "without --reveal nothing secret is printed")

    openings = [entry for entry in audit(story) if is_opening(entry, story.integration)]
    actors = {entry["actor"] for entry in openings}
    story.check(len(actors) >= 3, f"the audit log holds each opening: {len(openings)} entries of {len(actors)} callers")

    stranger = story.vault.get("/v1/integrations/00000000-0000-4000-8000-000000000000/credential")
    story.check(stranger.status == 404 and stranger.error[0], "an integration that is not there: 404")
    story.check(
        type(story.vault)(story.public_url).get(f"/v1/integrations/{story.integration}/credential").status == 401,
        "without an access key: 401",
    )


def from_library(story):
    """The example's answer. Built before, so that the story does not wait for a compiler."""
    done = subprocess.run(
        ["swift", "run", "--skip-build", "--package-path", EXAMPLE, "FetchCredential",
         story.workspace, story.customer_id, story.integration],
        env=story.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode or not lines:
        raise StoryError(f"Examples/FetchCredential: exit code {done.returncode}: {done.stderr.strip()[-500:]}")
    return json.loads(lines[-1])


def audit(story):
    return story.cli.run("audit", "tail", "--limit", "500", "--format", "json").records


def is_opening(entry, integration):
    return integration in json.dumps(entry) and any(word in entry["action"].lower() for word in OPENING)


def digest(token):
    return hashlib.sha256(token.encode()).hexdigest()
