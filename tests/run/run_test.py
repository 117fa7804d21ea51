"""The script `run` waits for a suite however its callers come in, and ends none that is alive.

  run_test.py SCRIPT DANGOL

SCRIPT: `run` of the repository. DANGOL: the program that it is to start in place of one that it builds.
"""
import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import suite

NOTHING = "#!/bin/sh\n"
# Starts, and answers nobody.
DEAF = "#!/bin/sh\nexec sleep 60\n"


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, 0o755)


def make_tree(folder, script, dangol, seconds):
    """A repository in which everything is built. `seconds`: how long the script waits before it warns."""
    with open(script, encoding="utf-8") as file:
        text, count = re.subn(r"SECONDS \+ 30\b", f"SECONDS + {seconds}", file.read())
    assert count == 1, "the script waits otherwise than this test knows"
    write(f"{folder}/run", text)
    for step in ("tools/install_packages.sh", "web/build.sh", "bin/cmake"):
        write(f"{folder}/{step}", NOTHING)
    os.makedirs(f"{folder}/build/release/bin")
    if dangol == DEAF:
        write(f"{folder}/build/release/bin/dangol", DEAF)
    else:
        os.symlink(dangol, f"{folder}/build/release/bin/dangol")


@contextlib.contextmanager
def running(script, dangol, seconds=30, before=None, arguments=()):
    """The script, in a tree of its own; `before` makes something of its data first. Stopped as by Ctrl-C."""
    with tempfile.TemporaryDirectory() as folder:
        make_tree(folder, script, dangol, seconds)
        if before:
            before(f"{folder}/data")
        environment = dict(os.environ, PATH=f"{folder}/bin:{os.environ['PATH']}")
        process = subprocess.Popen(
            [f"{folder}/run", "--port-base", str(suite.free_port_base()), *(["--", *arguments] if arguments else [])],
            env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True)
        end = threading.Timer(suite.PATIENCE_S, os.killpg, (process.pid, signal.SIGKILL))
        end.start()
        try:
            yield process
        finally:
            process.terminate()
            process.communicate()
            end.cancel()


def wait_for(process, text):
    seen = ""
    for line in process.stdout:
        seen += line
        if text in line:
            return seen
    raise AssertionError(f"'{text}' was not printed:\n{seen}")


def main(script, dangol):
    shutil.which("curl") or sys.exit("curl is missing")

    def take_tls(data):
        subprocess.run([dangol, "tls", "init", "--data", data], check=True, capture_output=True)

    def take_https(data):
        os.makedirs(data)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-keyout",
                        "key.pem", "-out", "certificate.pem"], cwd=data, check=True, capture_output=True)

    with running(script, dangol) as process:
        wait_for(process, "dashboard http://127.0.0.1:")
    with running(script, dangol, arguments=["--require-credentials"]) as process:
        wait_for(process, "Dangol is up.")
    with running(script, dangol, before=take_tls) as process:
        wait_for(process, "Dangol is up.")
    with running(script, dangol, before=take_https, arguments=[
            "--tls-certificate", "data/certificate.pem", "--tls-key", "data/key.pem"]) as process:
        wait_for(process, "dashboard https://127.0.0.1:")
    with running(script, DEAF, seconds=1) as process:
        assert "Dangol is up." not in wait_for(process, "not ready yet")
        assert process.poll() is None
    print("run waits for each suite")


main(*sys.argv[1:])
