"""`scripts/demo`: the story by itself (`--once`), or its stage for a person to play on."""

import argparse
import signal
import sys
import threading

from .steps import STEPS, take
from .steps_init import init
from .story import Story
from .transcript import StoryError, Transcript

LONGEST = 420  # seconds, for the whole story


def main():
    options = parse()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    return once(options.until) if options.once else interactive()


def parse():
    parser = argparse.ArgumentParser(prog="scripts/demo", description=__doc__)
    parser.add_argument("--once", action="store_true", help="do the story with headless Chromium, check every step")
    parser.add_argument("--until", choices=STEPS, metavar="STEP", help=f"stop after one of: {', '.join(STEPS)}")
    options = parser.parse_args()
    if options.until and not options.once:
        parser.error("--until goes with --once")
    return options


def once(until):
    from .browser import Chromium

    signal.signal(signal.SIGALRM, overdue)
    signal.alarm(LONGEST)
    transcript = Transcript()
    transcript.tell("The story of Reseal")
    try:
        with Chromium() as chromium, Story(transcript, chromium) as story:
            try:
                for name in STEPS:
                    take(story, name)
                    if name == until:
                        break
            except Exception:
                if story.server:
                    print("--- the end of the server's log ---", story.server.tail(), "---", sep="\n", file=sys.stderr)
                raise
        transcript.end(whole=until in (None, list(STEPS)[-1]))
        return 0
    except StoryError as error:
        transcript.tell(f"   ✗ {error}")
    except Exception as error:
        # The first line only: what a browser or an HTTP client adds may hold addresses with codes in them.
        transcript.tell(f"   ✗ {type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}")
    except KeyboardInterrupt:
        transcript.tell("\nInterrupted.")
    return 1


def overdue(*_):
    raise StoryError(f"the story took longer than {LONGEST} s")


def interactive():
    with Story() as story:
        try:
            init(story)
            story.start_server()
        except StoryError as error:
            print(f"demo: {error}", file=sys.stderr)
            return 1
        print(STAGE.format(story=story), flush=True)
        # Ctrl-C or SIGTERM ends it; everything started is stopped on the way out.
        try:
            while not threading.Event().wait(3600):
                pass
        except KeyboardInterrupt:
            print("\nStopping.")
    return 0


STAGE = """
Reseal is up; everything is in {story.directory} and goes with it.

  company's page    {story.company.origin}
  vault's server    {story.public_url}
  sandbox provider  {story.sandbox.base}   (switches: slow, revoke, wrong account, …)

1. Open the company's page, click Connect, then Allow. The page hears READY and IMPORT_DONE.
2. Click "Use the credential": the company's backend fetches it; the page sees its version and end, never the token.
3. Wait a minute, use it again: another version, refreshed ahead of time.
4. Revoke alice's grant on the sandbox's page. Soon the page hears NEEDS_REAUTHORIZATION.
5. Click "Repair": as bob it is refused, as alice it is the same integration again.

Ctrl-C stops everything."""

sys.exit(main())
