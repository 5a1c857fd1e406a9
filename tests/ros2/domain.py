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


def is_held(port):
    """Whether a process listens: Fast DDS keeps a lock on one of these files for as long as one does."""
    for lock in (SHARED / f"fastrtps_port{port}_el", SHARED / f"fastrtps_port{port}_sl"):
        try:
            with lock.open() as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except FileNotFoundError:
            continue
        except OSError:  # held, or somebody else's
            return True
    return False


def in_use():
    """The ports that living processes of this user have mapped; `None` if one of them doesn't say."""
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if process.stat().st_uid == os.getuid():
                found |= {port.decode() for port in re.findall(PORT.pattern.encode(), (process / "maps").read_bytes())}
        except (FileNotFoundError, ProcessLookupError):  # gone
            continue
        except OSError:
            return None
    return found


def sweep(domain):
    """Removes the domain's ports that nobody listens at and nobody has mapped any more."""
    found = list(ports(domain))
    used = in_use()
    for file in found if used is not None else ():
        port = PORT.search(file.name)[1]
        if port not in used and not is_held(port):
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
