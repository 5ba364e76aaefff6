"""The crash proof of one workload: every call that it makes to the file system, and every way in which that call can fail."""

from contextlib import contextmanager

from .crash import CrashRun
from .vault import scratch
from .workload import WORKLOADS


class Crashes:
    def __init__(self, workload):
        self.workload = workload
        self.name = f"crash: {workload.name}"

    @contextmanager
    def cases(self):
        with scratch() as folder:
            yield CrashRun(self.workload, folder).cases()


def crashes():
    return [Crashes(workload) for workload in WORKLOADS]
