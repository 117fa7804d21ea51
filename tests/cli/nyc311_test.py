"""What metrics keeps of an imported file of New York's 311 is what the file itself says, counted here without Dangol.

  nyc311_test.py FILE PROGRAMS

FILE: rows as NYC Open Data exports them. PROGRAMS: the folder that `dangol` is in. Compared are the complaints by type and day of New York, and
the median time to close of each type.
"""
import csv
import datetime
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import zoneinfo
from collections import Counter, defaultdict

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import suite

NEW_YORK = zoneinfo.ZoneInfo("America/New_York")


def slug(text):
    """As a contact reason is written: small letters and digits, with one hyphen between."""
    return "-".join("".join(c if c.isascii() and c.isalnum() else " " for c in text.lower()).split())


def moment(text):
    return datetime.datetime.strptime(text, "%m/%d/%Y %H:%M").replace(tzinfo=NEW_YORK)


def of_file(path):
    counts, durations = Counter(), defaultdict(list)
    with open(path, encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            created = moment(row["Created Date"])
            kind = slug(row["Complaint Type"])
            counts[kind, created.date().isoformat()] += 1
            if row["Closed Date"] and (seconds := moment(row["Closed Date"]).timestamp() - created.timestamp()) >= 0:
                durations[kind].append(seconds)
            else:
                durations[kind].append(0.0)  # it is imported as closed at once
    return counts, {kind: statistics.median(all_of) for kind, all_of in durations.items()}


def of_metrics(path):
    counts, durations = Counter(), defaultdict(list)
    rows = sqlite3.connect(path).execute("SELECT contact_reason, receive_time, close_time FROM ticket_loop")
    for reason, received, closed in rows:
        kind = reason.split("/")[0]
        day = datetime.datetime.fromtimestamp(received / 1e6, NEW_YORK).date().isoformat()
        counts[kind, day] += 1
        durations[kind].append((closed - received) / 1e6)
    return counts, {kind: statistics.median(all_of) for kind, all_of in durations.items()}


def main():
    path, programs = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    dangol = f"{programs}/dangol"
    with tempfile.TemporaryDirectory() as data:
        with suite.running_suite(programs, data) as environment:
            imported = subprocess.run([dangol, "import", "nyc311", path], env=environment, capture_output=True, text=True)
            assert imported.returncode == 0 and " 0 rejected" in imported.stdout, imported.stdout + imported.stderr
            # Waits until metrics has followed, and finds nothing wrong.
            doctor = subprocess.run([dangol, "doctor"], env=environment, capture_output=True, text=True)
            assert doctor.returncode == 0, doctor.stdout
        counts, medians = of_metrics(f"{data}/metrics.db")
    expected_counts, expected_medians = of_file(path)
    assert counts == expected_counts, (counts - expected_counts, expected_counts - counts)
    assert medians == expected_medians, (medians, expected_medians)
    print(f"{sum(counts.values())} complaints of {len(medians)} types on {len(counts)} pairs of type and day; medians: {medians}")


main()
