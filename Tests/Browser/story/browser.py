"""Debian's Chromium without a screen, and the customer who sits before it."""

import shutil

from playwright.sync_api import sync_playwright

from .transcript import StoryError, wait_until

PATIENCE_MS = 15_000


class Chromium:
    """One browser for as long as the `with` lasts; each customer has a profile of their own."""

    def __enter__(self):
        found = [shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")]
        path = next(filter(None, found), None)
        if not path:
            raise StoryError("no Chromium found; scripts/setup installs it")
        self.playwright = sync_playwright().start()
        try:
            self.browser = self.playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        except BaseException:
            self.playwright.stop()
            raise
        return self

    def __exit__(self, *_):
        self.browser.close()
        self.playwright.stop()

    def customer(self, page_url):
        return Customer(self.browser.new_context(), page_url)


class Customer:
    """A customer of the company, on its page. Remembers every address that the browser asked for."""

    def __init__(self, context, page_url):
        self.context = context
        self.context.set_default_timeout(PATIENCE_MS)
        self.requested = []
        self.context.on("request", lambda request: self.requested.append(request.url))
        self.page = context.new_page()
        self.page.goto(page_url)

    def close(self):
        self.context.close()

    def click(self, button):
        """Clicks on the company's page, and returns the window that opens."""
        self.page.wait_for_selector(f"#{button}:enabled")
        with self.page.expect_popup() as opening:
            self.page.click(f"#{button}")
        return opening.value

    def allow(self, window, account):
        """The sandbox's page: signs in as somebody, and allows. The answer may take its time: it is not waited for here."""
        window.check(f"input[name=account][value={account}]")
        window.click("#allow", no_wait_after=True)

    def connect(self, account, button="connect"):
        window = self.click(button)
        self.allow(window, account)
        return window

    @property
    def runs(self):
        return self.page.evaluate("window.runs")

    def outcome(self, deadline=PATIENCE_MS / 1000):
        """What the newest connect() came to: True, or `{type, code, message}`."""
        return self.wait("connect() to settle", lambda: self.runs[-1]["outcome"], deadline)

    def hears(self, kind, run=-1, deadline=PATIENCE_MS / 1000):
        """The first event of a kind that a callback hears, now or soon."""

        def heard():
            return next((event for event in self.runs[run]["heard"] if event["type"] == kind), None)

        return self.wait(f"the page to hear {kind}", heard, deadline)

    def wait(self, what, condition, deadline):
        """Like `wait_until`, but the browser's own events go on meanwhile."""

        def look():
            self.page.wait_for_timeout(50)
            return condition()

        return wait_until(what, look, deadline, pause=0)
