"""The page as a person sees and uses it."""

import os

from playwright.sync_api import expect

# Chromium without the windows that nobody sees: it takes a third of the time.
BROWSER = os.environ.get("CHATD_BROWSER", "/usr/bin/chromium-headless-shell")
LIVE = "html[data-connection=live]"


class ChatPage:
    """One open page. Everything it waits for is a condition in the page."""

    def __init__(self, page):
        self.page = page

    def open(self, url):
        """Loads the page and waits until it is in step with chatd."""
        self.page.goto(url)
        self.wait_live()
        return self

    def wait_live(self):
        """Waits until the page is in step with chatd."""
        expect(self.page.locator(LIVE)).to_be_attached()

    def get(self, testid, root=None):
        """Elements by their test id."""
        return (root or self.page).get_by_test_id(testid)

    def listen(self):
        """Begins to take down what is announced."""
        self.page.evaluate(
            """() => {
              window.said = [];
              const region = document.getElementById('status');
              new MutationObserver(() => window.said.push(region.textContent))
                .observe(region, { childList: true });
            }"""
        )
        return self

    def expect_said(self, words):
        """Waits until something with these words has been announced."""
        self.page.wait_for_function(
            "words => window.said.some((one) => one.includes(words))", arg=words
        )

    @property
    def input(self):
        """Where one writes."""
        return self.get("input")

    def say(self, text):
        """Writes a message and sends it with Enter."""
        self.input.fill(text)
        self.input.press("Enter")

    @property
    def messages(self):
        """All messages of the thread."""
        return self.get("message")

    def by_user(self, text):
        """The person's message that has this text."""
        return self.page.locator("[data-testid=message][data-role=user]").filter(has_text=text)

    @property
    def answers(self):
        """The assistant's messages."""
        return self.page.locator("[data-testid=message][data-role=assistant]")

    def chip(self, message, child):
        """What a child did about a message."""
        return message.locator(f"[data-testid=chip][data-child='{child}']")

    def reply(self, message, child):
        """What a child said about a message."""
        return message.locator(f"[data-testid=reply][data-child='{child}']")

    def failure(self, message, child):
        """Why a child did not answer a message, and what can be done about it."""
        return self.reply(message, child).locator(".reply-failure")

    def row(self, name):
        """A thread in the list, by its name."""
        link = self.page.get_by_role("link", name=name)
        return self.get("thread-row").filter(has=link)

    def go(self, name):
        """Goes to a thread of the list."""
        self.row(name).get_by_role("link").click()
        expect(self.get("thread-title")).to_have_text(name)
        self.wait_live()

    def begin(self):
        """Begins a thread; returns its identifier."""
        before = self.page.evaluate("location.hash")
        self.get("new-thread").click()
        self.page.wait_for_function("before => location.hash !== before", arg=before)
        expect(self.get("thread-title")).to_have_text("New thread")
        self.wait_live()
        return self.page.evaluate("location.hash.slice(2)")

    def choose(self, name, what):
        """Chooses something from the menu of a thread in the list."""
        self.row(name).get_by_role("button").click()
        self.page.get_by_role("menuitem", name=what).click()

    def child(self, name):
        """A child's card in the panel."""
        return self.page.locator(f"[data-testid=child][data-child='{name}']")

    def press(self, name, action):
        """Presses a button of a child's card."""
        self.child(name).locator(f"[data-action='{action}']").click()

    def start(self, *names):
        """Starts children, and waits until they are ready."""
        for name in names:
            self.press(name, "start")
            self.expect_child(name, "ready")

    def certificate(self, name):
        """How a child ended last, on its card."""
        return self.get("certificate", self.child(name))

    def expect_child(self, name, state):
        """Waits for a state."""
        expect(self.child(name)).to_have_attribute("data-state", state)

    def fact(self, name, key):
        """A number of a child's card: pid, generation, restarts."""
        return int(self.child(name).get_attribute(f"data-{key}") or 0)

    def expect_answered(self, answer):
        """Waits until an answer is whole and has its rollup."""
        expect(answer).to_have_attribute("data-status", "complete")
        expect(self.get("rollup", answer)).to_have_attribute("data-final", "true")
