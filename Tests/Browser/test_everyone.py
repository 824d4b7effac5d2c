"""Every view for everyone: axe, large targets, narrow screens, right to left, few colours."""

import pytest
import views
from axe import violations
from playwright.sync_api import expect

SMALL = """() => [...document.querySelectorAll(
    'button, summary, input, textarea, select, a[href]:not(p a, .markdown a)')]
  .filter((one) => one.checkVisibility({ contentVisibilityAuto: true, visibilityProperty: true })
    && !one.closest('[inert], .markdown'))
  // A label is part of its box.
  .map((one) => one.closest('label') ?? one)
  .map((one) => [one, one.getBoundingClientRect()])
  .filter(([, { width, height }]) => Math.min(width, height) < 24)
  .map(([one]) => one.outerHTML.slice(0, 100))"""
STICKS_OUT = """() => [...document.querySelectorAll(
  'html, #thread, #dock, #bar, dialog, .menu, .nav,'
    + ' .panel, .editor')]
  .filter((one) => one.checkVisibility() && !one.inert)
  .filter((one) => {
    const { left, right } = one.getBoundingClientRect();
    return one.scrollWidth > one.clientWidth || left < 0 || right > innerWidth;
  })
  .map((one) =>
    `${one.id || one.className || one.tagName} ${one.scrollWidth}>${one.clientWidth}`)"""


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_and_targets_are_large(start_chatd, open_chat, theme, width):
    chat = views.start(start_chatd, open_chat, color_scheme=theme, reduced_motion="reduce",
                       viewport={"width": width, "height": 844})  # fmt: skip
    wrong = {}
    seen = []
    for name in views.walk(chat):
        seen.append(name)
        if found := [*violations(chat.page), *chat.page.evaluate(SMALL)]:
            wrong[name] = found
    assert wrong == {}
    assert len(seen) == 13


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_every_view_fits_into_320_pixels(start_chatd, open_chat, direction):
    chat = views.start(start_chatd, open_chat, reduced_motion="reduce",
                       viewport={"width": 320, "height": 640})  # fmt: skip
    chat.page.locator("html").evaluate("(root, dir) => { root.dir = dir; }", direction)
    wrong = {name: found for name in views.walk(chat) if (found := chat.page.evaluate(STICKS_OUT))}
    assert wrong == {}


def test_control_what_sticks_out_or_is_small_is_noticed(chat):
    chat.page.locator("#new-thread").evaluate("one => { one.style.blockSize = '12px'; }")
    chat.page.locator("#thread").evaluate("one => { one.style.inlineSize = '3000px'; }")
    expect(chat.get("threads")).to_be_visible()
    assert len(chat.page.evaluate(SMALL)) == 1
    assert chat.page.evaluate(STICKS_OUT) != []
