"""A child's log in the panel: followed, searched, coloured, downloaded, in a window of its own."""

import json

import pytest
from axe import violations_of_both
from chatd import PUPPETS
from playwright.sync_api import expect

RED = "\x1b[1;31mfailed\x1b[0m then \x1b[42mgreen ground\x1b[0m"


class Log:
    """The log of the puppet, which is open."""

    def __init__(self, chat, chatd):
        self.chat = chat
        self.chatd = chatd
        self.card = chat.child("puppet")
        self.lines = chat.get("log")
        self.search = chat.get("log-search")
        self.count = chat.get("log-count")
        self.follow = chat.page.locator("[data-action=follow]")

    def write(self, **words):
        """Has the puppet write to its log; returns once it has answered."""
        content = "puppet:" + json.dumps({"text": "done"} | words)
        message = self.chatd.post("/api/messages", {"content": content, "to": ["puppet"]})
        entry = self.chat.page.locator(f"[data-entry-id='{message['id']}']")
        chip = self.chat.chip(entry, "puppet")
        # A flood takes its time where others are at work on the machine.
        expect(chip).to_have_attribute("data-status", "replied", timeout=60_000)

    def line(self, text):
        """A line that has this text."""
        return self.lines.locator(".log-text").filter(has_text=text)

    @property
    def left(self):
        """Pixels to the end."""
        return self.lines.evaluate("one => one.scrollHeight - one.scrollTop - one.clientHeight")


@pytest.fixture
def open_log(start_chatd, open_chat):
    """The page with the puppet's log open."""

    def open_log(**options):
        chatd = start_chatd(assistant="off", children=[PUPPETS])
        chatd.post("/api/children/puppet/start")
        chat = open_chat(chatd, **options)
        if chat.page.viewport_size["width"] < 900:
            chat.get("open-panel").click()
        chat.expect_child("puppet", "ready")
        chat.press("puppet", "log")
        log = Log(chat, chatd)
        expect(log.line("ready")).to_be_visible()
        return log

    return open_log


def test_new_lines_never_move_what_is_read(open_log):
    log = open_log()
    expect(log.follow).to_have_attribute("aria-pressed", "true")
    log.write(flood=300)
    expect(log.line("line 300")).to_be_in_viewport()
    assert log.left < 2
    log.lines.hover()
    log.chat.page.mouse.wheel(0, -600)
    expect(log.follow).to_have_attribute("aria-pressed", "false")
    place = log.lines.evaluate("one => one.scrollTop")
    log.write(flood=5000)
    expect(log.follow).to_contain_text("5001 new")
    assert log.lines.evaluate("one => one.scrollTop") == place
    log.follow.click()
    expect(log.follow).to_have_attribute("aria-pressed", "true")
    expect(log.follow).to_have_text("Follow")
    expect(log.line("line 5000")).to_be_in_viewport()


def test_the_end_takes_the_reader_back(open_log):
    log = open_log()
    log.write(flood=300)
    expect(log.line("line 300")).to_be_in_viewport()
    log.lines.focus()
    log.chat.page.keyboard.press("Home")
    expect(log.follow).to_have_attribute("aria-pressed", "false")
    log.chat.page.keyboard.press("End")
    expect(log.follow).to_have_attribute("aria-pressed", "true")
    log.follow.click()
    log.write(log=["unseen"])
    expect(log.follow).to_contain_text("2 new")
    expect(log.line("unseen")).not_to_be_in_viewport()


def test_a_flood_leaves_a_bounded_page(open_log):
    log = open_log()
    log.write(flood=20_000)
    expect(log.line("line 20000")).to_be_in_viewport(timeout=60_000)
    assert log.lines.evaluate("one => one.childElementCount") <= 2000
    log.write(log=["after the flood"])
    expect(log.line("after the flood")).to_be_in_viewport()


FLOODED = """async ([count, dropped]) => {
  const { LogLines } = await import('/js/log-lines.js');
  const lines = new LogLines('Test', () => {});
  const many = Array.from({ length: count }, (_, n) => (
    { at: '2026-01-01T00:00:00.000Z', stream: 'stdout', generation: 1, text: `n ${n}` }));
  lines.add(many, dropped);
  const rows = lines.element.children;
  let most = 0;
  while (!lines.element.textContent.includes(`n ${count - 1}`)) {
    const before = rows.length;
    await new Promise(requestAnimationFrame);
    most = Math.max(most, rows.length - before);
  }
  return [rows.length, most, lines.element.querySelector('.log-dropped')?.textContent];
}"""


def test_what_was_dropped_is_said(chat):
    rows, _, said = chat.page.evaluate(FLOODED, [3, 7])
    assert (rows, said) == (5, "7 lines were dropped here")  # and the line of the generation


def test_many_lines_at_once_are_painted_a_few_a_frame(chat):
    rows, most, _ = chat.page.evaluate(FLOODED, [9000, 0])
    assert rows == 2000
    assert most <= 251


def test_colours_and_hidden_characters_are_shown_as_what_they_are(open_log):
    log = open_log()
    log.write(log=[RED, "user \u202etxt.exe\u202c \x07bell \x1b[2Kerased", "<b>no html</b>"])
    row = log.line("failed then")
    expect(row.locator("b .ansi-red-fg")).to_have_text("failed")
    expect(row.locator(".ansi-green-bg")).to_have_text("green ground")
    expect(log.line("erased")).to_have_text("user \\u202etxt.exe\\u202c ␇bell ␛[2Kerased")
    expect(log.line("no html")).to_have_text("<b>no html</b>")
    expect(log.lines.locator("[data-stream=stderr] .log-stream").first).to_have_text("err")
    assert log.lines.locator("[style]").count() == 0


def test_generations_are_told_apart(open_log):
    log = open_log()
    expect(log.lines.locator(".log-generation")).to_have_text(["generation 1"])
    log.chat.press("puppet", "restart")
    expect(log.lines.locator(".log-generation")).to_have_text(["generation 1", "generation 2"])


def test_what_was_there_comes_first_and_once(open_log):
    log = open_log()
    log.write(flood=600)
    expect(log.line("line 600")).to_be_in_viewport()
    log.chat.press("puppet", "log")
    expect(log.lines).to_have_count(0)
    log.chat.press("puppet", "log")
    log.write(log=["and on"])
    expect(log.line("and on")).to_be_in_viewport()
    lines = log.lines.locator("[data-stream=stdout] .log-text").all_text_contents()
    assert lines == [f"line {number}" for number in range(1, 601)]
    expect(log.lines.locator(".log-generation")).to_have_text(["generation 1"])
    expect(log.line("pulled a string")).to_have_count(2)


def test_a_search_goes_from_line_to_line(open_log):
    log = open_log()
    log.write(log=["needle one", "hay", f"{RED} NEEDLE two", "hay", "a needle, a needle"])
    log.write(flood=100)
    expect(log.line("line 100")).to_be_in_viewport()
    log.search.fill("needle")
    expect(log.count).to_have_text("3 of 3")
    expect(log.lines.locator(".is-found")).to_contain_text("a needle, a needle")
    assert log.chat.page.evaluate("CSS.highlights.get('log-found').size") == 4
    log.search.press("Enter")
    expect(log.count).to_have_text("1 of 3")
    expect(log.line("needle one")).to_be_in_viewport()
    expect(log.follow).to_have_attribute("aria-pressed", "false")
    log.search.press("Shift+Enter")
    expect(log.count).to_have_text("3 of 3")
    log.chat.page.get_by_role("button", name="Previous line found").click()
    expect(log.lines.locator(".is-found")).to_contain_text("NEEDLE two")
    log.search.press_sequentially("!")
    expect(log.count).to_have_text("Not found")
    log.search.fill("a.c(")
    expect(log.count).to_have_text("Not found")
    log.search.press("Escape")
    expect(log.search).to_have_value("")
    expect(log.count).to_have_text("")
    assert log.chat.page.evaluate("CSS.highlights.get('log-found').size") == 0


def test_what_comes_while_one_searches_is_found_too(open_log):
    log = open_log()
    log.search.fill("needle")
    expect(log.count).to_have_text("Not found")
    log.write(log=["needle"])
    expect(log.count).to_have_text("0 of 1")
    log.search.press("Enter")
    expect(log.count).to_have_text("1 of 1")


def test_the_whole_log_is_downloaded(open_log):
    log = open_log()
    log.write(flood=500)
    with log.chat.page.expect_download() as started:
        log.chat.page.get_by_role("button", name="Download the log of Puppet").click()
    assert started.value.suggested_filename == "puppet.log"
    lines = started.value.path().read_text().splitlines()
    assert lines[-1].endswith(" stdout line 500")
    assert sum(" stdout line " in line for line in lines) == 500
    assert any(line.endswith(" stderr pulled a string") for line in lines)


def test_the_large_log_is_a_dialog_that_gives_the_focus_back(open_log):
    log = open_log()
    log.write(flood=300)
    expect(log.line("line 300")).to_be_in_viewport()
    enlarge = log.chat.page.get_by_role("button", name="Enlarge the log of Puppet")
    enlarge.click()
    dialog = log.chat.page.get_by_role("dialog", name="Log of Puppet")
    assert dialog.evaluate("one => one.matches(':modal')")
    expect(log.line("line 300")).to_be_in_viewport()
    log.search.fill("line 7")
    expect(log.count).to_have_text("11 of 11")
    log.search.press("Enter")
    expect(log.count).to_have_text("1 of 11")
    log.search.press("Escape")
    expect(log.search).to_be_focused()
    assert dialog.evaluate("one => one.matches(':modal')")
    log.search.press("Escape")
    expect(enlarge).to_be_focused()
    assert not dialog.evaluate("one => one.matches(':modal')")
    expect(dialog).to_be_visible()
    expect(log.lines.get_by_text("line 7", exact=True)).to_be_in_viewport()
    log.search.fill("line 8")
    enlarge.click()
    expect(log.count).to_contain_text("of 11")
    marked = "[...CSS.highlights.get('log-found')].map(String)"
    assert log.chat.page.evaluate(marked) == ["line 8"] * 11
    log.chat.page.get_by_role("button", name="Close the large log of Puppet").click()
    expect(enlarge).to_be_focused()


def test_escape_leaves_the_sheet_of_a_phone_open_behind_the_large_log(open_log):
    log = open_log(viewport={"width": 390, "height": 844})
    log.chat.page.get_by_role("button", name="Enlarge the log of Puppet").click()
    log.chat.page.keyboard.press("Escape")
    enlarge = log.chat.page.get_by_role("button", name="Enlarge the log of Puppet")
    expect(enlarge).to_be_focused()
    expect(log.chat.get("panel")).to_be_visible()


@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing(open_log, width):
    log = open_log(reduced_motion="reduce", viewport={"width": width, "height": 844})
    names = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
    colours = [f"\x1b[{base + n}m{name} {base}\x1b[0m"
               for base in (30, 90, 40, 100) for n, name in enumerate(names)]  # fmt: skip
    log.write(log=[*colours, "\x1b[31;41mred on red\x1b[0m"])
    expect(log.line("red on red")).to_be_visible()
    assert violations_of_both(log.chat.page) == []
    log.chat.page.get_by_role("button", name="Enlarge the log of Puppet").click()
    log.search.fill("red")
    expect(log.count).to_contain_text("of 5")
    assert violations_of_both(log.chat.page) == []


@pytest.mark.closely
def test_the_colours_come_with_the_first_log(start_chatd, open_chat):
    chatd = start_chatd(assistant="off", children=[PUPPETS])
    chatd.post("/api/children/puppet/start")
    chat = open_chat(chatd)
    chat.expect_child("puppet", "ready")
    requests = chat.page.context.watch.requests
    assert not [url for url in requests if "ansi" in url]
    chat.press("puppet", "log")
    expect(chat.get("log")).to_be_visible()
    assert [url for url in requests if "ansi_up" in url]
