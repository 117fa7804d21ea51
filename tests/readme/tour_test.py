"""Runs the commands of a README, and sees that they print what it says.

  tour_test.py README PROGRAMS SECTION

README: the file. PROGRAMS: the folder that `dangol` is in. SECTION: `tour`, `clients` or `tokens`, whose commands run beside the suite's data folder. A command is a line `    $ …` of the section between the two marks, with the lines that
continue it; what follows up to the next command is what it prints, where `…` stands for anything. Times, durations and what a machine chooses
may differ from what is written, and the ports are those of a suite of the test's own. A block behind `<!-- of FILE -->` consists of lines of that file.
"""
import os
import re
import subprocess
import sys
import tempfile
import time

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import suite

BUF = "tools/lint/buf.sh"  # installs it


def commands(text, section):
    """Pairs of a command and the lines that it prints."""
    found = []
    for line in text[text.index(f"<!-- {section} -->"):text.index(f"<!-- end of {section} -->")].splitlines():
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


def check_excerpts(text, root):
    """Sees that blocks which show a file show what stands there."""
    for name, block in re.findall(r"^<!-- of (\S+) -->\n\n((?:    .*\n|\n)+)", text, re.MULTILINE):
        with open(os.path.join(root, name), encoding="utf-8") as file:
            lines = file.read().splitlines()
        strangers = [line for line in block.splitlines() if line[4:] not in lines]
        if strangers:
            sys.exit(f"{name} has no line {strangers[0]!r}, which the README shows of it")


def check(command, expected, environment, place):
    # What one service tells another takes a moment.
    end = time.monotonic() + suite.PATIENCE_S
    while True:
        ended = subprocess.run(["bash", "-c", command], env=environment, cwd=place, capture_output=True, text=True, timeout=suite.PATIENCE_S)
        printed = ended.stdout.rstrip("\n") + "\n" + ended.stderr
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
    readme, programs, section = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]), sys.argv[3]
    root = os.path.dirname(readme)
    with open(readme, encoding="utf-8") as file:
        text = file.read()
    check_excerpts(text, root)
    found = commands(text, section)
    assert len(found) >= 3, f"the section {section} has lost its commands"
    path = f"{programs}:{os.environ['PATH']}"
    if any(command.startswith("buf ") for command, _ in found):
        subprocess.run([os.path.join(root, BUF), "--version"], check=True, stdout=subprocess.DEVNULL)
        path = f"{os.path.join(root, os.path.dirname(BUF), 'node_modules/.bin')}:{path}"
    with tempfile.TemporaryDirectory() as folder:
        place = folder if section == "tokens" else root
        with suite.running_suite(programs, os.path.join(folder, "data"), PATH=path, TZ="UTC") as environment:
            for command, expected in found:
                check(command.replace(":7400/", f":{environment['DANGOL_PORT_BASE']}/"), expected, environment, place)


main()
