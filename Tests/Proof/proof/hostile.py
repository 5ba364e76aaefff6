"""Hostile storage: each edit of the list on a copy of a live database, then the battery, then the policy."""

import shutil
import sqlite3
from contextlib import contextmanager

from .battery import Battery
from .case import Case, Finding
from .attack import Attack, Edit, Impossible, tables_of
from .edits import every_edit
from .estate import Estate
from .policy import expected
from .vault import scratch

EMPTY = ("audit_horizon", "breakers", "client_rates", "incidents", "quarantine")


class HostileStorage:
    name = "hostile storage"

    @contextmanager
    def cases(self):
        with scratch() as folder:
            estate = Estate(folder)
            sound = Case("no edit at all", lambda: untouched(estate, folder))
            edits = every_edit(estate.vault)
            yield [sound, *(Case(edit.name, lambda edit=edit: attacked(estate, folder, edit)) for edit in edits)]


def attacked(estate, folder, edit):
    vault = estate.vault.copy(folder / edit.name.replace(" ", "-"))
    finding = Finding()
    try:
        try:
            edit.strike(vault, *estate.tenants, estate.past)
        except (Impossible, sqlite3.IntegrityError):
            return Finding(runs=0)  # the rows do not lend themselves, or no such rows can be in the table together
        finding.faults = 1
        battery = Battery(vault, estate, edit, vault.log).run()
        judge(battery, expected(edit), finding)
    finally:
        shutil.rmtree(vault.folder)
    return finding


def judge(battery, expected, finding):
    finding.wrong += battery.crashes if expected.may_undo else battery.crashes + battery.betrayals
    if expected.is_found:
        finding.expect(battery.found, "not found by any verification")
    if expected.by_head:
        finding.expect(battery.found_by_head, "not found with a head that was kept elsewhere")
    given = [probe for probe in expected.refused_by if probe not in battery.refused]
    finding.expect(not given, f"the row was used all the same by: {', '.join(given)}")


def untouched(estate, folder):
    """The measure: without an edit every probe succeeds, and nothing is found."""
    vault = estate.vault.copy(folder / "untouched")
    battery = Battery(vault, estate, Edit("nothing", None, "no edit", None), vault.log).run()
    finding = Finding(wrong=battery.crashes + battery.betrayals)
    finding.expect(not battery.refused and not battery.found, f"refused without an edit: {battery.refused}")
    finding.expect(not (missed := list(out_of_reach(vault, estate))), f"no row to attack in: {missed}")
    shutil.rmtree(vault.folder)
    return finding


def out_of_reach(vault, estate):
    """Tables of which no row would be attacked; those that are empty here have attacks of their own."""
    with Attack(vault, *estate.tenants, estate.past) as attack:
        for table in tables_of(attack.db):
            try:
                attack.target(table)
            except Impossible:
                if table not in EMPTY:
                    yield table
