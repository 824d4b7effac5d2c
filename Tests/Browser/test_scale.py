"""A thread of ten thousand entries costs no more than a short one, and nothing in it is lost."""

import re
import time

import pytest
from chatd import ROOT
from chatpage import ChatPage
from longthread import FRAME, WATCH, entry_id, figures, fill
from playwright.sync_api import expect

MANY = 10_000
AT_END = 120
# 240 entries, and what may stand beside them.
MOST_ROWS = 260
WALK_SECONDS = 200
# Pixels the wheel is turned by where every frame is looked at.
STEP = 240
# The first row that is seen, and where.
TOP_ROW = """(scroller) => {
  const { top } = scroller.getBoundingClientRect();
  const row = [...scroller.querySelectorAll('[data-entry-id]')]
    .find((one) => one.getBoundingClientRect().bottom > top);
  return [row.dataset.entryId, Math.round(row.getBoundingClientRect().top)];
}"""


@pytest.fixture
def long_chatd(start_chatd, tmp_path):
    """chatd without children, with a thread of so many entries."""
    nobody = tmp_path / "nobody"
    nobody.mkdir()

    def start(count=MANY):
        chatd = start_chatd(assistant="off", children=[nobody])
        fill(chatd, count)
        return chatd

    return start


def by_number(chat, number):
    """The message at this place of the thread."""
    return chat.page.locator(f"[data-entry-id='{entry_id(number)}']")


def walk(chat, by, is_there):
    """Turns the wheel by so many pixels until a condition of the page holds."""
    chat.page.locator("#scroller").hover()
    end = time.monotonic() + WALK_SECONDS
    while not chat.page.evaluate(is_there):
        assert time.monotonic() < end, "the wheel leads nowhere"
        chat.page.mouse.wheel(0, by)
        chat.page.evaluate(FRAME)


def rush(chat, by, number):
    """Goes on so many pixels in every frame until an entry is in the page."""
    chat.page.evaluate(
        """([by, id]) => new Promise((done) => {
          const scroller = document.getElementById('scroller');
          const step = () => {
            if (scroller.querySelector(`[data-entry-id='${id}']`)) return done();
            scroller.scrollTop += by;
            requestAnimationFrame(step);
          };
          step();
        })""",
        [by, entry_id(number)],
    )


def in_page(number):
    """Whether an entry is in the page."""
    return f"document.querySelector('[data-entry-id=\"{entry_id(number)}\"]') !== null"


def watched(page):
    """What the watch has taken down."""
    return page.evaluate("({ ...window.watch, seen: [...window.watch.seen] })")


def leaps(chat):
    """Where, from one frame to the next, what was seen moved by more than the wheel was turned.

    None stands for all of it having gone from under the reader.
    """
    return [step for step in watched(chat.page)["steps"] if step is None or abs(step) > STEP + 8]


def test_it_is_read_to_its_beginning_and_back_with_few_rows_in_the_page(long_chatd, open_chat):
    chat = open_chat(long_chatd())
    expect(chat.messages).to_have_count(100)
    expect(by_number(chat, MANY - 1)).to_be_in_viewport()
    chat.page.evaluate(WATCH)
    rush(chat, -20_000, 0)
    up = watched(chat.page)
    assert set(up["seen"]) == {entry_id(number) for number in range(MANY)}
    print("\nup, with the window:", figures(chat.page))
    chat.get("to-end").click()
    expect(by_number(chat, MANY - 1)).to_be_in_viewport()
    rush(chat, -20_000, MANY - 1500)
    chat.page.evaluate(WATCH)
    rush(chat, 20_000, MANY - 1)
    down = watched(chat.page)
    assert set(down["seen"]) >= {entry_id(number) for number in range(MANY - 1400, MANY)}
    print("down, with the window:", figures(chat.page))
    for way in (up, down):
        assert way["twice"] == [] and way["most"] <= MOST_ROWS
    walk(chat, 20_000, "document.querySelector('.to-end').hidden")
    expect(by_number(chat, MANY - 1)).to_be_in_viewport()
    chat.say("And on it goes")
    expect(chat.by_user("And on it goes")).to_be_in_viewport()


def test_what_is_read_stays_where_it_is(long_chatd, open_chat):
    chat = open_chat(long_chatd(400))
    expect(chat.messages).to_have_count(100)
    chat.page.evaluate(WATCH)
    walk(chat, -STEP, in_page(200))
    walk(chat, STEP, in_page(399))
    assert len(watched(chat.page)["steps"]) > 60
    assert leaps(chat) == []


WINDOW = ROOT / "assets" / "js" / "thread-window.js"


def open_with(new_context, chatd, pattern, other):
    """The page with another thread-window.js: `other` stands where the pattern was."""
    page = new_context().new_page()
    text, count = re.subn(pattern, other, WINDOW.read_text())
    assert count > 0
    page.route(
        "**/js/thread-window.js",
        lambda route: route.fulfill(body=text, content_type="text/javascript; charset=utf-8"),
    )
    return ChatPage(page).open(chatd.url)


def test_control_what_is_pushed_away_is_noticed(long_chatd, new_context):
    chat = open_with(new_context, long_chatd(600), r"scroller\.scrollTop \+= .*;", ";")
    chat.page.locator("#scroller").evaluate("one => { one.style.overflowAnchor = 'none'; }")
    chat.page.evaluate(WATCH)
    walk(chat, -STEP, in_page(400))
    assert leaps(chat) != []


def test_control_without_a_window_the_rows_are_as_many_as_were_read(long_chatd, new_context):
    chatd = long_chatd(1500)
    chat = open_with(new_context, chatd, r"(AT_END|MOST) = \d+;", r"\1 = 1e6;")
    chat.page.evaluate(WATCH)
    rush(chat, -20_000, 0)
    assert watched(chat.page)["most"] == 1500
    print("\nup, all 1500 in the page:", figures(chat.page))


def test_what_comes_while_one_reads_far_up_is_counted_and_waits(long_chatd, open_chat):
    chatd = long_chatd(1000)
    chat = open_chat(chatd)
    expect(chat.messages).to_have_count(100)
    rush(chat, -20_000, 500)
    read = chat.page.locator("#scroller").evaluate(TOP_ROW)
    for number in range(3):
        chatd.post("/api/messages", {"content": f"news {number}"})
    expect(chat.get("to-end")).to_have_text("3 new")
    assert chat.page.locator("#scroller").evaluate(TOP_ROW) == read
    expect(chat.by_user("news 2")).to_have_count(0)
    chat.get("to-end").click()
    expect(chat.by_user("news 2")).to_be_in_viewport()
    expect(chat.get("to-end")).to_be_hidden()
    chatd.post("/api/messages", {"content": "one more"})
    expect(chat.by_user("one more")).to_be_in_viewport()


def test_the_end_is_followed_while_for_each_row_that_comes_one_like_it_goes(long_chatd, open_chat):
    chatd = long_chatd(300)
    chat = open_chat(chatd)
    # One row takes the place of another, and the thread is as high as before.
    chat.page.evaluate(
        """() => {
          const sheet = new CSSStyleSheet();
          sheet.replaceSync('[data-entry-id] { block-size: 60px; overflow: hidden; }');
          document.adoptedStyleSheets.push(sheet);
        }""")
    # The hundred that the page begins with are fewer than the window holds.
    for number in range(25):
        chatd.post("/api/messages", {"content": f"fills the window, {number}"})
    expect(chat.by_user("fills the window, 24")).to_be_in_viewport()
    expect(chat.messages).to_have_count(AT_END)
    for number in range(5):
        chatd.post("/api/messages", {"content": f"news {number}"})
        expect(chat.by_user(f"news {number}")).to_be_in_viewport()
        expect(chat.messages).to_have_count(AT_END)
        expect(chat.get("to-end")).to_be_hidden()


def test_an_address_leads_to_the_oldest_and_back_to_the_end(long_chatd, new_context):
    chatd = long_chatd()
    page = new_context().new_page()
    chat = ChatPage(page).open(f"{chatd.url}/#/main/{entry_id(0)}")
    expect(by_number(chat, 0)).to_be_in_viewport()
    expect(by_number(chat, 0)).to_be_focused()
    assert chat.messages.count() <= MOST_ROWS
    expect(chat.get("to-end")).to_be_visible()
    chatd.post("/api/messages", {"content": "far below"})
    expect(chat.get("to-end")).to_have_text("1 new")
    expect(by_number(chat, 0)).to_be_in_viewport()
    page.evaluate(f"location.hash = '#/main/{entry_id(7000)}'")
    expect(by_number(chat, 7000)).to_be_in_viewport()
    expect(by_number(chat, 7000)).to_be_focused()
    chat.get("to-end").click()
    expect(chat.by_user("far below")).to_be_in_viewport()


def open_editor(chat, number, words):
    """Begins another wording of the message at this place."""
    message = by_number(chat, number)
    message.hover()
    chat.get("edit", message).click()
    field = chat.get("edit-text")
    expect(field).to_be_focused()
    field.fill(words)
    return field


def test_who_scrolls_far_away_while_writing_finds_it_again(long_chatd, open_chat):
    chat = open_chat(long_chatd(900))
    expect(chat.messages).to_have_count(100)
    field = open_editor(chat, 898, "Half a thought")
    rush(chat, -20_000, 0)
    expect(field).to_have_count(0)
    rush(chat, 20_000, 898)
    expect(field).to_have_count(1)
    expect(field).to_have_value("Half a thought")
    field.press("Escape")
    expect(field).to_have_count(0)
    expect(by_number(chat, 898)).to_contain_text("number 898")
