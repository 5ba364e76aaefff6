"""The command with the wrong key, or without a vault: one clear line, the right exit code, nothing made or changed."""

import pytest
from story.cli import Cli
from story.steps_init import init
from story.story import Story


@pytest.fixture(scope="module")
def story():
    with Story() as story:
        init(story)
        yield story


def test_wrong_root_key(story, tmp_path):
    other = tmp_path / "other.key"
    made = Cli(story.environment | {"RESEAL_DATABASE": str(tmp_path / "other.db"), "RESEAL_ROOT_KEY": f"file:{other}"})
    made.run("init", "--database", tmp_path / "other.db", "--root-key", f"file:{other}")
    refused(Cli(story.environment | {"RESEAL_ROOT_KEY": f"file:{other}"}).run("verify", code=3))


def test_missing_root_key(story, tmp_path):
    refused(Cli(story.environment | {"RESEAL_ROOT_KEY": f"file:{tmp_path}/none"}).run("verify", code=3))


def test_missing_database(story, tmp_path):
    missing = tmp_path / "none.db"
    refused(Cli(story.environment | {"RESEAL_DATABASE": str(missing)}).run("verify", code=1))
    assert not missing.exists()


def test_second_init(story):
    before = story.root_key.read_bytes()
    again = story.cli.run("init", "--database", story.database.path, "--root-key", f"file:{story.root_key}", code=None)
    assert again.code in (1, 2)
    assert story.root_key.read_bytes() == before


def test_bad_usage(story):
    assert story.cli.run("workspace", "no-such-verb", code=1).errors


def refused(output):
    assert output.errors.strip(), "a reason stands on standard error"
    assert len(output.errors.strip().splitlines()) <= 2, output.errors
