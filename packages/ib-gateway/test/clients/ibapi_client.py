"""IB's own Python client with ways to ask and to wait for an answer; what it heard is kept as (name, values)."""

import json
import logging
import threading
import time
import urllib.request

from ibapi.client import EClient
from ibapi.wrapper import EWrapper

WAIT_SECONDS = 40
# What the client does with a message that it cannot read: it logs an error, or raises one in its loop.
logged = []


class Collector(logging.Handler):
    def emit(self, record):
        logged.append(record.getMessage())


logging.getLogger().addHandler(Collector(level=logging.ERROR))


class Recorder(EWrapper):
    """Keeps every callback."""

    def __init__(self):
        super().__init__()
        self.heard = []
        self.changed = threading.Condition()

    def __getattribute__(self, name):
        value = super().__getattribute__(name)
        if name.startswith("_") or not hasattr(EWrapper, name) or name == "logAnswer":
            return value

        def record(*values, **named):
            with self.changed:
                self.heard.append((name, [*values, *named.values()]))
                self.changed.notify_all()
            return value(*values, **named)

        return record


class Driver:
    """A connected client, and the clock of its gateway."""

    def __init__(self, api_port, control_port):
        self.control = f"http://127.0.0.1:{control_port}"
        self.wrapper = Recorder()
        self.client = EClient(self.wrapper)
        self.client.connect("127.0.0.1", api_port, 7)
        self.thread = threading.Thread(target=self.client.run, daemon=True)
        self.thread.start()
        self.next_id = self.wait("nextValidId")[0]
        self.last_request = 9000

    def wait(self, name, fits=lambda values: True, start=0):
        """The values of the first callback of a name that fits. Raises TimeoutError with what was heard instead."""
        deadline = time.monotonic() + WAIT_SECONDS
        with self.wrapper.changed:
            while True:
                for heard, values in self.wrapper.heard[start:]:
                    if heard == name and fits(values):
                        return values
                left = deadline - time.monotonic()
                if left <= 0:
                    raise TimeoutError(f"no {name}: {self.wrapper.heard[-10:]!r} {logged[-5:]!r}")
                self.wrapper.changed.wait(left)

    def rows(self, name, end, ask, *values):
        """Asks with a new request id; the rows of the answer, without that id, up to its end."""
        self.last_request += 1
        req_id, start = self.last_request, len(self.wrapper.heard)
        ask(req_id, *values)
        self.wait(end, lambda row: row[0] == req_id, start)
        return [row[1:] for heard, row in self.wrapper.heard[start:] if heard == name and row[0] == req_id]

    def list(self, name, end, ask, *values):
        """The same for a request without an id."""
        start = len(self.wrapper.heard)
        ask(*values)
        self.wait(end, start=start)
        return [row for heard, row in self.wrapper.heard[start:] if heard == name]

    def settle(self):
        """Everything sent before has been answered when this is over."""
        start = len(self.wrapper.heard)
        self.client.reqCurrentTime()
        self.wait("currentTime", start=start)

    def call(self, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(self.control + path, data=data), timeout=20) as answer:
            return json.load(answer)

    def step(self, seconds=1):
        self.settle()
        self.call("/advance", {"to": self.call("/status")["now"] + seconds * 1000})
        self.settle()

    def new_id(self):
        self.next_id += 1
        return self.next_id - 1

    def errors(self, start=0):
        """Codes of errors about a request or order, in order."""
        rows = (values for name, values in self.wrapper.heard[start:] if name == "error")
        return [values[2] for values in rows if values[0] != -1 and values[2] < 2000]

    def last(self, name, order_id):
        """The latest callback of a name about an order."""
        rows = [values for heard, values in self.wrapper.heard if heard == name and values[0] == order_id]
        return rows[-1] if rows else None

    def close(self):
        self.client.disconnect()
        self.thread.join(10)
