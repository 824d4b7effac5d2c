"""The page for everyone: axe, narrow screens, right to left."""

import pytest
from axe import violations
from playwright.sync_api import expect

NARROW = {"width": 320, "height": 640}


def fill(chat):
    """A thread with an answer, failures, code, an open reply, an open question and a log."""
    code = "```python\ndef f(): return 'x'  # why\n```"
    chat.say(f"I love *this*! roll a die.\n\n{code}\n\n|a|b|\n|-|-|\n|1|2|")
    message = chat.by_user("I love")
    expect(chat.chip(message, "sentiment")).to_have_attribute("data-status", "replied")
    chat.expect_answered(chat.answers.first)
    chat.say("Hello scenario:401")
    expect(chat.answers.nth(1)).to_have_attribute("data-status", "failed")
    expect(chat.get("rollup", chat.by_user("401"))).to_have_attribute("data-final", "true")
    chat.chip(message, "sentiment").click()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(chatd, open_chat, theme):
    chat = open_chat(chatd, color_scheme=theme, reduced_motion="reduce")
    chat.expect_child("sentiment", "ready")
    chat.expect_child("dice", "ready")
    assert violations(chat.page) == []
    fill(chat)
    chat.press("dice", "kill")
    chat.press("sentiment", "log")
    chat.input.fill("@")
    assert violations(chat.page) == []
    chat.press("dice", "kill-confirm")
    chat.expect_child("dice", "stopped")
    chatd.kill()
    chat.say("Waits")
    expect(chat.get("connection")).to_be_visible()
    assert violations(chat.page) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_on_a_phone(chatd, open_chat, theme):
    chat = open_chat(
        chatd, color_scheme=theme, reduced_motion="reduce", viewport={"width": 390, "height": 844}
    )
    fill(chat)
    assert violations(chat.page) == []
    chat.get("open-panel").click()
    expect(chat.get("panel")).to_be_visible()
    assert violations(chat.page) == []


def test_control_axe_finds_one_bad_contrast(chat):
    chat.page.locator(".logo").evaluate("logo => { logo.style.color = '#ccc'; }")
    assert [name for name, _ in violations(chat.page)] == ["color-contrast"]


def test_the_theme_button_goes_round_and_its_choice_stays(chatd, open_chat):
    chat = open_chat(chatd, color_scheme="dark")
    root = chat.page.locator("html")
    dark = root.evaluate("root => getComputedStyle(document.body).backgroundColor")
    chat.get("theme").click()
    expect(root).to_have_attribute("data-theme", "light")
    assert root.evaluate("root => getComputedStyle(document.body).backgroundColor") != dark
    chat.page.reload()
    expect(root).to_have_attribute("data-theme", "light")
    chat.get("theme").click()
    expect(root).to_have_attribute("data-theme", "dark")
    chat.get("theme").click()
    expect(root).to_have_attribute("data-theme", "auto")


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_nothing_sticks_out_at_320_pixels(chatd, open_chat, direction):
    chat = open_chat(chatd, viewport=NARROW)
    chat.page.locator("html").evaluate("(root, dir) => { root.dir = dir; }", direction)
    fill(chat)
    chat.say("x" * 200)
    expect(chat.by_user("x" * 200)).to_have_count(1)
    for element in ("html", "#thread", "#dock"):
        wide = chat.page.locator(element).evaluate("one => one.scrollWidth - one.clientWidth")
        assert wide <= 0, element
    chat.get("open-panel").click()
    expect(chat.get("panel")).to_be_visible()
    for card in chat.get("child").all():
        box = card.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= NARROW["width"]


def test_targets_are_large_enough(chat):
    fill(chat)
    boxes = chat.page.locator("button:visible, summary:visible").evaluate_all(
        """all => all.map((one) => [one.outerHTML.slice(0, 80),
          one.getBoundingClientRect().width, one.getBoundingClientRect().height])"""
    )
    assert len(boxes) > 10
    assert [box for box in boxes if min(box[1:]) < 24] == []


def test_the_page_is_used_with_the_keyboard_alone(chat):
    page = chat.page
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the message field")).to_be_focused()
    page.keyboard.press("Enter")
    expect(chat.input).to_be_focused()
    page.keyboard.type("I love this")
    page.keyboard.press("Enter")
    chip = chat.chip(chat.by_user("I love this"), "sentiment")
    expect(chip).to_have_attribute("data-status", "replied")
    chip.focus()
    page.keyboard.press("Enter")
    expect(chat.get("reply-details")).to_be_visible()
    kill = page.get_by_role("button", name="Kill Dice")
    kill.focus()
    page.keyboard.press("Enter")
    expect(chat.child("dice").locator("[data-action=kill-confirm]")).to_be_focused()
    page.keyboard.press("Escape")
    expect(kill).to_be_focused()
