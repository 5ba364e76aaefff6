"""The story of `scripts/demo --once`, a test for each step."""

import pytest
from story.steps import STEPS, take
from story.story import Story
from story.transcript import Transcript


@pytest.fixture(scope="module")
def story(chromium):
    with Story(Transcript(), chromium) as story:
        story.broken = None
        yield story


@pytest.mark.parametrize("name", STEPS)
def test_step(story, name):
    if story.broken:
        pytest.fail(f"not reached: the story broke at {story.broken}")
    story.broken = name
    take(story, name)
    story.broken = None
