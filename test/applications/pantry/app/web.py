"""The web tier of the pantry: HTML pages and a form, without packages besides Python's own."""

import html
import http.client
import json
import os
import signal
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

COLOR = os.environ["COLOR"]
VERSION = os.environ["VERSION"]
INSTANCE = os.environ["INSTANCE_ID"]
APP = urlsplit(os.environ["APP_URL"])
IDLE_SECONDS = int(os.environ["IDLE_TIMEOUT_SECONDS"])
DRAIN_SECONDS = int(os.environ["DRAIN_SECONDS"])
APP_SECONDS = 10
READINESS_SECONDS = 2

draining = threading.Event()
open_requests = 0
lock = threading.Lock()


def call_app(method, path, body=None, seconds=APP_SECONDS):
    """Requests the tier app, through the load balancer's rule for the own color."""
    connection = http.client.HTTPConnection(APP.hostname, APP.port or 80, timeout=seconds)
    try:
        connection.request(method, path, body, {"x-changeover-color": COLOR})
        response = connection.getresponse()
        text = response.read()
        return response.status, json.loads(text) if text else None
    finally:
        connection.close()


def is_ready():
    try:
        return call_app("GET", "/version", seconds=READINESS_SECONDS)[0] == 200
    except OSError:
        return False


class Pantry(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # The load balancer must be the side that closes idle connections.
    timeout = IDLE_SECONDS + 15
    # One packet for headers and body.
    wbufsize = 64 * 1024
    disable_nagle_algorithm = True

    def do_GET(self):
        self.handle_request(self.get)

    def do_POST(self):
        self.handle_request(self.post)

    def get(self):
        if self.path == "/version":
            return 200, json.dumps({"color": COLOR, "version": VERSION, "instance": INSTANCE}), {}
        if self.path == "/up":
            return 503 if draining.is_set() else 200, "", {}
        if self.path == "/ready":
            return 200 if not draining.is_set() and is_ready() else 503, "", {}
        if self.path == "/":
            status, items = call_app("GET", "/items")
            listed = "".join(f"<li>{html.escape(item['name'])}</li>" for item in items or [])
            return status, f"<h1>Pantry</h1><ul>{listed}</ul>", {}
        status, item = call_app("GET", self.path)
        return status, f"<p>{html.escape(item['name'])}</p>" if item else "", {}

    def post(self):
        length = int(self.headers.get("content-length", 0))
        fields = parse_qs(self.rfile.read(length).decode())
        status, item = call_app("POST", "/items", fields["name"][0].encode())
        if status != 201:
            return status, "", {}
        return 303, "", {"location": f"/items/{item['id']}"}

    def handle_request(self, answer):
        global open_requests
        with lock:
            open_requests += 1
        try:
            try:
                status, text, headers = answer()
            except OSError as error:
                status, text, headers = 502, str(error), {}
            body = text.encode()
            self.send_response(status)
            self.send_header("x-pantry-version", VERSION)
            self.send_header("content-type", "text/html; charset=utf-8")
            self.send_header("content-length", str(len(body)))
            for name, value in headers.items():
                self.send_header(name, value)
            if draining.is_set():
                self.send_header("connection", "close")
                self.close_connection = True
            self.end_headers()
            self.wfile.write(body)
        finally:
            with lock:
                open_requests -= 1

    def log_message(self, *_):
        """The load balancer's access log has the requests."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


server = Server((os.environ.get("HOST", "0.0.0.0"), int(os.environ.get("PORT", "8000"))), Pantry)


def drain():
    """Answers open requests, then ends the process; idle connections end with it."""
    server.shutdown()
    deadline = time.monotonic() + DRAIN_SECONDS
    while open_requests > 0 and time.monotonic() < deadline:
        time.sleep(0.05)
    os._exit(0 if open_requests == 0 else 1)


def on_stop(*_):
    if not draining.is_set():
        draining.set()
        threading.Thread(target=drain).start()


signal.signal(signal.SIGTERM, on_stop)
server.serve_forever(poll_interval=0.2)
threading.Event().wait()
