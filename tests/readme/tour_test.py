"""Runs the commands of a README's tour, and sees that they print what the README says.

  tour_test.py README PROGRAMS

README: the file. PROGRAMS: the folder that `dangol` is in. A command is a line `    $ …` of the section between the two marks, with the lines that
continue it; what follows up to the next command is what it prints, where `…` stands for anything. Times, durations and what a machine chooses
may differ from what is written.
"""
import os
import re
import subprocess
import sys
import tempfile
import time

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import suite

BEGIN, END = "<!-- tour -->", "<!-- end of tour -->"


def commands(text):
    """Pairs of a command and the lines that it prints."""
    found = []
    for line in text[text.index(BEGIN):text.index(END)].splitlines():
        if not line.startswith("    "):
            continue
        line = line[4:]
        if line.startswith("$ "):
            found.append([line[2:], []])
        elif found and found[-1][0].endswith("\\"):
            found[-1][0] += "\n" + line
        elif found:
            found[-1][1].append(line.rstrip())
    return found


def plain(line):
    """Without how columns are aligned, and without how long a step took: here none takes long."""
    return re.sub(r" +", " ", re.sub(r" \+\d+ (d|h|min|s)( \d+ (h|min|s))?\b", "", line)).rstrip()


def pattern(line):
    """What a line of the README stands for."""
    shape = re.escape(plain(line))
    shape = re.sub(r"\d{4}\\-\d\d\\-\d\d(\\ \d\d:\d\d)?", lambda _: r"\d{4}-\d\d-\d\d( \d\d:\d\d)?", shape)
    shape = re.sub(r"\d+(\\\.\d+)?\\ (d|h|min|s)\b", lambda _: r"[0-9.]+ (d|h|min|s)", shape)
    return re.compile(shape.replace("…", ".*"))


def missing(printed, expected):
    """The first expected line that was not printed, in order; None: all were."""
    lines = iter(plain(line) for line in printed.splitlines())
    for line in expected:
        if line.strip() == "…" or not line.strip():
            continue
        if not any(pattern(line).fullmatch(candidate) for candidate in lines):
            return line
    return None


def check(command, expected, environment, root):
    # What one service tells another takes a moment.
    end = time.monotonic() + suite.PATIENCE_S
    while True:
        ended = subprocess.run(["bash", "-c", command], env=environment, cwd=root, capture_output=True, text=True, timeout=suite.PATIENCE_S)
        printed = ended.stdout + ended.stderr
        lacks = missing(printed, expected)
        reads = re.match(r"dangol (loop|status|doctor|ticket list|feed|change get)", command)
        if lacks is None or not reads or time.monotonic() > end:
            break
        time.sleep(0.1)
    refused = expected and expected[0].startswith("dangol")
    if lacks is not None or (ended.returncode != 0) != bool(refused):
        sys.exit(f"$ {command}\n{printed}\nexit code {ended.returncode}; the README says, and it does not print: {lacks!r}")
    print(f"ok: {command.splitlines()[0]}")


def main():
    readme, programs = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    with open(readme, encoding="utf-8") as file:
        tour = commands(file.read())
    assert len(tour) >= 8, "the tour has lost its commands"
    with tempfile.TemporaryDirectory() as data:
        with suite.running_suite(programs, data, PATH=f"{programs}:{os.environ['PATH']}", TZ="UTC") as environment:
            for command, expected in tour:
                check(command, expected, environment, os.path.dirname(readme))


main()
