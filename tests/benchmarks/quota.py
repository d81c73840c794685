"""A share of a core for each process, by Linux's control groups.

Two server processes can only do twice the work of one where the machine has a core for each and another
for databases, proxy and load. Where it has not, each gets the same share of a core instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

PERIOD_MICROSECONDS = 20_000
GROUPS = Path("/sys/fs/cgroup")


@contextmanager
def share_of_a_core(pids: Sequence[int], share: float) -> Iterator[None]:
    """Hold each process to `share` (0 to 1) of a core.

    Raises OSError where this machine does not let us.
    """
    version_2 = (GROUPS / "cgroup.controllers").exists()
    parent = GROUPS if version_2 else GROUPS / "cpu"
    quota = int(share * PERIOD_MICROSECONDS)
    made = []
    try:
        for pid in pids:
            group = parent / f"sole-and-spine-{pid}"
            group.mkdir()
            made.append((group, pid))
            if version_2:
                (group / "cpu.max").write_text(f"{quota} {PERIOD_MICROSECONDS}")
            else:
                (group / "cpu.cfs_period_us").write_text(str(PERIOD_MICROSECONDS))
                (group / "cpu.cfs_quota_us").write_text(str(quota))
            (group / "cgroup.procs").write_text(str(pid))
        yield
    finally:
        for group, pid in made:
            (parent / "cgroup.procs").write_text(str(pid))
            group.rmdir()
