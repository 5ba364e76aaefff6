"""What is told on the way: numbered steps, a tick for everything that was checked. Never a token, never a key."""

import sys
import time


class StoryError(AssertionError):
    """A check of the story that did not hold."""


class Transcript:
    def __init__(self, out=sys.stdout):
        self.out = out
        self.steps = self.checks = 0
        self.began = time.monotonic()

    def step(self, name, title):
        self.steps += 1
        self.tell(f"\n{self.steps}. {name}: {title}")

    def check(self, holds, what):
        """Goes on only if it holds. `what` says what was observed."""
        if not holds:
            raise StoryError(what)
        self.checks += 1
        self.tell(f"   ✓ {what}")

    def tell(self, text):
        print(text, file=self.out, flush=True)

    def end(self, *, whole):
        took = time.monotonic() - self.began
        ending = "The story holds" if whole else "So far the story holds"
        self.tell(f"\n{ending}: {self.steps} steps, {self.checks} checks, {took:.0f} s.")


def wait_until(what, condition, deadline=15.0, pause=0.1):
    """The first true value of `condition()`; a StoryError when there is none in time."""
    end = time.monotonic() + deadline
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= end:
            raise StoryError(f"waited {deadline:.0f} s in vain: {what}")
        time.sleep(pause)
