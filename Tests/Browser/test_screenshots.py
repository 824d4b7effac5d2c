"""Pictures of the page, for people to look at; test_everyone.py takes those of each view."""

import pytest
from playwright.sync_api import expect
from trouble import make_trouble
from views import PICTURES as FOLDER
from views import themes

SIZES = {"desktop": (1280, 800), "phone": (390, 844)}
WISH = "I love rainy Sundays! Roll 2d6 for me, and what is 12 * 7 + 16?"


@pytest.mark.parametrize("size", SIZES)
def test_pictures(start_chatd, open_chat, size):
    chatd = start_chatd(assistant="demo")
    width, height = SIZES[size]
    chat = open_chat(
        chatd, viewport={"width": width, "height": height}, reduced_motion="reduce",
        device_scale_factor=2,
    )  # fmt: skip

    def picture(name):
        chat.page.evaluate("document.activeElement?.blur()")
        for theme in themes(chat):
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
    assert len(list(FOLDER.glob(f"*-{size}-dark.png"))) >= 5


@pytest.mark.parametrize("size", SIZES)
def test_pictures_of_trouble(start_chatd, open_chat, nursery, size):
    width, height = SIZES[size]
    chat = make_trouble(
        nursery, start_chatd, open_chat, viewport={"width": width, "height": height},
        reduced_motion="reduce", device_scale_factor=2,
    )  # fmt: skip

    def picture(name):
        for theme in themes(chat):
            chat.page.screenshot(path=FOLDER / f"{name}-{size}-{theme}.png")

    card = chat.child("crash")
    picture("trouble")
    chat.child("slow").scroll_into_view_if_needed()
    chat.certificate("slow").locator("summary").first.click()
    picture("trouble-lower")
    chat.certificate("crash").locator("summary").first.click()
    chat.get("child-held", card).get_by_role("link").click()
    expect(chat.by_user("Please crash")).to_be_in_viewport()
    picture("trouble-thread")
    assert len(list(FOLDER.glob(f"trouble*-{size}-dark.png"))) == 3


ASKED = "I love it! What is 12 * 7 + 16, and roll 2d6 for the first dance?"


def test_the_picture_of_the_readme(start_chatd, open_chat):
    chatd = start_chatd(assistant="demo")
    for title in ("Recipes for a crowd", "Trip to the sea", "Garden party"):
        thread = chatd.post("/api/threads", {"title": title})
    chat = open_chat(chatd, reduced_motion="reduce", device_scale_factor=2)
    for name in ("calculator", "dice", "keeper", "sentiment"):
        chat.expect_child(name, "ready")
    chat.go("Garden party")
    before = (
        "Remember that the garden party is on Saturday", "Roll a die for each of 3 * 4 guests",
    )  # fmt: skip
    for n, text in enumerate(before, 1):
        chat.say(text)
        expect(chat.answers).to_have_count(n)
        chat.expect_answered(chat.answers.last)
    chatd.post("/api/messages", {"content": "Soup for 20, please", "thread": "main"})
    expect(chat.page.locator("[data-testid=thread-row][data-unread=true]")).to_have_count(1)
    chat.say(ASKED)
    expect(chat.answers).to_have_count(len(before) + 1)
    chat.expect_answered(chat.answers.last)
    message = chat.by_user(ASKED)
    message.evaluate("one => one.scrollIntoView({ block: 'start' })")
    chat.page.locator("#scroller").evaluate("one => { one.scrollTop -= 26; }")
    chat.page.evaluate("document.activeElement?.blur()")
    chat.page.mouse.move(0, 0)
    expect(chat.chip(message, "dice")).to_be_in_viewport()
    expect(chat.get("sparkline").first).to_be_visible()
    chat.page.screenshot(path=FOLDER / "readme.png")
    assert thread["id"] in chat.page.url
