"""A real Chromium without a window, driven over its debugging protocol (CDP): what a person does at a page.

    browser = Browser(folder)                      one process; Debian's package chromium
    page = browser.page()                          a tab with cookies of its own, as a private window
    page.open(url)
    page.fill("#username", "mira")                 a CSS selector; typed as keys are, so that React notices
    page.click("#kc-login")                        a real click at the element's middle
    page.click_text("Yes")                         of the button, link or label that says so
    page.wait_text("You are signed in")            until the page shows it
    page.screenshot(path)

Every action waits until its element is there and stands still, bounded; when it gives up, the error shows where the page was and
what it said. `page.errors` holds exceptions, failed loads and what the console called an error (a content security policy's refusals are
among them). The browser resolves no name and reaches nothing but this machine.
"""

import base64
import contextlib
import itertools
import json
import os
import pathlib
import shutil
import tempfile
import threading
import time

import pytest
from websockets.sync.client import connect

from .processes import HarnessError, spawn, wait_until

PROGRAMS = ("chromium", "google-chrome")  # or GACHAPON_CHROMIUM; not Ubuntu's chromium-browser, a snap that sees none of our folders
FLAGS = ["--headless=new", "--remote-debugging-port=0", "--no-first-run", "--no-default-browser-check", "--disable-sync",
         "--disable-extensions", "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
         "--disable-gpu", "--hide-scrollbars", "--force-device-scale-factor=1", "--lang=en-US", "--password-store=basic", "--log-level=3",
         "--allow-pre-commit-input",  # else clicks are lost between a page's load and its first paint
        
         "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"]
SECONDS = 60


class Browser:
    def __init__(self, folder):
        program = os.environ.get("GACHAPON_CHROMIUM") or next(filter(None, map(shutil.which, PROGRAMS)), None)
        if program == "none":
            pytest.skip("GACHAPON_CHROMIUM=none: no tests in a browser")
        if program is None or program.startswith("/snap/"):
            raise HarnessError("no Chromium: run ./dev install browser")
        folder = pathlib.Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        profile = pathlib.Path(tempfile.mkdtemp(prefix="profile-", dir=folder))
        port_file = profile / "DevToolsActivePort"
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        self.process = spawn("Chromium", [program, *FLAGS, *sandbox, f"--user-data-dir={profile}", "about:blank"],
                             folder / "chromium.log", env={**os.environ, "HOME": str(profile)})
        port, path = wait_until(lambda: written(port_file), 60, "Chromium to listen", alive=self.process)
        self._until_closed = contextlib.ExitStack()
        self._socket = self._until_closed.enter_context(connect(f"ws://127.0.0.1:{port}{path}", max_size=None, compression=None))
        self._ids, self._answers, self._pages = itertools.count(1), {}, {}
        self._news = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()

    def page(self, width=1280, height=800):
        """A new tab in a context of its own: no cookies, no cache."""
        context = self.call("Target.createBrowserContext")["browserContextId"]
        target = self.call("Target.createTarget", url="about:blank", browserContextId=context, width=width, height=height)["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = self._pages[session] = Page(self, session, target, context)
        for domain in ("Page", "Runtime", "Log", "Network"):
            page.call(f"{domain}.enable")
        page.resize(width, height)
        return page

    def close(self):
        self._until_closed.close()
        self.process.stop(timeout_s=10)

    def call(self, method, session=None, **parameters):
        """One command of the protocol; returns its result."""
        number = next(self._ids)
        message = {"id": number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        self._socket.send(json.dumps(message))
        with self._news:
            if not self._news.wait_for(lambda: number in self._answers or not self.process.alive(), SECONDS) or \
                    number not in self._answers:
                raise HarnessError(f"Chromium did not answer {method}\n{self.process.log_tail()}")
            answer = self._answers.pop(number)
        if "error" in answer:
            raise CallRefused(f"{method}: {answer['error']['message']}")
        return answer["result"]

    def _read(self):
        try:
            for text in self._socket:
                message = json.loads(text)
                with self._news:
                    if "id" in message:
                        self._answers[message["id"]] = message
                    elif message.get("sessionId") in self._pages:
                        self._pages[message["sessionId"]].note(message["method"], message["params"])
                    self._news.notify_all()
        except Exception:  # closed, by us or with the process; whoever waits notices
            pass


def written(port_file):
    """Its two lines, once both are there: Chromium writes them while we look."""
    lines = port_file.read_text().split("\n")
    return lines[:2] if len(lines) > 1 and lines[1] else None


class CallRefused(Exception):
    """The browser refused a command, for example because the page has just gone to another address."""


class Page:
    def __init__(self, browser, session, target, context):
        self._browser, self._session, self._target, self._context = browser, session, target, context
        self.errors = []

    def call(self, method, **parameters):
        return self._browser.call(method, session=self._session, **parameters)

    def close(self):
        self._browser.call("Target.disposeBrowserContext", browserContextId=self._context)

    def open(self, url):
        failed = self.call("Page.navigate", url=url).get("errorText")
        if failed:
            raise HarnessError(f"{url}: {failed}")

    def resize(self, width, height):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    @property
    def url(self):
        return self.evaluate("location.href")

    @property
    def text(self):
        """What the page shows, as text."""
        return self.evaluate("document.body ? document.body.innerText : ''")

    def evaluate(self, script, **arguments):
        """The value of a JavaScript expression (a promise is awaited); `arguments` are constants in it."""
        constants = "".join(f"const {name} = {json.dumps(value)};" for name, value in arguments.items())
        answer = self.call("Runtime.evaluate", expression=f"(async () => {{ {constants} return ({script}); }})()", awaitPromise=True,
                           returnByValue=True)
        if "exceptionDetails" in answer:
            raise CallRefused(f"{script}: {answer['exceptionDetails'].get('exception', {}).get('description', 'failed')}")
        return answer["result"].get("value")

    def wait(self, script, what=None, timeout_s=SECONDS, **arguments):
        """Until a JavaScript expression is true. Survives a change of address."""
        try:
            wait_until(lambda: self.evaluate(f"!!({script})", **arguments), timeout_s, what or script, every_s=0.1,
                              alive=self._browser.process)
        except HarnessError as late:
            raise HarnessError(f"{str(late).splitlines()[0]}; {self.describe()}") from None

    def wait_text(self, text, timeout_s=SECONDS):
        self.wait("document.body.innerText.includes(text)", f"the page to say {text!r}", timeout_s, text=text)

    def wait_url(self, part, timeout_s=SECONDS):
        self.wait("location.href.includes(part)", f"an address with {part!r}", timeout_s, part=part)

    def fill(self, selector, value):
        """Replaces what is in a field."""
        self._middle(f"document.querySelector({json.dumps(selector)})", selector)
        self.evaluate("(document.querySelector(s).focus(), document.querySelector(s).select && document.querySelector(s).select())",
                      s=selector)
        self.call("Input.insertText", text=value)

    def click(self, selector):
        self._click(f"document.querySelector({json.dumps(selector)})", selector)

    def click_text(self, text, among="button, a, input[type=submit], label, [role=tab], [role=menuitem], [role=option]"):
        """The first visible element of `among` whose whole text this is."""
        self._click(f"""[...document.querySelectorAll({json.dumps(among)})].find(element => element.getClientRects().length &&
                    (element.innerText || element.value || "").trim() === {json.dumps(text)})""", f"{text!r}")

    def screenshot(self, path):
        """The viewport, as a PNG, once its fonts are there."""
        self.wait("document.fonts.status === 'loaded'", "the fonts")
        self.evaluate("new Promise(painted => requestAnimationFrame(() => requestAnimationFrame(painted)))")
        picture = self.call("Page.captureScreenshot", format="png")
        pathlib.Path(path).write_bytes(base64.b64decode(picture["data"]))

    def describe(self):
        try:
            return f"the page is {self.url.split('?')[0]} and says:\n{self.text[:1500]}\n{self.errors[-5:]}"
        except (CallRefused, HarnessError) as failed:
            return f"the page says nothing ({failed})"

    def note(self, method, parameters):
        """What the browser tells of this page; kept where it is an error."""
        if method == "Runtime.exceptionThrown":
            details = parameters["exceptionDetails"]
            self.errors.append(details.get("exception", {}).get("description") or details["text"])
        elif method == "Log.entryAdded" and parameters["entry"]["level"] == "error":
            self.errors.append(f"{parameters['entry']['text']} {parameters['entry'].get('url', '')}".strip())
        elif method == "Runtime.consoleAPICalled" and parameters["type"] == "error":
            self.errors.append(" ".join(str(part.get("value", part.get("description"))) for part in parameters["args"]))

    def _click(self, element, name):
        x, y = self._middle(element, name)
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def _middle(self, element, name):
        """Where an element's middle is, once it is visible, enabled, uncovered and has stood still for two looks."""
        script = f"""(() => {{
            const element = {element};
            if (!element || element.disabled || document.readyState !== "complete") return null;
            const box = element.getBoundingClientRect(), x = box.x + box.width / 2, y = box.y + box.height / 2;
            const top = document.elementFromPoint(x, y);
            if (box.width && top && (element.contains(top) || top.contains(element))) return [x, y];
            element.scrollIntoView({{block: "center", inline: "center", behavior: "instant"}});
            return null;
        }})()"""
        deadline, last = time.monotonic() + SECONDS, None
        while True:
            try:
                found = self.evaluate(script)
            except CallRefused:
                found = None
            if found is not None and found == last:
                return found
            last = found
            if time.monotonic() > deadline:
                raise HarnessError(f"no {name} to act on; {self.describe()}")
            time.sleep(0.05)
