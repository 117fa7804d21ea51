"""What is shown of one ticket and of one change is not wider than the terminal.

  terminal_test.py PROGRAMS

PROGRAMS: the folder that `dangol` is in.
"""
import os
import pty
import subprocess
import sys
import tempfile
import time

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import suite

COLUMNS = 60
LONG = "The parcel came a week late, and nobody could say where it had been all that time"


def shown(command, environment):
    """What the command writes to a terminal."""
    leader, follower = pty.openpty()
    process = subprocess.Popen(command, env=dict(environment, COLUMNS=str(COLUMNS)), stdin=subprocess.DEVNULL, stdout=follower, stderr=subprocess.DEVNULL)
    os.close(follower)
    written = b""
    while True:
        try:
            piece = os.read(leader, 1 << 16)
        except OSError:  # the other end is closed
            break
        if not piece:
            break
        written += piece
    os.close(leader)
    return process.wait(), written.decode().replace("\r\n", "\n")


def main():
    dangol = os.path.join(os.path.abspath(sys.argv[1]), "dangol")
    with tempfile.TemporaryDirectory() as data, suite.running_suite(sys.argv[1], data, TZ="UTC") as environment:
        for arguments in (["change", "create", "--change-id", "c1", "--title", LONG],
                          ["ticket", "create", "--ticket-id", "t1", "--subject", LONG, "--body", LONG, "--contact-reason", "delivery/late"],
                          ["ticket", "accept", "t1", "--change", "c1"]):
            subprocess.run([dangol, *arguments], env=environment, check=True, stdout=subprocess.DEVNULL)
        for arguments in (["ticket", "show", "t1"], ["loop", "t1"], ["loop", "--change", "c1"], ["change", "show", "c1"]):
            end = time.monotonic() + suite.PATIENCE_S
            while True:  # metrics hears of it a moment later
                code, text = shown([dangol, *arguments], environment)
                if code == 0 and LONG.split()[0] in text or time.monotonic() > end:
                    break
                time.sleep(0.1)
            name = "dangol " + " ".join(arguments)
            assert code == 0, f"{name} ends with {code}: {text}"
            wide = [line for line in text.splitlines() if len(line) > COLUMNS]
            assert not wide, f"{name} is wider than {COLUMNS} columns: {wide[0]!r}"
            assert "all that time" in " ".join(text.split()), f"{name} has lost what does not fit:\n{text}"
            print(f"ok: {name}")


main()
