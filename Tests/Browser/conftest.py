"""A real chatd, a real browser, and a guard: no request of any page may leave the machine."""

import contextlib
import time
import urllib.parse

import pytest
from chatd import EXAMPLES, Chatd, Claude
from chatpage import BROWSER, ChatPage
from outside import Outside
from playwright.sync_api import expect, sync_playwright
from script import Script
from trouble import Nursery

PATIENCE_MS = 15_000
expect.set_options(timeout=PATIENCE_MS)


def pytest_configure(config):
    config.addinivalue_line("markers", "closely: every single request of the pages is looked at")


@pytest.fixture(scope="session")
def outside():
    """Where all that the browser asks of other machines ends."""
    with Outside() as outside:
        yield outside
        outside.shutdown()


@pytest.fixture(scope="session")
def browser(outside):
    """Chromium, one for all tests."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=BROWSER, args=["--no-sandbox", *outside.flags])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def claude():
    """The Messages API server, shared: each test names its own keys."""
    server = Claude()
    yield server
    server.close()


@pytest.fixture
def start_chatd(tmp_path, claude):
    """Starts chatd with other options than the usual ones."""
    with contextlib.ExitStack() as running:

        def start(**options):
            folder = tmp_path / f"chatd-{len(list(tmp_path.iterdir()))}"
            folder.mkdir()
            chatd = Chatd(folder, claude.url, **options)
            running.callback(chatd.stop)
            return chatd

        yield start


@pytest.fixture
def chatd(start_chatd):
    """chatd with the example children, of which four start with it."""
    chatd = start_chatd(children=[EXAMPLES])
    return chatd


@pytest.fixture
def nursery(tmp_path):
    """Children of the test's own."""
    return Nursery(tmp_path / "nursery")


# A hint to the browser makes no request that is seen, yet a connection, or a question for a name.
WATCH_HINTS = """document.addEventListener('DOMContentLoaded', () => {
  const look = () => {
    for (const { href } of document.querySelectorAll('head link')) window.hinted(href);
  };
  look();
  new MutationObserver(look).observe(document.head, { childList: true, subtree: true });
})"""


class Watch:
    """What pages of one browser context asked for, and what went wrong in them."""

    def __init__(self, context, closely):
        self._closely = closely
        self.requests = []
        self.errors = []
        context.on("page", self._watch)
        context.on("serviceworker", lambda worker: self.errors.append(f"a worker {worker.url}"))
        if not closely:
            return
        context.on("request", lambda request: self.requests.append(request.url))
        context.expose_binding("hinted", lambda _, url: self.requests.append(url))
        context.add_init_script(WATCH_HINTS)

    def _watch(self, page):
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        if self._closely:
            page.on("websocket", lambda socket: self.requests.append(socket.url))

    @property
    def outside(self):
        """Addresses on other machines, or on other ports of this one that are not chatd's."""
        hosts = {urllib.parse.urlsplit(url).hostname for url in self.requests}
        return sorted(host for host in hosts if host not in ("127.0.0.1", None))

    def expect_outside(self, page, host):
        """Waits until a page has asked for something at another machine."""
        end = time.monotonic() + PATIENCE_MS / 1000
        while host not in self.outside:
            assert time.monotonic() < end, f"nothing asked {host} for anything"
            page.evaluate("new Promise(requestAnimationFrame)")


@pytest.fixture
def new_context(browser, outside, request):
    """Makes browser contexts that are watched, and judges what was seen at the end.

    What was asked of other machines is judged in each test. Every single request, also one that
    the policy stopped, is seen in those marked `closely`; a page takes half as long again there.
    """
    closely = request.node.get_closest_marker("closely") is not None
    outside.take()
    watches = []
    with contextlib.ExitStack() as contexts:

        def make(guarded=True, **options):
            usual = {"viewport": {"width": 1280, "height": 800}, "color_scheme": "light"}
            context = browser.new_context(**usual | options)
            contexts.callback(context.close)
            context.set_default_timeout(PATIENCE_MS)
            context.watch = Watch(context, closely)
            if guarded:
                watches.append(context.watch)
            return context

        yield make
    if watches:
        assert outside.take() == [], "a request left the machine"
    for watch in watches:
        assert watch.outside == [], "a request was to leave the machine"
        assert watch.errors == [], "an error was thrown in the page"


@pytest.fixture
def open_chat(new_context):
    """Opens the page in a new context."""

    def open_chat(chatd, **options):
        return ChatPage(new_context(**options).new_page()).open(chatd.url)

    return open_chat


@pytest.fixture
def chat(chatd, open_chat):
    """The page, with the example children ready that start with chatd."""
    chat = open_chat(chatd)
    for name in ("calculator", "dice", "keeper", "sentiment"):
        chat.expect_child(name, "ready")
    return chat


@pytest.fixture
def scripted(start_chatd, new_context):
    """The page with one message of a person's, and what adds to it what chatd did not say."""
    chatd = start_chatd(assistant="off")
    page = new_context().new_page()
    script = Script(page)
    chat = ChatPage(page).open(chatd.url)
    chat.expect_child("calculator", "ready")
    chatd.post("/api/messages", {"content": "6 * 7", "to": ["calculator"]})
    expect(chat.get("rollup")).to_have_attribute("data-final", "true")
    script.begin(chatd)
    return chat, script
