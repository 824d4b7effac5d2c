"""An answer that streams fast: one paint a frame, nothing drawn twice, readers left in peace."""

import pytest
from longthread import FRAME
from playwright.sync_api import expect

# Told piece by piece; every tenth is the end of a paragraph.
PIECES = 4000
PIECE = "Some fifty characters of the answer, one by one. "

# Sends the page the answer in many small pieces, forty between two frames at most, and takes down
# what was drawn: `draws` of the text between two frames, and the blocks that were replaced.
STREAM = """async ([id, piece, count, offset]) => {
  const text = document.querySelector(`[data-entry-id="${id}"] .message-text`);
  const seen = { frames: 0, most: 0, replaced: 0, atEnd: 0 };
  const scroller = document.getElementById('scroller');
  let draws = 0;
  const finished = new Set();
  const observer = new MutationObserver((changes) => {
    draws += 1;
    for (const { removedNodes } of changes) {
      for (const node of removedNodes) if (finished.has(node)) seen.replaced += 1;
    }
    const blocks = [...text.children];
    for (const block of blocks.slice(0, -2)) finished.add(block);
  });
  observer.observe(text, { childList: true });
  let sent = 0;
  while (sent < count) {
    draws = 0;
    for (let i = 0; i < 40 && sent < count; i += 1, sent += 1) {
      const words = piece + (sent % 10 === 9 ? '\\n\\n' : '');
      window.deliver({
        type: 'message_delta', thread: 'main', message_id: id, offset, text: words });
      offset += words.length;
      // Here the observer is told of what was drawn at once.
      await null;
    }
    await new Promise(requestAnimationFrame);
    await new Promise((go) => setTimeout(go));
    seen.frames += 1;
    seen.most = Math.max(seen.most, draws);
    const { scrollHeight, scrollTop, clientHeight } = scroller;
    if (scrollHeight - scrollTop - clientHeight < 48) seen.atEnd += 1;
  }
  observer.disconnect();
  return { ...seen, length: offset };
}"""
# Keeps the page's own connection at hand, so that a frame can be given to it without a way.
DELIVER = """(() => {
  const Real = WebSocket;
  window.WebSocket = class extends Real {
    constructor(...all) {
      super(...all);
      window.deliver = (frame) => this.onmessage({ data: JSON.stringify(frame) });
    }
  };
})()"""


@pytest.fixture
def stream(scripted):
    """Begins an answer of which nothing has come yet."""
    chat, script = scripted
    chat.page.add_init_script(DELIVER)

    def begin():
        chat.page.reload()
        chat.wait_live()
        answer = script.answered("", status="streaming", stop_reason=None)
        expect(chat.answers).to_have_count(1)
        return chat, answer["id"]

    return begin


def test_a_long_answer_is_painted_once_a_frame_and_followed(stream):
    chat, answer = stream()
    seen = chat.page.evaluate(STREAM, [answer, PIECE, PIECES, 0])
    assert seen["length"] > 190_000
    assert seen["frames"] >= PIECES / 40
    assert seen["most"] <= 1, "the text was drawn more than once between two frames"
    assert seen["replaced"] == 0, "a block that was finished was drawn again"
    chat.page.evaluate(FRAME)
    assert chat.page.evaluate(
        """() => {
          const { scrollHeight, scrollTop, clientHeight } = document.getElementById('scroller');
          return scrollHeight - scrollTop - clientHeight;
        }"""
    ) < 48  # fmt: skip
    expect(chat.get("to-end")).to_be_hidden()
    assert len(chat.get("message-text", chat.answers.first).inner_text()) > 190_000


def test_a_reader_further_up_is_left_there_while_it_streams(stream):
    chat, answer = stream()
    chat.page.evaluate(STREAM, [answer, PIECE, 400, 0])
    chat.page.evaluate(FRAME)
    chat.page.locator("#scroller").hover()
    chat.page.mouse.wheel(0, -700)
    expect(chat.get("to-end")).to_be_visible()
    chat.page.evaluate(FRAME)
    place = "document.getElementById('scroller').scrollTop"
    before = chat.page.evaluate(place)
    chat.page.evaluate(STREAM, [answer, PIECE, 400, 400 * len(PIECE) + 80])
    assert abs(chat.page.evaluate(place) - before) <= 2
    expect(chat.get("to-end")).to_be_visible()
    chat.get("to-end").click()
    expect(chat.get("to-end")).to_be_hidden()


AT_ONCE = "export const nextFrame = (key, draw) => { draw(); };"


def test_control_a_page_that_draws_at_once_is_noticed(stream, scripted):
    scripted[0].page.route(
        "**/js/frame.js",
        lambda route: route.fulfill(body=AT_ONCE, content_type="text/javascript"),
    )
    chat, answer = stream()
    assert chat.page.evaluate(STREAM, [answer, PIECE, 400, 0])["most"] > 1
