"""A DDS domain that no other test on this machine has. Importing it puts this process, and those that it starts, there.

Whoever has a domain holds a lock on a file of its number for as long as it lives: `tests/dds` and `host.sh` do the same.
"""

import fcntl
import os
import tempfile
from pathlib import Path

# From 102 on UDP ports are the system's own.
DOMAINS = 100


def claim():
    """The first free domain from one on that processes seldom share, and its lock."""
    for number in range(DOMAINS):
        domain = 1 + (os.getpid() + number) % DOMAINS
        try:
            lock = (Path(tempfile.gettempdir()) / f"forerun-domain-{domain}.lock").open("a")
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:  # taken, or somebody else's file
            continue
        return domain, lock
    raise RuntimeError(f"all {DOMAINS} DDS domains are taken by other tests on this machine")


DOMAIN, LOCK = claim()
os.environ["ROS_DOMAIN_ID"] = str(DOMAIN)
os.environ["ROS_AUTOMATIC_DISCOVERY_RANGE"] = "LOCALHOST"
