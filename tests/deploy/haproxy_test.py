"""deploy/haproxy.cfg before a suite: TLS and HTTP/2, gRPC and the gateway, streams, addresses, health.

  haproxy_test.py CONFIG PROGRAMS STUBS

CONFIG: the file. PROGRAMS: the folder that `dangol` is in. STUBS: the folder of the Python stubs. Exit code 77: there is no HAProxy here.
"""
import contextlib
import http.client
import http.server
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
sys.path.append(sys.argv[3])
import grpc
import suite
from dangol.api.v1.admin_service_pb2 import GetStatusRequest
from dangol.api.v1.admin_service_pb2_grpc import AdminServiceStub
from dangol.api.v1.feed_pb2 import StreamEventsRequest
from dangol.tickets.v1.ticket_feed_pb2_grpc import TicketFeedStub
from dangol.tickets.v1.ticket_pb2 import Ticket
from dangol.tickets.v1.ticket_query_pb2 import ListTicketsRequest
from dangol.tickets.v1.ticket_service_pb2 import CreateTicketRequest
from dangol.tickets.v1.ticket_service_pb2_grpc import TicketServiceStub

CONFIG, PROGRAMS = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
HAPROXY = shutil.which("haproxy", path=f"{os.environ['PATH']}:/usr/sbin")
# Longer than a heartbeat takes to come, and not much: a stream lives by its heartbeats.
TIMEOUT_S = 17


def make_certificate(folder):
    both = os.path.join(folder, "dangol.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", f"{folder}/key.pem", "-out", f"{folder}/cert.pem"],
                   check=True, capture_output=True)
    with open(both, "w", encoding="ascii") as file:
        for name in ("cert.pem", "key.pem"):
            with open(f"{folder}/{name}", encoding="ascii") as part:
                file.write(part.read())
    return both, f"{folder}/cert.pem"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextlib.contextmanager
def running_proxy(folder, certificate, gateway, base, timeout_s=75, tls=None):
    """The configuration with these ports, and with the certificates of the folder `tls` as its comment says. Gives the port where it listens."""
    with open(CONFIG, encoding="utf-8") as file:
        text = file.read()
    port = free_port()
    changes = {"bind :443 ": f"bind 127.0.0.1:{port} ", "/etc/haproxy/dangol.pem": certificate, ":7400 ": f":{gateway} ", "75s": f"{timeout_s}s"}
    changes |= {f":{7400 + offset} ": f":{base + offset} " for offset in (1, 2, 3)}
    if tls:
        options = re.search(r"in place of `proto h2`:\n#\s+(.*)", text)[1]
        changes[" proto h2 "] = f" {options.replace('data/tls', tls)} "
    for old, new in changes.items():
        assert old in text, f"{CONFIG} has lost {old!r}"
        text = text.replace(old, new)
    path = os.path.join(folder, f"haproxy-{port}.cfg")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    checked = subprocess.run([HAPROXY, "-c", "-f", path], capture_output=True, text=True)
    assert checked.returncode == 0 and "WARNING" not in checked.stderr, checked.stderr
    proxy = subprocess.Popen([HAPROXY, "-db", "-f", path], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: listens(port) or proxy.poll() is not None, "HAProxy does not listen")
        assert proxy.poll() is None, "HAProxy has ended at once"
        yield port
    finally:
        proxy.terminate()
        proxy.wait()


def wait_until(met, what):
    end = time.monotonic() + suite.PATIENCE_S
    while not met():
        assert time.monotonic() < end, what
        time.sleep(0.05)


def curl(*arguments):
    """The HTTP version, the status and the body."""
    ended = subprocess.run(["curl", "-s", "-w", "\n%{http_version} %{http_code}", *arguments], capture_output=True, text=True, timeout=suite.PATIENCE_S)
    body, _, last = ended.stdout.rpartition("\n")
    version, _, status = last.partition(" ")
    return version, int(status), body


class Echo(http.server.BaseHTTPRequestHandler):
    """A gateway that says what it was asked, and from which connection."""
    protocol_version = "HTTP/1.1"
    ready = True

    def do_GET(self):
        body = json.dumps({"headers": self.headers.items(), "connection": self.client_address[1]}).encode()
        self.send_response(200 if Echo.ready or self.path != "/readyz" else 503)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


class Client:
    """A connection that stays open."""

    def __init__(self, port, authority):
        self.connection = http.client.HTTPSConnection("localhost", port, context=ssl.create_default_context(cafile=authority))

    def get(self, headers=None):
        self.connection.request("GET", "/x", headers=headers or {})
        answer = self.connection.getresponse()
        return answer.status, answer.read()


def check_pages_and_calls(port, authority):
    url = f"https://localhost:{port}"
    trust = ["--cacert", authority]
    assert curl(*trust, "--http2", f"{url}/v1/tickets")[:2] == ("2", 200)
    assert curl(*trust, "--http1.1", f"{url}/v1/tickets")[:2] == ("1.1", 200)
    call = ["-H", "content-type: application/json", "-d", "{}", f"{url}/dangol.tickets.v1.TicketService/ListTickets"]
    assert curl(*trust, *call)[:2] == ("2", 200)
    for path in ("/metrics", "/readyz", "/healthz"):
        assert curl(*trust, url + path)[1] == 404, path
    assert curl(f"http://localhost:{port}/v1/tickets")[1] != 200, "without TLS"
    print("ok: pages and calls by HTTP/2 and HTTP/1.1 with TLS, what is for those inside stays there")


def check_grpc(channel):
    tickets = TicketServiceStub(channel)
    created, call = tickets.CreateTicket.with_call(CreateTicketRequest(ticket=Ticket(subject="By gRPC"), request_id="by-grpc"))
    assert dict(call.trailing_metadata())["x-dangol-cursor"], "trailers come through"
    assert created.name in [ticket.name for ticket in tickets.ListTickets(ListTicketsRequest()).tickets]
    try:
        AdminServiceStub(channel).GetStatus(GetStatusRequest())
        raise AssertionError("AdminService answers outside")
    except grpc.RpcError as error:
        assert error.code() == grpc.StatusCode.UNIMPLEMENTED, error
    print("ok: gRPC goes straight to its service, with trailers and errors")


def check_streams(port, authority, channel):
    """Both are open for longer than the proxy's patience, and still tell what happens."""
    watch = subprocess.Popen(["curl", "-sN", "--cacert", authority, "-H", "content-type: application/connect+json", "--data-binary", "@-",
                              f"https://localhost:{port}/dangol.gateway.v1.LiveService/Watch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    watch.stdin.write(b"\0\0\0\0\2{}")
    watch.stdin.close()
    events = TicketFeedStub(channel).StreamEvents(StreamEventsRequest())
    heard = []

    def follow():
        with contextlib.suppress(grpc.RpcError):  # it is cancelled at the end
            for response in events:
                heard.extend(response.events)

    threading.Thread(target=follow, daemon=True).start()
    told = b""
    try:
        end = time.monotonic() + TIMEOUT_S + 2
        while time.monotonic() < end:
            assert watch.poll() is None, f"Watch has ended: {told}"
            time.sleep(0.1)
        before = len(heard)
        TicketServiceStub(channel).CreateTicket(CreateTicketRequest(ticket=Ticket(subject="Late news"), ticket_id="late-news"))
        while b"tickets/late-news" not in told:
            piece = watch.stdout.read1()
            assert piece, f"Watch has ended: {told}"
            told += piece
        wait_until(lambda: len(heard) > before, "StreamEvents tells nothing any more")
    finally:
        watch.kill()
        watch.wait()
        events.cancel()
    print(f"ok: streams stay open beyond {TIMEOUT_S} s of patience")


def check_addresses_and_health(folder, certificate, authority):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    server.handle_error = lambda *_: None  # a probe does not wait for the body
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with running_proxy(folder, certificate, server.server_address[1], free_port()) as port:
        first = Client(port, authority)
        wait_until(lambda: first.get()[0] == 200, "the gateway is not seen")
        lies = {"X-Forwarded-For": "1.2.3.4", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http", "Forwarded": "for=1.2.3.4", "X-Real-IP": "1.2.3.4"}
        seen = json.loads(first.get(lies)[1])
        said = [(name.lower(), value) for name, value in seen["headers"] if "forwarded" in name.lower() or "real" in name.lower()]
        assert sorted(said) == [("x-forwarded-for", "127.0.0.1"), ("x-forwarded-proto", "https")], said
        print("ok: the client's address is the proxy's word, not the client's")
        others = [Client(port, authority) for _ in range(8)]
        connections = {json.loads(client.get()[1])["connection"] for client in others}
        assert len(connections) == len(others), "clients share connections"
        print("ok: no two clients share a connection to the gateway")
        Echo.ready = False
        wait_until(lambda: first.get()[0] == 503, "a gateway without services is still called")
        Echo.ready = True
        wait_until(lambda: first.get()[0] == 200, "a gateway that is back is not called")
        print("ok: a gateway without services is taken out, and comes back")
    server.shutdown()


def check_tls(folder, certificate, authority):
    data = os.path.join(folder, "tls-data")
    tls = os.path.join(data, "tls")
    subprocess.run([f"{PROGRAMS}/dangol", "tls", "init", "--data", data], check=True, capture_output=True)
    with suite.running_suite(PROGRAMS, data, DANGOL_TLS=tls) as environment, open(authority, "rb") as file:
        base = int(environment["DANGOL_PORT_BASE"])
        credentials = grpc.ssl_channel_credentials(file.read())

        def listed(port):
            with grpc.secure_channel(f"localhost:{port}", credentials) as channel:
                try:
                    TicketServiceStub(channel).ListTickets(ListTicketsRequest(), timeout=5)
                    return True
                except grpc.RpcError:
                    return False

        with running_proxy(folder, certificate, base, base, tls=tls) as port:
            wait_until(lambda: listed(port), "services with TLS are not called")
            subprocess.run([f"{PROGRAMS}/dangol", "tls", "rotate", "--data", data], check=True, capture_output=True)
        # What it reads when it starts again.
        with running_proxy(folder, certificate, base, base, tls=tls) as port:
            wait_until(lambda: listed(port), "services are not called with the next certificate")
        with running_proxy(folder, certificate, base, base) as port:
            wait_until(lambda: curl("--cacert", authority, f"https://localhost:{port}/v1/tickets")[1] == 200, "the suite is not seen")
            assert not listed(port), "services with TLS take plain connections"
    print("ok: services with TLS are called with a certificate of the suite, as the comment says")


def main():
    if HAPROXY is None:
        print("There is no haproxy here: apt-get install haproxy. Nothing was tested.")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as folder:
        certificate, authority = make_certificate(folder)
        check_addresses_and_health(folder, certificate, authority)
        check_tls(folder, certificate, authority)
        with suite.running_suite(PROGRAMS, os.path.join(folder, "data")) as environment:
            base = int(environment["DANGOL_PORT_BASE"])
            with running_proxy(folder, certificate, base, base, TIMEOUT_S) as port, open(authority, "rb") as file:
                credentials = grpc.ssl_channel_credentials(file.read())
                wait_until(lambda: curl("--cacert", authority, f"https://localhost:{port}/v1/tickets")[1] == 200, "the suite is not seen")
                with grpc.secure_channel(f"localhost:{port}", credentials) as channel:
                    check_pages_and_calls(port, authority)
                    check_grpc(channel)
                    check_streams(port, authority, channel)


main()
