"""A corpus of hostile texts through every channel that carries somebody's words to the page.

The canary never fires, the policy has nothing to report, nothing opens, moves or is asked for
outside, and the page works on. The controls show that each of the channels can be hit.
"""

import json
import re
import urllib.parse

import pytest
from chatd import PUPPETS
from corpus import OUTSIDE, VECTORS
from hazards import misfits, open_page
from playwright.sync_api import expect
from script import Script, call

pytestmark = pytest.mark.closely

TEXTS = [one.text for one in VECTORS]
# Handlers that nobody has to wait for: what the controls are made with.
LOUD = [text for text in TEXTS if text.startswith("<img src=x onerror=")][:3]
UNFOLD = """() => {
  for (const one of document.querySelectorAll('details:not([open])')) one.open = true;
  for (const one of document.querySelectorAll('[data-testid=chip][aria-expanded=false]')) {
    one.click();
  }
}"""
# Each vector by itself, as the page draws what people and children write: at once, and as it grows.
DRAW = """async (texts) => {
  const { MarkdownView } = await import('/js/markdown.js');
  const { childHtml } = await import('/js/child-html.js');
  const { dataTree } = await import('/js/data-tree.js');
  const thread = document.getElementById('thread');
  for (const text of texts) {
    const whole = new MarkdownView(document.createElement('div'));
    const grown = new MarkdownView(document.createElement('div'));
    thread.append(whole.element, grown.element, childHtml(text, text));
    thread.append(dataTree({ [text]: [text] }, text));
    whole.show(text);
    for (let end = 1; end < text.length; end += 1 + (text.length >> 4)) {
      grown.show(text.slice(0, end), true);
    }
    grown.show(text);
  }
}"""
# Bytes of text that one message, one title and one name take.
MESSAGE, TITLE, NAME = 2048, 1000, 100
# So many lines stand in a death certificate.
LAST_LINES = 20


def packed(texts, limit, between="\n\n"):
    """The texts in as few as there can be of this many bytes; longer ones are left out."""
    packs = []
    for text in (one for one in texts if len(one.encode()) <= limit):
        longer = packs[-1] + between + text if packs else text
        if packs and len(longer.encode()) <= limit:
            packs[-1] = longer
        else:
            packs.append(text)
    return packs


def quoted(text):
    """As TOML has it, in which no character beyond the first planes may be in two halves."""
    return json.dumps(text, ensure_ascii=False)


def expect_safe(chat):
    """Nothing has happened, and nothing is there that could."""
    chat.page.evaluate(UNFOLD)
    assert chat.page.context.hazards.found(chat.page) == []
    assert misfits(chat.page) == []


def expect_working(chat, chatd):
    """A message goes out, and is stored."""
    chat.say("Still here?")
    expect(chat.input).to_have_value("")
    expect(chat.get("pending")).to_have_count(0)
    stored = chatd.get("/api/messages")  # it may wait for the turn of the one before
    said = [one.get("content") for one in stored["messages"] + stored["queued"]]
    assert "Still here?" in said


def said(chat, chatd, texts):
    """A person's messages, which the parrot gives back as text, html, data and log."""
    chatd.post("/api/children/parrot/start")
    chat.expect_child("parrot", "ready")
    chat.press("parrot", "log")
    for text in packed(texts, MESSAGE):
        last = chatd.post("/api/messages", {"content": text, "to": ["parrot"]})
    expect_status(chat, last, "replied")


def failed(chat, chatd, texts):
    """The reasons why the parrot has no answer."""
    chatd.post("/api/children/parrot/start")
    for text in packed(texts, MESSAGE):
        last = chatd.post("/api/messages", {"content": f"fail:{text}", "to": ["parrot"]})
    expect_status(chat, last, "failed")


def expect_status(chat, message, status):
    """Waits for what the parrot made of a message."""
    shown = chat.page.locator(f"[data-entry-id='{message['id']}']")
    expect(chat.chip(shown, "parrot")).to_have_attribute("data-status", status)


def titled(chat, chatd, texts):
    """The titles of threads: of new ones, of some that the page knows, and when it is loaded."""
    for text in packed(texts, TITLE):
        thread = chatd.post("/api/threads", {"title": text})
        chatd.post(f"/api/threads/{thread['id']}", {"title": f"{text} "}, method="PATCH")
    expect_safe(chat)
    chat.page.reload()
    chat.wait_live()
    chat.page.context.hazards.begin()


def called(chat, script, texts):
    """A tool, its argument and its result; the reason why one failed; a child that asks."""
    calls = []
    for number, text in enumerate(packed(texts, MESSAGE)):
        words = {"tool": text, "arguments": {text: text, "__proto__": text}, "reason": text}
        content = [{"type": "text", "text": text}, {"type": text, "data": text}, {text: text}]
        for status in ("done", "failed", "waiting"):
            calls.append(call(f"{number}-{status}", status, content=content, **words))
    script.called(*calls)
    expect(chat.get("tool-call").last).to_have_attribute("data-status", "waiting")


def announced(chat, script, texts):
    """All that a frame can say of a message, a child, a thread, and of what went wrong."""
    packs = packed(texts, MESSAGE)
    for text in packs:
        script.answered(text, status="failed", error=text, model=text, stop_reason=text)
    children = [hostile_child(number, text) for number, text in enumerate(packs)]
    script.send({"type": "children_update", "children": children})
    thread = {"model": None, "system": None, "muted": [], "read_seq": 0, "deleted_at": None}
    threads = [thread | {"id": f"t{at}", "title": text} for at, text in enumerate(packs)]
    script.send({"type": "threads_update", "threads": threads})
    script.send({"type": "error", "code": packs[0], "message": "\n".join(packs)})
    expect(chat.child(f"x{len(packs) - 1}")).to_be_attached()


def hostile_child(number, text):
    """A child of which nothing is known but this."""
    exit_ = {"cause": text, "code": text, "signal": text, "at": text, "stderr_tail": [text]}
    return {
        "actor_id": f"x{number}", "manifest_name": text, "name": text, "description": text,
        "version": text, "state": "parked", "since": text, "problem": text, "wanted": "up",
        "last_exit": exit_ | {"held": [text]}, "pid": None, "generation": 1, "restarts": 0,
        "next_start_at": text, "in_flight": 0,
    }  # fmt: skip


@pytest.fixture
def parrot_chatd(start_chatd):
    """chatd with the child that says everything again."""
    return start_chatd(children=[PUPPETS], assistant="off")


@pytest.fixture
def families(tmp_path):
    """Children that have a vector for a name and a description, and some that die of them."""
    folder = tmp_path / "families"
    folder.mkdir()

    def found(texts):
        dying = [texts[at : at + LAST_LINES] for at in range(0, len(texts), LAST_LINES)]
        names = packed(texts, NAME, between=" ")
        for at, name in enumerate(names):
            (folder / f"x{at}").mkdir()
            text = "".join(" ".join(one.split("\n")) + "\n" for one in dying[at % len(dying)])
            manifest = {"name": name, "description": text, "version": name}
            lines = [f"{key} = {quoted(value)}" for key, value in manifest.items()]
            lines += ['command = ["sh", "-c", "cat words >&2; cat words; exit 78"]']
            if at < len(dying):
                (folder / f"x{at}" / "words").write_text(text)
                lines += ["autostart = true"]
            (folder / f"x{at}" / "manifest.toml").write_text("\n".join(lines))
        return len(names), min(len(dying), len(names))

    found.folder = folder
    return found


def test_the_corpus_is_large_and_every_vector_is_one():
    assert len(VECTORS) >= 150
    assert len(set(TEXTS)) == len(TEXTS)
    assert [one for one in VECTORS if not one.is_hostile] == []


@pytest.mark.parametrize("has_policy", [True, False])
def test_no_vector_gets_through_by_itself(parrot_chatd, new_context, has_policy):
    chat = open_page(new_context, parrot_chatd.url, has_policy=has_policy)
    chat.page.evaluate(DRAW, TEXTS)
    expect_safe(chat)
    expect_working(chat, parrot_chatd)


@pytest.mark.parametrize("channel", [said, failed, titled])
def test_no_vector_gets_through(parrot_chatd, new_context, channel):
    chat = open_page(new_context, parrot_chatd.url)
    channel(chat, parrot_chatd, TEXTS)
    expect_safe(chat)
    expect_working(chat, parrot_chatd)


def test_no_vector_gets_through_as_the_words_of_claude(start_chatd, new_context):
    chatd = start_chatd(children=[])
    chat = open_page(new_context, chatd.url)
    for scenario in ("says?text", "400?message"):
        for text in packed(TEXTS, MESSAGE):
            content = f"scenario:{scenario}={urllib.parse.quote(text, safe='')}"
            last = chatd.post("/api/messages", {"content": content})
        asked = chat.page.locator(f"[data-entry-id='{last['id']}']")
        answer = chat.page.locator(f"[data-entry-id='{last['id']}'] ~ [data-role=assistant]")
        expect(asked).to_be_attached()
        expect(answer).to_have_attribute(
            "data-status", "complete" if "says" in scenario else "failed")
        expect_safe(chat)
    expect_working(chat, chatd)


def test_no_vector_gets_through_as_a_childs_name_or_last_words(
    start_chatd, new_context, families
):
    count, dead = families(TEXTS)
    chatd = start_chatd(children=[families.folder], assistant="off")
    chat = open_page(new_context, chatd.url)
    for number in range(dead):
        chat.expect_child(f"x{number}", "parked")
        chat.press(f"x{number}", "log")
        expect(chat.child(f"x{number}").locator(".log-line").first).to_be_attached()
    expect(chat.get("child")).to_have_count(count)
    expect_safe(chat)
    expect_working(chat, chatd)


@pytest.mark.parametrize("channel", [called, announced])
def test_no_vector_gets_through_in_a_frame(scripted_page, channel):
    chat, script, chatd = scripted_page()
    channel(chat, script, TEXTS)
    expect_safe(chat)
    expect_working(chat, chatd)


@pytest.fixture
def scripted_page(start_chatd, new_context):
    """Makes the page to which a test may send whatever it likes in chatd's name."""

    def make(**options):
        chatd = start_chatd(children=[PUPPETS], assistant="off")
        chatd.post("/api/messages", {"content": "Hello"})
        scripts = []
        chat = open_page(
            new_context, chatd.url, before=lambda page: scripts.append(Script(page)), **options
        )
        expect(chat.messages).to_have_count(1)
        scripts[0].begin(chatd)
        return chat, scripts[0], chatd

    return make


def expect_canary(chat):
    """It fires here, and the very check that found nothing finds it."""
    chat.page.evaluate(UNFOLD)
    chat.page.wait_for_function("() => window.hazards.some((one) => one.startsWith('canary'))")
    assert chat.page.context.hazards.found(chat.page) != []
    assert misfits(chat.page) != []


def test_control_without_sanitiser_and_policy(parrot_chatd, new_context):
    chat = open_page(
        new_context, parrot_chatd.url, is_sanitised=False, has_policy=False, guarded=False)
    said(chat, parrot_chatd, LOUD)
    expect_canary(chat)


def test_control_without_sanitiser_the_policy_reports(parrot_chatd, new_context):
    chat = open_page(new_context, parrot_chatd.url, is_sanitised=False)
    said(chat, parrot_chatd, LOUD)
    chat.page.evaluate(UNFOLD)
    chat.page.wait_for_function("() => window.hazards.some((one) => one.startsWith('policy'))")
    assert not any(one.startswith("canary") for one in chat.page.context.hazards.found(chat.page))


@pytest.mark.parametrize("channel", [said, failed])
def test_control_one_careless_line(parrot_chatd, new_context, channel):
    chat = open_page(
        new_context, parrot_chatd.url, is_careful=False, has_policy=False, guarded=False)
    channel(chat, parrot_chatd, LOUD)
    expect_canary(chat)


def test_control_one_careless_line_about_a_name(start_chatd, new_context, families):
    families(LOUD)
    chatd = start_chatd(children=[families.folder], assistant="off")
    chat = open_page(new_context, chatd.url, is_careful=False, has_policy=False, guarded=False)
    expect_canary(chat)


@pytest.mark.parametrize("channel", [called, announced])
def test_control_one_careless_line_about_a_frame(scripted_page, channel):
    chat, script, _ = scripted_page(is_careful=False, has_policy=False, guarded=False)
    channel(chat, script, LOUD)
    expect_canary(chat)


# Each alone in a frame, as it is and as what an unguarded Markdown makes of it; then everything
# that waits for somebody is set off. Gives the numbers of those whose code ran.
UNLEASH = """async (texts) => {
  const { marked } = await import('/vendor/marked.esm.js');
  const shadows = (root) => [...root.querySelectorAll('*')].flatMap((one) => (
    one.shadowRoot ? [one, ...shadows(one.shadowRoot)] : [one]));
  const provoke = (frame) => {
    for (const one of frame.contentDocument ? shadows(frame.contentDocument) : []) {
      for (const name of one.getAttributeNames()) {
        if (/^on/i.test(name)) one.dispatchEvent(new Event(name.slice(2)));
      }
      if (one.matches('a, area, button, input')) {
        one.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true }));
      }
    }
  };
  const play = async (html) => {
    const frame = document.createElement('iframe');
    const loaded = new Promise((resolve) => { frame.onload = resolve; });
    frame.srcdoc = html;
    document.body.append(frame);
    await loaded;
    return frame;
  };
  const rest = async () => {
    for (let i = 0; i < 6; i += 1) await new Promise(requestAnimationFrame);
  };
  for (let at = 0; at < texts.length; at += 16) {
    const few = texts.slice(at, at + 16);
    const frames = await Promise.all([...few, ...few.map((one) => marked(one))].map(play));
    await rest();
    frames.forEach(provoke);
    await rest();
    for (const frame of frames) frame.remove();
  }
  return hazards.filter((one) => one.startsWith('canary')).map((one) => +one.slice(7));
}"""


def test_control_most_vectors_do_what_they_are_there_for(chatd, new_context):
    chat = open_page(new_context, chatd.url, has_policy=False, guarded=False)
    context = chat.page.context
    asked = set()

    def refuse(route):
        asked.update(map(int, re.findall(rf"{OUTSIDE}/(\d+)", route.request.url)))
        route.abort()

    context.route(f"**://{OUTSIDE}/**", refuse)
    ran = set(chat.page.evaluate(UNLEASH, TEXTS))
    # The others are for other browsers, for other parsers, or for a page that goes on to parse.
    assert len(ran | asked) >= 250
