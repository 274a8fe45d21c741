"""A page that is watched as little as a kiosk's. Whoever drives a page with Playwright listens to its
network, and the browser keeps the bodies of all answers for such a listener, up to 100 MB; for whoever hears
of its scripts and its heap it keeps ids, positions and handles: that is no memory of the page's. This page
has a session of its own, for scripts, the console and loads alone, and is left to itself while it rests: what
its console said meanwhile is told when it is looked at again.

Playwright leaves a page alone whose context it has not made; the DevTools protocol to it goes through the
browser's own session.
"""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Browser

ANSWER_S = 120.0
LOOK_S = 0.02
POLL_S = 0.1
DOMAINS = ("Page", "Runtime", "Log")
REPEATED = ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded")
"""What the browser tells a new listener from the beginning; of one page each has a moment of its own."""


class BarePage:
    """`width` and `height`: of the window, CSS pixels."""

    def __init__(self, browser: Browser, width: int, height: int) -> None:
        self.session = browser.new_browser_cdp_session()
        self.session.on("Target.receivedMessageFromTarget", self._received)
        self.sent = 0
        self.answers: dict[int, dict[str, Any]] = {}
        self.listeners: dict[str, list[Callable[[dict[str, Any]], None]]] = defaultdict(list)
        self.known: set[tuple[str, float]] = set()
        self.context = self.session.send("Target.createBrowserContext")["browserContextId"]
        size = {"width": width, "height": height}
        self.target = self.session.send(
            "Target.createTarget", {"url": "about:blank", "browserContextId": self.context, **size}
        )["targetId"]
        self.attach()

    def attach(self) -> None:
        self.id = self.session.send("Target.attachToTarget", {"targetId": self.target, "flatten": False})[
            "sessionId"
        ]
        for domain in DOMAINS:
            self.send(f"{domain}.enable")

    def detach(self) -> None:
        """Nothing is kept for us until `attach`."""
        self.session.send("Target.detachFromTarget", {"sessionId": self.id})
        self.answers.clear()

    def _received(self, event: dict[str, Any]) -> None:
        message = json.loads(event["message"])
        if "id" in message:
            self.answers[message["id"]] = message
            return
        method, parameters = message["method"], message["params"]
        if method in REPEATED:
            moment = method, (parameters.get("entry") or parameters)["timestamp"]
            if moment in self.known:
                return
            self.known.add(moment)
        for heard in list(self.listeners[method]):
            heard(parameters)

    def close(self) -> None:
        self.session.send("Target.disposeBrowserContext", {"browserContextId": self.context})
        self.session.detach()

    def on(self, event: str, heard: Callable[[dict[str, Any]], None]) -> None:
        self.listeners[event].append(heard)

    def remove_listener(self, event: str, heard: Callable[[dict[str, Any]], None]) -> None:
        self.listeners[event].remove(heard)

    def send(self, method: str, parameters: dict[str, Any] | None = None) -> dict[str, Any]:
        """A command of the DevTools protocol, and its answer. Raises `RuntimeError` with what the browser
        says is wrong with it, `TimeoutError` after two minutes."""
        self.sent += 1
        number, until = self.sent, time.monotonic() + ANSWER_S
        message = json.dumps({"id": number, "method": method, "params": parameters or {}})
        self.session.send("Target.sendMessageToTarget", {"sessionId": self.id, "message": message})
        while number not in self.answers:
            if time.monotonic() > until:
                raise TimeoutError(f"{method}: no answer of the page in {ANSWER_S:g} s")
            self._look()
        answer = self.answers.pop(number)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']['message']}")
        return answer["result"]

    def _look(self) -> None:
        """Messages of the page come in only while the browser is asked something."""
        time.sleep(LOOK_S)
        self.session.send("Browser.getVersion")

    def goto(self, url: str) -> None:
        """Until it has loaded."""
        loaded: list[dict[str, Any]] = []
        self.on("Page.loadEventFired", loaded.append)
        self.send("Page.navigate", {"url": url})
        until = time.monotonic() + ANSWER_S
        while not loaded:
            if time.monotonic() > until:
                raise TimeoutError(f"{url}: not loaded in {ANSWER_S:g} s")
            self._look()
        self.remove_listener("Page.loadEventFired", loaded.append)

    def evaluate(self, function: str, argument: object = None) -> Any:
        """What a function of the page's language returns, its promise awaited."""
        answer = self.send(
            "Runtime.evaluate",
            {
                "expression": f"({function})({json.dumps(argument)})",
                "awaitPromise": True,
                "returnByValue": True,
            },
        )
        if "exceptionDetails" in answer:
            thrown = answer["exceptionDetails"]
            raise RuntimeError(thrown.get("exception", {}).get("description") or thrown["text"])
        return answer["result"].get("value")

    def wait_for_function(self, function: str, timeout: float) -> None:
        """Until it returns something true; `timeout` in milliseconds."""
        until = time.monotonic() + timeout / 1000
        while not self.evaluate(function):
            if time.monotonic() > until:
                raise TimeoutError(f"not true in {timeout / 1000:g} s: {function}")
            time.sleep(POLL_S)

    def wait_for_timeout(self, wait_ms: float) -> None:
        self.left_alone(wait_ms, lambda: None)

    def left_alone(self, wait_ms: float, call: Callable[[], object]) -> None:
        """For so long, then `call` while nobody listens yet."""
        self.detach()
        time.sleep(wait_ms / 1000)
        call()
        self.attach()
