"""The commands that are interrupted, each with what stands before it and how an operator goes on."""

from collections.abc import Callable
from dataclasses import dataclass

from .endstate import end_state, end_state_away_from_leaked_keys
from .furnishing import CREDENTIALS, furnished, lost, nearly_full, nothing, retired, rotated, with_second_slot
from .resumption import (
    NEW_VALUE, ROLLBACK, TARGET, add_slot, add_slot_again, again, back_up_again, create_if_missing, init_again, initialize,
    put_if_missing, rekey, rekey_if_not_done, restore_again, roll_back_if_not_done, rotate_away_if_unfinished,
    rotate_if_unfinished)
from .vault import WORKSPACE

DESTROY = ("key", "destroy", "1", "--now", "--yes")
REMOVE_SLOT = ("root", "remove-slot", "second", "--yes")


@dataclass(frozen=True)
class Workload:
    """`go` is the command. `go_on` does after a crash whatever is left to do, and says None or what is in the way.
    `end_state` is what must be the same in the end, however often it was interrupted."""

    name: str
    prepare: Callable
    go: Callable
    go_on: Callable
    keeps_payloads: bool = True
    has_checkpoint: bool = False
    is_new: bool = False
    end_state: Callable = end_state


def command(*arguments):
    return lambda vault, faults: vault.run(*arguments, faults=faults)


rotate = command("key", "rotate", "--workspace", WORKSPACE)

WORKLOADS = [
    Workload("rotate", furnished, rotate, rotate_if_unfinished),
    Workload("rotate+checkpoint", nearly_full, rotate, rotate_if_unfinished, has_checkpoint=True),
    Workload("retire", rotated, command("key", "retire", "1", "--yes"), again("key", "retire", "1", "--yes", done=(2,))),
    Workload("destroy", retired, command(*DESTROY), again(*DESTROY, done=(2,))),
    Workload(
        "rotate --compromised", furnished, command("key", "rotate", "--compromised"),
        rotate_away_if_unfinished, keeps_payloads=False, end_state=end_state_away_from_leaked_keys),
    Workload(
        "put", furnished, lambda vault, faults: vault.put(TARGET, NEW_VALUE, faults=faults), put_if_missing,
        keeps_payloads=False),
    Workload(
        "create", furnished, lambda vault, faults: vault.put(CREDENTIALS, NEW_VALUE, faults=faults), create_if_missing,
        keeps_payloads=False),
    Workload("rollback", furnished, command(*ROLLBACK), roll_back_if_not_done, keeps_payloads=False),
    Workload(
        "backup", furnished, lambda vault, faults: vault.run("backup", "create", "--out", vault.backup, faults=faults),
        back_up_again),
    Workload(
        "restore", lost, lambda vault, faults: vault.run("backup", "restore", vault.backup, "--yes", faults=faults),
        restore_again),
    Workload("rekey", with_second_slot, rekey, rekey_if_not_done),
    Workload("add-slot", furnished, add_slot, add_slot_again),
    Workload("remove-slot", with_second_slot, command(*REMOVE_SLOT), again(*REMOVE_SLOT, done=(2,))),
    Workload("init", nothing, initialize, init_again, is_new=True),
]
