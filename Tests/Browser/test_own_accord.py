"""What children keep and post of their own accord."""

import json
import re

from chatd import FIXTURES
from playwright.sync_api import expect


def test_a_child_that_its_state_ends_is_started_clean_after_one_question(
    start_chatd, open_chat, nursery
):
    nursery.adopt("haunted")
    chat = open_chat(start_chatd(assistant="off", children=[nursery.folder])).listen()
    card = chat.child("haunted")
    clean = card.locator("[data-action=clean]")
    chat.start("haunted")
    chat.say("bad")
    expect(chat.chip(chat.by_user("bad"), "haunted")).to_have_attribute("data-status", "replied")
    chat.press("haunted", "restart")
    chat.expect_child("haunted", "parked")
    expect(chat.certificate("haunted")).to_contain_text("what I saved haunts me")
    # The control: as it is it does not start.
    chat.press("haunted", "start")
    chat.expect_child("haunted", "parked")
    expect(chat.page.get_by_role("button", name="Start clean Haunted")).to_be_enabled()
    clean.click()
    expect(card).to_contain_text("Forget all that Haunted has saved?")
    card.get_by_role("button", name="Cancel").click()
    expect(clean).to_be_focused()
    chat.expect_child("haunted", "parked")
    clean.click()
    chat.press("haunted", "clean-confirm")
    chat.expect_child("haunted", "ready")
    expect(clean).to_be_hidden()
    chat.press("haunted", "stop")
    chat.expect_child("haunted", "stopped")
    expect(card.locator("[data-action=start]")).to_be_visible()
    expect(clean).to_be_hidden()


def test_what_a_child_posts_is_shown_as_it_drew_it_and_harmless(start_chatd, open_chat, nursery):
    manifest = (FIXTURES / "relay" / "manifest.toml").read_text()
    nursery.adopt("relay", manifest + "[permissions]\npost = true\n")
    chat = open_chat(start_chatd(assistant="off", children=[nursery.folder])).listen()
    chat.start("relay")
    html = "<h3>Drawn</h3><script>document.title = 'caught'</script><img src=x onerror=alert(1)>"
    params = {"text": "Written", "html": html, "data": {"n": 1}}
    chat.say(json.dumps({"do": "post", "params": params}))
    posted = chat.get("message").filter(has=chat.page.locator(".child-html"))
    expect(posted).to_have_count(1)
    expect(posted).to_have_class(re.compile("from-child"))
    expect(posted.locator(".child-html")).to_have_attribute("aria-label", "What Relay drew")
    assert chat.page.title() != "caught"
    # One without html is shown by its text.
    chat.say(json.dumps({"do": "post", "params": {"text": "plain **words**"}}))
    expect(chat.page.locator(".from-child strong").filter(has_text="words")).to_be_visible()
