"""A whole suite for tests in Python: `dangol up` on free ports."""
import contextlib
import os
import socket
import subprocess
import time

PATIENCE_S = 60


def is_free(port):
    """Nobody listens there, and no connection of another program begins there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port_base():
    """A base from which the suite's ports are free."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            base = probe.getsockname()[1]
        if base < 65000 and all(is_free(base + offset) for offset in range(4)):
            return base


@contextlib.contextmanager
def running_suite(programs, data, **variables):
    """Starts the suite of the folder PROGRAMS on the folder DATA and gives the environment for `dangol`; ends it behind the block."""
    base = free_port_base()
    environment = dict(os.environ, DANGOL_PORT_BASE=str(base), TERM="dumb", **variables)
    dangol = f"{programs}/dangol"
    suite = subprocess.Popen([dangol, "up", "--data", data, "--port-base", str(base)], stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + PATIENCE_S
        while subprocess.run([dangol, "status"], env=environment, capture_output=True).returncode != 0:
            assert time.monotonic() < end and suite.poll() is None, "the suite does not come up"
            time.sleep(0.1)
        yield environment
    finally:
        suite.terminate()
        suite.wait()
