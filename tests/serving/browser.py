"""A headless Chromium that is driven by its DevTools protocol: enough to put files into a page and to read it."""

import itertools
import json
import subprocess
import time
import urllib.request
from pathlib import Path


class Browser:
    """Opens a page.

    Args:
        program: Chromium.
        profile: An empty folder.
        url: The page.
        more: Further flags.
    """

    def __init__(self, program, profile, url, *more):
        import websocket

        flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]
        flags += ["--remote-debugging-port=0", "--remote-allow-origins=*", f"--user-data-dir={profile}", *more]
        self.process = subprocess.Popen([program, *flags, url], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        port_file = Path(profile) / "DevToolsActivePort"
        port = wait(lambda: port_file.exists() and port_file.read_text().split("\n")[0])
        pages = wait(lambda: [page for page in self._targets(port) if page["type"] == "page" and page["url"] == url])
        self.socket = websocket.create_connection(pages[0]["webSocketDebuggerUrl"], timeout=60)
        self.numbers = itertools.count(1)
        self.errors = []
        self.ask("Runtime.enable")

    @staticmethod
    def _targets(port):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json") as answer:
            return json.load(answer)

    def ask(self, method, **parameters):
        number = next(self.numbers)
        self.socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self.socket.recv())
            if message.get("method") == "Runtime.exceptionThrown":
                self.errors.append(message["params"]["exceptionDetails"])
            if message.get("id") == number:
                assert "error" not in message, message
                return message["result"]

    def evaluate(self, expression):
        """The value of a JavaScript expression."""
        answer = self.ask("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def put_files(self, selector, paths):
        """Chooses files in an input, as a user would."""
        root = self.ask("DOM.getDocument")["root"]["nodeId"]
        node = self.ask("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self.ask("DOM.setFileInputFiles", nodeId=node, files=[str(path) for path in paths])

    def drag(self, selector, across):
        """Presses the mouse in the middle of an element, moves it and lets it go."""
        box = f"document.querySelector('{selector}')"
        self.evaluate(f"{box}.scrollIntoView()")
        x, y = self.evaluate(f"(r => [r.x + r.width / 2, r.y + r.height / 2])({box}.getBoundingClientRect())")
        for kind, x_now in (("mousePressed", x), ("mouseMoved", x + across), ("mouseReleased", x + across)):
            self.ask("Input.dispatchMouseEvent", type=kind, x=x_now, y=y, button="left", buttons=1, clickCount=1)

    def close(self):
        self.socket.close()
        self.process.terminate()
        self.process.wait(30)


def wait(condition, seconds=60):
    """Waits until the condition holds, and returns it."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if value := condition():
                return value
        except OSError:
            pass
        time.sleep(0.1)
    raise TimeoutError("this did not happen")
