"""Which file system holds a path: on one that is shared over a network, SQLite's locks do not hold."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from provider_threads.cli.checks.findings import Finding

__all__ = ["is_on_network"]

_SHARED: Final = frozenset(
    {"9p", "afs", "beegfs", "ceph", "cifs", "fuse.glusterfs", "fuse.s3fs", "fuse.sshfs", "glusterfs", "gpfs", "lustre"}
    | {"ncpfs", "nfs", "nfs4", "smb2", "smb3", "smbfs"}
)

_MOUNTS: Final = Path("/proc/self/mountinfo")


def is_on_network(path: Path, mounts: Path = _MOUNTS) -> Finding:
    """Whether the path's file system is one that several machines share; only Linux tells."""
    try:
        table = mounts.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return Finding("file system", "not checked", "because this system does not list its mounts.")
    # proc(5): … root mount-point options optional-fields… - type source …, with blanks as \040.
    kinds = {
        re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), line.split()[4]): line.partition(" - ")[2].split()[0]
        for line in table.splitlines()
        if " - " in line
    }
    place = path.absolute()
    kind = next((kinds[str(folder)] for folder in (place, *place.parents) if str(folder) in kinds), "")
    if kind in _SHARED:
        return Finding(
            "file system",
            "warning",
            f"{kind} is shared over a network, where SQLite's locks do not hold: writers may spoil the file.",
            "Put the file on a local disk, or use PostgreSQL for several machines.",
        )
    return Finding("file system", "ok", f"{kind or 'unknown'}, of this machine.")
