"""Children of a test's own, and a page on which a good deal has gone wrong with them."""

import os
import shutil
import signal
import urllib.error
from contextlib import suppress

from chatd import FIXTURES
from playwright.sync_api import expect

SLOWLY = """name = "Slowly"
description = "Ends as soon as it has begun"
command = ["sh", "main.sh"]
[restart]
backoff_initial_ms = 60000
backoff_max_ms = 60000
"""


class Nursery:
    """A folder of children: copies of fixtures, whose manifests may be others."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()
        shutil.copy(FIXTURES / "chatd_child.py", folder)

    def adopt(self, name, manifest=None, source=FIXTURES):
        """Copies a fixture, or a child from elsewhere; returns its folder."""
        shutil.copytree(source / name, self.folder / name)
        if manifest is not None:
            self.write_manifest(name, manifest)
        return self.folder / name

    def manifest(self, name):
        """The manifest as it is now."""
        return (self.folder / name / "manifest.toml").read_text()

    def write_manifest(self, name, text):
        """Puts a manifest in the place of the one there is, all at once."""
        new = self.folder / name / "manifest.new"
        new.write_text(text)
        new.rename(self.folder / name / "manifest.toml")

    def remove(self, name):
        """Takes a child's folder away."""
        shutil.rmtree(self.folder / name)


def make_trouble(nursery, start_chatd, open_chat, **options):
    """A page with a child for each thing that can be wrong, and messages that show it."""
    for name in ("crash", "echo", "exit-78", "hang", "slow"):
        nursery.adopt(name)
    nursery.adopt("exit-at-once", SLOWLY)
    chatd = start_chatd(assistant="off", children=[nursery.folder])
    for name in ("crash", "echo", "hang", "slow", "exit-78", "exit-at-once"):
        with suppress(urllib.error.HTTPError):  # 409: it could not be started
            chatd.post(f"/api/children/{name}/start")
    chat = open_chat(chatd, **options)
    if chat.page.viewport_size["width"] < 900:
        chat.get("open-panel").click()
    chat.expect_child("exit-78", "parked")
    chat.expect_child("exit-at-once", "backing_off")
    os.kill(chat.fact("slow", "pid"), signal.SIGKILL)
    nursery.write_manifest("echo", nursery.manifest("echo") + 'colour = "blue"\n')
    for text in ("one", "two", "three", "four", "Please crash", "Are you all there?"):
        chatd.post("/api/messages", {"content": text})
    last = chat.by_user("Are you all there?")
    expect(chat.chip(last, "hang")).to_have_attribute("data-status", "skipped")
    expect(chat.get("child-circuit", chat.child("hang"))).to_be_visible()
    expect(chat.get("child-problem", chat.child("echo"))).to_be_visible()
    chat.expect_child("slow", "ready")
    return chat
