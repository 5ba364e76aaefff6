"""The vault against an OAuth server that nobody here wrote."""

import foreign_story
from story.story import Story
from story.transcript import Transcript


def test_connect_serve_refresh(chromium):
    with Story(Transcript(), chromium) as story:
        foreign_story.tell(story)
