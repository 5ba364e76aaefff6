"""One browser for all stories; a test that fails shows the end of its server's log."""

import pytest
from story.browser import Chromium


@pytest.fixture(scope="session")
def chromium():
    with Chromium() as chromium:
        yield chromium


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    story = getattr(item, "funcargs", {}).get("story")
    if report.failed and story and story.server:
        report.sections.append(("the end of the server's log", story.server.tail()))
    return report
