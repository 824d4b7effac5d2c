"""The page without a mouse, and without seeing it: the keys, where the focus is, what is said."""

import os
import re
import signal

import pytest
from chatd import PUPPETS
from playwright.sync_api import expect
from script import call

# What can be used, without what is reached by arrows alone; as the page has it now, in its order.
# A place that only scrolls, which browsers make reachable by themselves, is none.
USABLE = """() => [...document.querySelectorAll(
    'a[href], button, input, textarea, select, summary, [tabindex]')]
  .filter((one) => one.tabIndex >= 0 && !one.disabled && !one.closest('[inert]')
    && one.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: false }))
  .map((one) => { one.dataset.stop ??= String(window.stops = (window.stops ?? 0) + 1);
    return one.dataset.stop; })"""
# Where the focus is, and what is wrong with how that is seen.
FOCUS = """() => {
  const one = document.activeElement;
  const within = (selector, by = one) => by.closest(selector);
  const place = ['.skip', '#threads', '#bar', '#main', '#panel'].find((each) => within(each));
  const wrong = [];
  // A field shows it with the frame around it.
  const ring = [one, within('.composer, .editor')].filter(Boolean).map((each) => {
    const { outlineStyle, outlineWidth, outlineOffset } = getComputedStyle(each);
    const width = outlineStyle === 'none' ? 0 : parseFloat(outlineWidth);
    return { each, width, out: width && width + parseFloat(outlineOffset) };
  }).find(({ width }) => width >= 2);
  const box = (ring?.each ?? one).getBoundingClientRect();
  if (!ring) wrong.push('no ring');
  else {
    // What cuts it off may do so at one side, not all around.
    let cut = 0;
    for (let by = ring.each.parentElement; by; by = by.parentElement) {
      const { overflowY, overflowClipMargin } = getComputedStyle(by);
      if (overflowY === 'visible') continue;
      const more = overflowY === 'clip' ? parseFloat(overflowClipMargin) : 0;
      const frame = by.getBoundingClientRect();
      const gap = { left: box.left - frame.left, right: frame.right - box.right,
        top: box.top - frame.top, bottom: frame.bottom - box.bottom };
      cut = Math.max(cut, Object.values(gap).filter((side) => side + more < ring.out - 1).length);
    }
    if (cut > 1) wrong.push(`the ring is cut off at ${cut} sides`);
  }
  const [x, y] = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
  const seen = document.elementFromPoint(x, y);
  if (!seen || !(one.contains(seen) || seen.contains(one))) wrong.push('covered');
  return { stop: one.dataset.stop ?? one.tagName, place, wrong,
    name: `${one.ariaLabel ?? one.textContent.trim().slice(0, 40)}` };
}"""
MOST_STOPS = 200


def go_round(page, key="Tab"):
    """Each place at which one stops on the way through the page, once round."""
    stops = []
    page.evaluate(USABLE)
    for _ in range(MOST_STOPS):
        page.keyboard.press(key)
        stop = page.evaluate(FOCUS)
        if stop["stop"] == "BODY" or (stops and stop["stop"] == stops[0]["stop"]):
            return stops
        stops.append(stop)
    raise AssertionError(f"there is no end of it: {stops[-3:]}")


def tab_to(page, element, key="Tab"):
    """Goes on until an element has the focus."""
    for _ in range(MOST_STOPS):
        page.keyboard.press(key)
        if element.evaluate("one => one === document.activeElement"):
            return
    raise AssertionError(f"{element} is not reached")


def test_all_is_reached_by_tab_in_an_order_that_makes_sense_and_seen(chat):
    chat.say("I love this")
    message = chat.by_user("I love this")
    chat.chip(message, "sentiment").click()
    expect(chat.get("reply-details")).to_be_visible()
    chat.expect_answered(chat.answers.first)
    chat.press("dice", "log")
    expect(chat.get("log")).to_contain_text("ready")
    chat.page.evaluate("document.activeElement.blur()")
    chat.page.locator(".skip").focus()
    chat.page.keyboard.press("Shift+Tab")
    usable = chat.page.evaluate(USABLE)
    stops = go_round(chat.page)
    assert len(stops) > 40
    assert [one for one in stops if one["wrong"]] == []
    reached = [one["stop"] for one in stops]
    assert sorted(set(usable) - set(reached)) == [], "it is there and cannot be reached"
    places = [one["place"] for one in stops if one["place"]]
    order = [".skip", "#threads", "#bar", "#main", "#panel"]
    assert [place for n, place in enumerate(places) if place != places[n - 1]] == order
    assert [stop for stop in reached if stop in usable] == usable, "as they stand in the page"
    back = [one["stop"] for one in go_round(chat.page, "Shift+Tab")]
    assert [stop for stop in back if stop in usable] == usable[::-1]


def test_control_a_focus_that_is_not_seen_is_noticed(chat):
    chat.page.locator("#theme").evaluate("one => { one.style.outline = 'none'; }")
    chat.page.locator("#open-search").evaluate("one => { one.style.visibility = 'hidden'; }")
    chat.get("new-thread").evaluate("one => { one.tabIndex = -1; }")
    stops = go_round(chat.page)
    assert [one["wrong"] for one in stops if one["name"].startswith("Theme")] == [["no ring"]]
    assert [one for one in stops if one["name"].startswith(("Search", "New thread"))] == []


def test_the_whole_job_is_done_with_the_keyboard_alone(chat):
    page = chat.page
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the message field")).to_be_focused()
    page.keyboard.press("Enter")
    expect(chat.input).to_be_focused()
    page.keyboard.type("I love this")
    page.keyboard.press("Enter")
    expect(chat.input).to_be_focused()
    expect(chat.input).to_have_value("")
    message = chat.by_user("I love this")
    chat.expect_answered(chat.answers.first)
    expect(chat.input).to_be_focused()
    tab_to(page, chat.chip(message, "sentiment"), "Shift+Tab")
    page.keyboard.press("Enter")
    expect(chat.get("reply-details")).to_be_visible()
    kill = page.get_by_role("button", name="Kill Dice")
    tab_to(page, kill)
    page.keyboard.press("Enter")
    sure = chat.child("dice").locator("[data-action=kill-confirm]")
    expect(sure).to_be_focused()
    page.keyboard.press("Escape")
    expect(kill).to_be_focused()
    chat.expect_child("dice", "ready")
    page.keyboard.press("Enter")
    expect(sure).to_be_focused()
    page.keyboard.press("Space")
    chat.expect_child("dice", "stopped")
    expect(page.get_by_role("button", name="Start Dice")).to_be_focused()
    page.keyboard.press("Enter")
    chat.expect_child("dice", "ready")
    expect(page.get_by_role("button", name="Restart Dice")).to_be_focused()


# Each time the focus goes anywhere.
WATCH = """() => {
  window.moves = [];
  addEventListener('focusin', ({ target }) => window.moves.push(target.outerHTML.slice(0, 80)));
  addEventListener('focusout', ({ target }) => window.moves.push(`-${target.tagName}`));
}"""


def test_nothing_that_comes_takes_the_focus_away(chatd, chat, claude):
    page = chat.page
    chat.say("I love this")
    message = chat.by_user("I love this")
    chat.expect_answered(chat.answers.first)
    chat.press("keeper", "log")
    expect(chat.get("log")).to_contain_text("ready")
    places = [
        chat.input, chat.chip(message, "sentiment"), chat.get("log"),
        chat.get("log-search"), chat.get("thread"),
    ]  # fmt: skip
    for n, place in enumerate(places):
        place.focus()
        page.evaluate(WATCH)
        was = chat.fact("sentiment", "generation")
        said = f"I love number {n} scenario:hold?key=focus{n}"
        chatd.post("/api/messages", {"content": said})
        expect(chat.get("stop")).to_be_visible()
        chatd.post("/api/children/sentiment/restart")
        expect(chat.child("sentiment")).to_have_attribute("data-generation", str(was + 1))
        chatd.post("/api/children/dice/stop" if n % 2 == 0 else "/api/children/dice/start")
        chat.expect_child("dice", "stopped" if n % 2 == 0 else "ready")
        os.kill(chat.fact("calculator", "pid"), signal.SIGKILL)
        expect(chat.child("calculator")).to_have_attribute("data-restarts", str(n + 1))
        chat.expect_child("sentiment", "ready")
        chat.expect_child("calculator", "ready")
        claude.release(f"focus{n}")
        expect(chat.get("stop")).to_be_hidden()
        chat.expect_answered(chat.answers.nth(n + 1))
        expect(place).to_be_focused()
        assert page.evaluate("window.moves") == []
    chat.input.focus()
    assert page.evaluate("window.moves.length") > 0, "the control"


def test_who_is_at_a_button_that_goes_keeps_the_place(chatd, chat):
    buttons = chat.child("dice").locator(".child-buttons")
    inside = ".child[data-child=dice] .child-buttons button:focus"
    for begin, act, state in (
        ("Restart Dice", "stop", "stopped"), ("Start Dice", "start", "ready"),
        ("Kill Dice", "stop", "stopped"), ("Mute here Dice", "start", "ready"),
        ("Stop Dice", "restart", "ready"), ("Stop Dice", "stop", "stopped"),
    ):  # fmt: skip
        was = chat.fact("dice", "generation")
        buttons.get_by_role("button", name=begin).focus()
        chatd.post(f"/api/children/dice/{act}")
        if act == "restart":
            expect(chat.child("dice")).to_have_attribute("data-generation", str(was + 1))
        chat.expect_child("dice", state)
        expect(chat.page.locator(inside)).to_have_count(1)


def test_who_is_at_something_that_goes_altogether_is_in_the_thread(scripted):
    chat, script = scripted
    message = script.answered("", status="streaming", stop_reason=None)
    stop = chat.get("stop")
    script.answer("stop_generation", lambda _: {"type": "message_update", "messages": []})
    stop.focus()
    chat.page.keyboard.press("Enter")
    expect(stop).to_be_focused()
    script.update(message, status="stopped")
    expect(stop).to_be_hidden()
    expect(chat.get("thread")).to_be_focused()
    # What went wrong is put away.
    script.called(call("a", "waiting"))
    refusal = {"type": "error", "code": "conflict", "message": "not now"}
    script.answer("approve_tool", lambda _: refusal)
    chat.get("tool-approval").get_by_role("button").first.press("Enter")
    chat.page.get_by_role("button", name="Dismiss").press("Enter")
    expect(chat.get("failure")).to_have_count(0)
    expect(chat.get("thread")).to_be_focused()
    # What was not taken is thrown away.
    script.answer("send_message", lambda _: refusal)
    chat.say("Not wanted")
    chat.get("pending").get_by_role("button", name="Discard").press("Enter")
    expect(chat.get("pending")).to_have_count(0)
    expect(chat.get("thread")).to_be_focused()


def test_who_tried_to_connect_is_in_the_thread_once_that_is_done(chatd, chat):
    chatd.kill()
    again = chat.page.get_by_role("button", name="Try now")
    expect(again).to_be_visible()
    again.focus()
    chat.page.keyboard.press("Enter")
    expect(again).to_be_focused()
    chatd.start()
    chat.wait_live()
    expect(chat.get("connection")).to_be_hidden()
    expect(chat.get("thread")).to_be_focused()


def test_who_goes_to_the_end_with_the_keyboard_is_in_the_thread(chat):
    chat.say("\n\n".join(f"line {n}" for n in range(80)))
    chat.expect_answered(chat.answers.first)
    chat.page.locator("#scroller").evaluate("one => { one.scrollTop = 0; }")
    expect(chat.get("to-end")).to_be_visible()
    chat.get("to-end").press("Enter")
    expect(chat.get("to-end")).to_be_hidden()
    expect(chat.get("thread")).to_be_focused()


def test_what_happens_is_said_and_the_text_of_an_answer_not_bit_by_bit(
    start_chatd, open_chat, claude
):
    chatd = start_chatd(children=[PUPPETS])
    chat = open_chat(chatd)
    chat.start("puppet", "fickle")
    chat.listen()
    thread = chat.get("thread")
    expect(thread).to_have_attribute("role", "log")
    expect(thread).to_have_attribute("aria-live", "off")
    regions = "#scroller :is([role=status], [role=alert], [aria-live]:not([aria-live=off]))"
    chat.say('@puppet Hello scenario:hold?key=said puppet:{"text": "ja"}')
    chat.expect_said("Sent")
    chat.expect_said("Puppet replied")
    chat.expect_said("Claude is answering")
    text = chat.get("message-text", chat.answers.first)
    expect(text).to_contain_text("You")
    heard = " ".join(chat.page.evaluate("window.said"))
    assert "You said" not in heard and chat.page.locator(regions).count() == 0
    claude.release("said")
    chat.expect_said("Claude answered: You said: ")
    chat.say("@puppet scenario:401")
    chat.expect_said("No answer: ")
    chat.say("@fickle die of this")
    chat.expect_said("Fickle crashed")
    chatd.kill()
    chat.expect_said("Connection lost")
    chat.say("Later")
    chat.expect_said("Waiting for a connection")
    chatd.start()
    chat.expect_said("Connected again")
    whole = chat.page.evaluate("window.said")
    assert all(len(one) < 700 for one in whole)


def test_a_message_that_is_not_taken_is_said(scripted):
    chat, script = scripted
    chat.listen()
    script.answer(
        "send_message", lambda _: {"type": "error", "code": "too_long", "message": "much too long"}
    )
    chat.say("Something")
    chat.expect_said("Not sent: much too long")


def test_single_letters_do_nothing_while_somebody_writes(chat):
    page = chat.page
    letters = "/njkestc?"
    threads = chat.get("thread-row").count()
    chat.press("dice", "log")
    fields = [chat.input, chat.get("log-search"), chat.get("child-filter")]
    for field in fields:
        field.focus()
        page.keyboard.type(letters)
        expect(field).to_have_value(letters)
        expect(field).to_be_focused()
    assert chat.get("thread-row").count() == threads
    expect(chat.get("dialog")).to_have_count(0)
    expect(chat.get("panel")).to_be_visible()
    expect(chat.get("threads")).to_be_visible()
    # The control: elsewhere they do.
    chat.get("thread").focus()
    page.keyboard.press("t")
    page.keyboard.press("c")
    expect(chat.get("threads")).to_be_hidden()
    expect(chat.get("panel")).to_be_hidden()


def test_what_an_input_method_takes_is_neither_sent_nor_a_shortcut(chat):
    keys = chat.page.context.new_cdp_session(chat.page)
    chat.input.focus()
    keys.send("Input.imeSetComposition", {"text": "にほん", "selectionStart": 3, "selectionEnd": 3})
    expect(chat.input).to_have_value("にほん")
    for key in ("Enter", "/", "?", "Escape"):
        keys.send(
            "Input.dispatchKeyEvent",
            {"type": "rawKeyDown", "key": key, "windowsVirtualKeyCode": 229},
        )
    expect(chat.input).to_have_value("にほん")
    expect(chat.get("dialog")).to_have_count(0)
    keys.send("Input.insertText", {"text": "日本"})
    expect(chat.input).to_have_value("日本")
    assert chat.messages.count() == 0
    chat.input.press("Enter")
    expect(chat.by_user("日本")).to_have_count(1)


@pytest.mark.parametrize(("text", "direction"), [("שלום לכולם", "rtl"), ("Hello all", "ltr")])
def test_texts_go_in_their_own_direction(start_chatd, open_chat, text, direction):
    chatd = start_chatd(assistant="off", children=[PUPPETS])
    title = {"title": text}
    chatd.post("/api/threads", title)
    chat = open_chat(chatd)
    chat.start("puppet")
    root = chat.page.locator("html")
    assert (root.get_attribute("lang"), root.get_attribute("dir")) == ("en", "ltr")
    chat.go(text)
    chat.input.fill(text)
    expect(chat.input).to_have_css("direction", direction)
    expect(chat.get("thread-title")).to_have_css("direction", direction)
    expect(chat.row(text).locator(".thread-name")).to_have_css("direction", direction)
    words = f'{text}\n\n```\nleft = "{text}"\n```\n\npuppet:{{"text": "{text}"}}'
    chat.say(words)
    message = chat.page.locator("[data-testid=message][data-role=user]")
    block = chat.get("message-text", message).locator(".block")
    expect(block.first).to_have_css("direction", direction)
    # Code is read from the left in every language.
    expect(block.locator("pre")).to_have_css("direction", "ltr")
    expect(chat.reply(message, "puppet").locator(".block")).to_have_css("direction", direction)
    assert re.search(r"\w", message.get_attribute("aria-label"))
