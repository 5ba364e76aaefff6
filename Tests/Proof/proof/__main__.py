"""The proofs at full size. What was done is kept in .proof/: a second call goes on where the first stopped."""

import argparse
import sys
import time

from .binary import ROOT
from .journal import Journal
from .suite import Runner, all_proofs, table


def main():
    options = parse()
    proofs = [proof for proof in all_proofs() if not options.only or options.only in proof.name]
    if not proofs:
        print(f"proof: none is called {options.only}: {', '.join(proof.name for proof in all_proofs())}", file=sys.stderr)
        return 1
    journal = Journal(ROOT / ".proof/journal.jsonl", options.fresh)
    runner = Runner(journal, time.monotonic() + options.minutes * 60, options.runs, lambda text: print(text, flush=True))
    unfinished = {proof.name for proof in proofs if not runner.run(proof)}
    print("", *table(proofs, journal, unfinished), sep="\n")
    is_sound = all(not entry["wrong"] for proof in proofs for entry in journal.of(proof.name))
    return 0 if is_sound and not unfinished else 1


def parse():
    parser = argparse.ArgumentParser(prog="scripts/proof", description=__doc__)
    parser.add_argument("--only", metavar="NAME", help="those with this in their name")
    parser.add_argument("--minutes", type=float, default=60, metavar="N", help="begin nothing after so long (60)")
    parser.add_argument("--runs", type=int, metavar="N", help="at most so many cases of each, evenly chosen")
    parser.add_argument("--fresh", action="store_true", help="forget what was done before")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
