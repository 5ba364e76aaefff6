"""A Swift program of the proofs: it does many runs by itself, and prints lines of JSON."""

import json

from . import binary

#: Of the same build as `reseal`.
PROGRAMS = ("Crowd", "FaultyVault", "RefreshStorm", "StateSpace")


def lines(name, *arguments, deadline):
    """What the program of this name, from the same build as `reseal`, has to say.
    - Raises: where it says nothing; its exit code only repeats what its lines say."""
    outcome = binary.run(
        arguments, binary.clean_environment(), deadline=deadline, program=binary.binary().parent / name)
    told = [json.loads(line) for line in outcome.out.splitlines() if line.startswith("{")]
    if not told or outcome.code not in (0, 1):
        raise RuntimeError(str(outcome))
    return told
