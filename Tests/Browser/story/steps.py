"""The steps in their order. Each stands on the ones before it; its docstring is its title."""

from .steps_connect import connect, sealed
from .steps_crash import crash
from .steps_init import init
from .steps_refresh import refresh
from .steps_repair import renew, revoke
from .steps_rotate import rotate
from .steps_serve import serve

STEPS = {step.__name__: step for step in (init, connect, sealed, serve, refresh, revoke, renew, rotate, crash)}


def take(story, name):
    step = STEPS[name]
    story.transcript.step(name, step.__doc__)
    step(story)
