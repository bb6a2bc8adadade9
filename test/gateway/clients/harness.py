"""What the scripts of the Python clients share: the gateway's control interface, and what a decoder complained of."""

import json
import logging
import urllib.request

logged = []


class Collector(logging.Handler):
    def emit(self, record):
        if record.levelno >= logging.ERROR:
            logged.append((record.name, record.getMessage(), str(record.exc_info[1]) if record.exc_info else ""))


logging.getLogger().addHandler(Collector())


def decoder_errors():
    return [line for line in logged if "decoder" in line[0].lower() or line[2]]


class Control:
    """Moves the clock of a stepped gateway. `settle` returns when everything that was sent before has been answered."""

    def __init__(self, port):
        self.url = f"http://127.0.0.1:{port}"

    def call(self, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(self.url + path, data=data), timeout=20) as answer:
            return json.load(answer)

    def step(self, settle, seconds=1):
        settle()
        self.call("/advance", {"to": self.call("/status")["now"] + seconds * 1000})
        settle()
