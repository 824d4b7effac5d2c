"""Every view for everyone: axe, large targets, narrow screens, right to left, few colours, zoom."""

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
  .map(([one]) => `small: ${one.outerHTML.slice(0, 100)}`)"""
# Once in each direction of reading; what stays where it is may not be cut off below, either.
STICKS_OUT = """() => ['rtl', 'ltr'].flatMap((dir) => {
  document.documentElement.dir = dir;
  return [...document.querySelectorAll(
    'html, #thread, #dock, #bar, dialog, .menu, .nav, .panel, .child, .editor')]
    .filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.closest('[inert]'))
    .filter((one) => {
      const { left, right, top, bottom } = one.getBoundingClientRect();
      const stays = one.matches('#dock, #bar, dialog:modal, .menu, .nav, .panel');
      return one.scrollWidth > one.clientWidth || left < 0 || right > innerWidth
        || (stays && (top < 0 || bottom > innerHeight));
    })
    .map((one) => `sticks out, ${dir}: ${one.id || one.className || one.tagName}`);
})"""
SIZES = {"desktop": (1280, 800), "phone": (390, 844)}
NARROW = 320
# What 1280 by 800 are at twice the size.
ZOOMED = {"width": 640, "height": 400}


def faults(chat):
    """What can be told of a view by measuring."""
    return [*chat.page.evaluate(SMALL), *chat.page.evaluate(STICKS_OUT)]


@pytest.mark.parametrize("size", SIZES)
def test_every_view_is_fit_for_use(start_chatd, new_context, size):
    width, height = SIZES[size]
    chat = views.start(
        start_chatd, new_context, reduced_motion="reduce",
        viewport={"width": width, "height": height},
    )  # fmt: skip
    wrong = {}
    seen = []
    for name in views.walk(chat):
        seen.append(name)
        found = faults(chat)
        for theme in views.themes(chat):
            views.picture(chat, f"view-{name}-{size}-{theme}")
            found += violations(chat.page)
        if size == "phone":
            chat.page.set_viewport_size({"width": NARROW, "height": 640})
            found += faults(chat)
            if name in ("branches", "question", "tools", "lost"):
                views.picture(chat, f"view-{name}-narrow-dark")
            chat.page.set_viewport_size({"width": width, "height": height})
        if found:
            wrong[name] = found
    assert wrong == {}, wrong
    assert len(seen) == 19


def test_every_view_is_whole_at_twice_the_size(start_chatd, new_context):
    chat = views.start(
        start_chatd, new_context, viewport=ZOOMED, device_scale_factor=2, reduced_motion="reduce"
    )
    wrong = {}
    for name in views.walk(chat):
        views.picture(chat, f"view-{name}-zoomed-light")
        if found := faults(chat):
            wrong[name] = found
        # There is room for reading even while something is said above the field.
        room = chat.page.locator("#scroller").evaluate("one => one.clientHeight")
        if room < ZOOMED["height"] / 3:
            wrong[f"{name}, room"] = room
    assert wrong == {}, wrong
    expect(chat.input).to_be_in_viewport(ratio=1)
    expect(chat.get("send")).to_be_in_viewport(ratio=1)


def test_control_what_is_wrong_is_noticed(chat):
    assert [*violations(chat.page), *faults(chat)] == []
    chat.get("thread-title").evaluate("title => { title.style.color = '#ccc'; }")
    assert [name for name, _ in violations(chat.page)] == ["color-contrast"]
    chat.page.locator("#new-thread").evaluate("one => { one.style.blockSize = '12px'; }")
    chat.page.locator("#import").evaluate("one => { one.style.minInlineSize = '3000px'; }")
    chat.page.locator("#dock").evaluate("one => { one.style.translate = '0 30px'; }")
    expect(chat.get("threads")).to_be_visible()
    assert len(chat.page.evaluate(SMALL)) == 1
    assert {one.split()[-1] for one in chat.page.evaluate(STICKS_OUT)} >= {"dock", "threads"}


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


# Animations that have no end.
ENDLESS = """() => document.getAnimations()
  .filter((one) => one.effect.getComputedTiming().endTime === Infinity).length"""


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_nothing_moves_for_whom_motion_is_too_much(start_chatd, new_context, motion):
    chat = views.start(start_chatd, new_context, reduced_motion=motion)
    moving = [chat.page.evaluate(ENDLESS)]
    for _ in views._hanging(chat):
        moving.append(chat.page.evaluate(ENDLESS))
    chat.script.begin(chat.chatd)
    chat.script.answered("", status="streaming", stop_reason=None)
    expect(chat.answers).to_have_count(1)
    moving.append(chat.page.evaluate(ENDLESS))
    for _ in views._lost(chat):
        moving.append(chat.page.evaluate(ENDLESS))
    assert moving[0] == 0, "at rest nothing moves"
    # The other is the control.
    assert [n > 0 for n in moving[1:]] == [motion == "no-preference"] * 3


# The words and lines of what is told apart by more than a ground; a line that is drawn is seen.
LINES = """(selector) => [...document.querySelectorAll(selector)]
  .filter((one) => one.checkVisibility())
  .map((one) => {
    const { borderTopWidth, borderTopStyle, outlineWidth, outlineStyle } = getComputedStyle(one);
    return (borderTopStyle !== 'none' && parseFloat(borderTopWidth) > 0)
      || (outlineStyle !== 'none' && parseFloat(outlineWidth) > 0);
  })"""


def test_without_colours_all_is_told_apart_by_lines_and_words(start_chatd, new_context):
    chat = views.start(start_chatd, new_context, forced_colors="active", reduced_motion="reduce",
                       device_scale_factor=2)  # fmt: skip
    assert chat.page.evaluate("matchMedia('(forced-colors: active)').matches")
    lined = {
        ".small", ".chip", ".state", ".badge", ".unread", ".send", ".composer", ".child",
        ".from-user > .body", ".thread-row:has([aria-current])",
    }  # fmt: skip
    bare = {one: lines for one in lined if not all(lines := chat.page.evaluate(LINES, one))}
    assert bare == {}
    assert all(chat.page.evaluate(LINES, one) for one in lined), "each is in the page"
    # Which one is chosen, and where the focus is.
    assert chat.page.evaluate(LINES, ".thread-row:not(:has([aria-current]))") == [False] * 3
    chat.input.fill("@")
    expect(chat.page.get_by_role("listbox")).to_be_visible()
    lines = chat.page.evaluate(LINES, ".mention")
    assert lines.count(True) == 1 < len(lines)
    views.picture(chat, "colourless-mentions")
    chat.input.fill("")
    for states in (chat.get("child-state").all(), chat.page.locator(".chip-status").all()):
        assert all(state.inner_text() for state in states)
    chat.page.get_by_role("button", name="Restart Dice").focus()
    chat.page.keyboard.press("Tab")
    stop = chat.page.get_by_role("button", name="Stop Dice")
    expect(stop).to_be_focused()
    expect(stop).to_have_css("outline-style", "solid")
    expect(stop).to_have_css("outline-width", "2px")
    views.picture(chat, "colourless")
