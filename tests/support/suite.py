"""A whole suite for tests in Python: `dangol up` on free ports."""
import contextlib
import os
import socket
import subprocess
import time

PATIENCE_S = 60


def free_port_base():
    """A base from which the suite's ports are free."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            base = probe.getsockname()[1]
        free = base < 65000
        for offset in range(1, 4):
            with socket.socket() as probe:
                free = free and probe.connect_ex(("127.0.0.1", base + offset)) != 0
        if free:
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
