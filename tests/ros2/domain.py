"""A DDS domain that nobody else on this machine is in. Importing it puts this process, and those that it starts, there.

A test holds a lock on a file of its domain's number for as long as it lives: `tests/dds` and `host.sh` do the same. Fast
DDS's shared memory shows who else is there, or was: killed processes leave ports that nobody reads. A test removes those
of its own at its end.
"""

import atexit
import contextlib
import fcntl
import os
import re
import tempfile
from pathlib import Path

# From 102 on UDP ports are the system's own.
DOMAINS = 100
SHARED = Path("/dev/shm")
PORT = re.compile(r"fastrtps_port(\d+)")


def ports(domain):
    """The files of the domain's ports: RTPS counts them from 7400 on, 250 a domain."""
    first = 7400 + 250 * domain
    for file in SHARED.glob("*fastrtps_port*"):
        port = PORT.search(file.name)
        if port and first <= int(port[1]) < first + 250:
            yield file


def in_use():
    """The ports that living processes have mapped, as far as this user may know."""
    found = set()
    for maps in Path("/proc").glob("[0-9]*/maps"):
        try:
            found |= set(PORT.findall(maps.read_text()))
        except OSError:  # somebody else's, or gone
            continue
    return found


def sweep(domain):
    """Removes the domain's ports that nobody has mapped any more."""
    used = in_use()
    for file in ports(domain):
        if PORT.search(file.name)[1] not in used:
            with contextlib.suppress(OSError):  # somebody else's, or gone
                file.unlink()


def claim():
    """A domain and its lock: the first one without ports, from one on that processes seldom share; if there is none, the
    first that is not locked."""
    domains = [1 + (os.getpid() + number) % DOMAINS for number in range(DOMAINS)]
    domains.sort(key=lambda domain: any(ports(domain)))
    for domain in domains:
        try:
            lock = (Path(tempfile.gettempdir()) / f"forerun-domain-{domain}.lock").open("a")
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:  # taken, or somebody else's file
            continue
        if not any(ports(domain)):
            atexit.register(sweep, domain)
        return domain, lock
    raise RuntimeError(f"all {DOMAINS} DDS domains are taken by other tests on this machine")


DOMAIN, LOCK = claim()
os.environ["ROS_DOMAIN_ID"] = str(DOMAIN)
os.environ["ROS_AUTOMATIC_DISCOVERY_RANGE"] = "LOCALHOST"
