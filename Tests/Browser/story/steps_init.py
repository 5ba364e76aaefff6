"""A vault from nothing, through the command line alone."""

import re
import stat


def init(story):
    """a vault, a workspace, a certificate, a connector, an access key, all by the command line"""
    recovery = story.directory / "recovery.txt"
    story.start_sandbox()
    story.check(any(story.providers.iterdir()), "the sandbox provider listens and has described itself in a provider file")

    made = story.cli.run(
        "init", "--database", story.database.path, "--root-key", f"file:{story.root_key}", "--recovery-out", recovery
    )
    vault = re.search(r"[0-9a-f]{8}-[0-9a-f-]{27}", made.text)
    story.check(vault, f"reseal init: vault {vault and vault[0]}")
    story.check(mode(story.root_key) == mode(story.database.path) == 0o600, "key file and database are 0600")
    story.check(recovery.stat().st_size > 0, "the recovery key was written once, to the file named")
    furnish(story, "--policy", "same_actor")


def furnish(story, *policy):
    """All that a company needs to begin, in a vault that is there."""
    story.cli.run(
        "workspace", "create", "--id", story.workspace, "--name", "Example", "--origin", story.company.origin
    )
    story.check(True, f"workspace {story.workspace}, its page at {story.company.origin}")

    kid = story.cli.run("certificate", "create", "--workspace", story.workspace, "--out", story.private_key).text
    story.check(re.search(r"\b[0-9a-f]{16}\b", kid), "a certificate; its kid is printed")
    story.check(mode(story.private_key) == 0o600, "its private half is in a file of mode 0600")

    if story.connector == "sandbox":
        add_connector(story, "sandbox", "sandbox-client", "sandbox-secret", *policy)
    key = story.cli.run("access-key", "create", "--workspace", story.workspace, "--role", "use", "--format", "json")
    story.access_key = key.record["access_key"]
    story.check(story.access_key, "an access key that may use credentials")


def add_connector(story, provider, client, client_secret, *more):
    added = story.cli.run(
        "connector", "add", provider, "--workspace", story.workspace, "--provider", provider,
        "--client-id", client, "--client-secret-file", "-", *more, stdin=client_secret,
    )  # fmt: skip
    story.check(client_secret not in added.text + added.errors, f"connector {provider}; its secret came by standard input")


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)
