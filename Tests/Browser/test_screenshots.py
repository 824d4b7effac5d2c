"""Pictures of the page, for people to look at: .build/screenshots."""

import pytest
from chatd import ROOT
from playwright.sync_api import expect

FOLDER = ROOT / ".build" / "screenshots"
SIZES = {"desktop": (1280, 800), "phone": (390, 844)}
WISH = "I love rainy Sundays! Roll 2d6 for me, and what is 12 * 7 + 16?"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_pictures(start_chatd, open_chat, size, theme):
    chatd = start_chatd(assistant="demo")
    width, height = SIZES[size]
    chat = open_chat(
        chatd, viewport={"width": width, "height": height}, color_scheme=theme,
        reduced_motion="reduce", device_scale_factor=2,
    )  # fmt: skip

    def picture(name):
        chat.page.evaluate("document.activeElement?.blur()")
        chat.page.screenshot(path=FOLDER / f"{name}-{size}-{theme}.png")

    for name in ("calculator", "dice", "keeper", "sentiment"):
        chat.expect_child(name, "ready")
    picture("empty")
    chat.say("Remember that the garden party is on Saturday")
    expect(chat.answers).to_have_count(1)
    chat.expect_answered(chat.answers.first)
    chat.say(WISH)
    expect(chat.answers).to_have_count(2)
    expect(chat.answers.last).to_contain_text("You said")
    picture("streaming")
    chat.expect_answered(chat.answers.last)
    expect(chat.answers.last).to_be_in_viewport()
    picture("thread")
    chat.chip(chat.by_user(WISH), "sentiment").click()
    chat.get("reply-details").scroll_into_view_if_needed()
    picture("reply")
    if size == "phone":
        chat.get("open-panel").click()
        expect(chat.get("panel")).to_be_visible()
    chat.press("dice", "kill")
    chat.press("dice", "kill-confirm")
    chat.expect_child("dice", "stopped")
    chat.press("calculator", "log")
    chat.press("keeper", "kill")
    picture("children")
    assert len(list(FOLDER.glob(f"*-{size}-{theme}.png"))) >= 5
