"""Threads that act side by side for as long as a `with` lasts."""

import threading

from .case import described

PATIENCE = 120  # seconds for the last thing that each does


class Actors:
    """Subclasses say who acts (`bodies`), and close what these opened. A body looks at `over` between two acts; what it
    raises stands in `wrong`."""

    def __init__(self):
        self.over, self.wrong, self.threads = threading.Event(), [], []

    def bodies(self):
        raise NotImplementedError

    def close(self):
        pass

    def __enter__(self):
        self.threads = [threading.Thread(target=self.act, args=(body,)) for body in self.bodies()]
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join(PATIENCE)
        if any(thread.is_alive() for thread in self.threads):
            self.wrong.append(f"somebody still acts after {PATIENCE} s")
        self.close()

    def act(self, body):
        try:
            body()
        except Exception as error:
            self.wrong.append(described(error))
