"""Programs that the story starts, and stops by their process id."""

import os
import subprocess

from .transcript import StoryError, wait_until


class Process:
    """One running program. It has a session of its own, so that Ctrl-C reaches the story alone, which then stops it."""

    def __init__(self, name, command, *, directory, environment):
        self.name = name
        self.ready_file = directory / f"{name}.ready"
        self.ready_file.unlink(missing_ok=True)
        self.log = directory / f"{name}.log"
        with self.log.open("ab") as log:
            self.running = subprocess.Popen(
                [*map(str, command), "--ready-file", str(self.ready_file)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, start_new_session=True,
            )  # fmt: skip

    def base_url(self, deadline=20):
        """Where it listens, once it does."""

        def written():
            if self.running.poll() is not None:
                raise StoryError(f"{self.name} ended with exit code {self.running.returncode}:\n{self.tail()}")
            return self.ready_file.exists() and self.ready_file.read_text().strip()

        try:
            return wait_until(f"{self.name} to listen", written, deadline).rstrip("/")
        except BaseException:
            self.stop()
            raise

    def stop(self, deadline=15):
        """Asks it to end, and insists after the deadline. Returns the exit code."""
        if self.running.poll() is None:
            self.running.terminate()
            try:
                self.running.wait(deadline)
            except subprocess.TimeoutExpired:
                self.kill()
        return self.running.returncode

    def kill(self):
        """`kill -9`."""
        self.running.kill()
        self.running.wait(10)

    def tail(self, lines=20):
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


def environment(**settings):
    """This process's environment without anything of Reseal's in it, and `settings`."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("RESEAL_")}
    return inherited | {name: str(value) for name, value in settings.items()}
