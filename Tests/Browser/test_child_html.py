"""A child's html stays in its box, whatever it is: with the sanitiser and the policy, and without.

What is drawn with neither shows that the box itself holds.
"""

import pytest
from chatd import PUPPETS
from hazards import open_page
from playwright.sync_api import expect

pytestmark = pytest.mark.closely

ESCAPES = {
    "fixed": "<div style='position:fixed;inset:0;z-index:2147483647;background:red'>x</div>",
    "absolute": "<div style='position:absolute;top:-9999px;left:-9999px;width:99999px;"
    "height:99999px;z-index:2147483647;background:red'>x</div>",
    "sticky": "<p style='position:sticky;top:0;margin:-500px;width:5000px;height:2000px;"
    "background:red'>x</p>",
    "viewport": "<div style='width:100vw;height:30px;background:red'>x</div>",
    "transform": "<div style='transform:scale(99);width:99px;height:99px;background:red'>x</div>",
    "shadow": "<div style='width:9px;height:9px;box-shadow:0 0 0 9999px red'>x</div>",
    "host": "<style>:host{position:fixed!important;inset:0!important;contain:none!important;"
    "z-index:2147483647!important;background:red!important;display:block!important}</style>x",
    "parents": "<style>:host-context(html),html,body,.bar,.panel,#dock{display:none!important}"
    "*{animation:a 1s infinite}@keyframes a{to{inset:0}}@keyframes turn{to{opacity:0}}"
    "@font-face{font-family:x;src:local(y)}@property --bg{syntax:'*';inherits:true}"
    ":root{--bg:red!important;--ink:red!important}</style>x",
    "long": "<pre>" + "long " * 400 + "</pre><p>" + "x" * 4000 + "</p>",
    "wide": "<table><tr>" + "<td>cell</td>" * 200 + "</tr></table>",
    "many": "<b>" * 500 + "deep",
    "dialog": "<dialog open style='position:fixed;inset:0;width:100%;height:100%'>x</dialog>",
}  # fmt: skip
# Where everything of the page's own is, and what is in front at points all over it.
GEOMETRY = """() => {
  const box = (one) => { const r = one.getBoundingClientRect(); return [r.x, r.y, r.width]; };
  const style = getComputedStyle(document.body);
  return {
    places: ['#bar', '#dock', '#panel', '#composer', '#scroller'].map((name) => (
      box(document.querySelector(name)))),
    page: [document.documentElement.scrollWidth, innerWidth, style.backgroundColor, style.color],
  };
}"""
OUTSIDE = """() => {
  const host = document.querySelector('.child-html');
  const r = host.getBoundingClientRect();
  const clip = document.getElementById('scroller').getBoundingClientRect();
  let outside = 0;
  for (let x = 4; x < innerWidth; x += 16) {
    for (let y = 4; y < innerHeight; y += 16) {
      const isIn = x >= r.left && x <= r.right && y >= Math.max(r.top, clip.top)
        && y <= Math.min(r.bottom, clip.bottom);
      const hit = document.elementFromPoint(x, y);
      if (!isIn && hit && host.contains(hit)) outside += 1;
    }
  }
  return { outside, fits: r.left >= clip.left && r.right <= clip.right + 1 };
}"""


DRAW = """async (html) => {
  const { childHtml } = await import('/js/child-html.js');
  document.querySelector('.child-html')?.remove();
  const box = childHtml(html, 'What it drew');
  document.getElementById('thread').append(box);
  box.scrollIntoView();
}"""


@pytest.fixture
def open_drawing(start_chatd, new_context):
    """Opens the page of a chatd that has nothing to say."""
    chatd = start_chatd(children=[PUPPETS], assistant="off")

    def open_drawing(**options):
        chat = open_page(new_context, chatd.url, reduced_motion="reduce", **options)
        expect(chat.get("child")).not_to_have_count(0)
        return chat

    return open_drawing


@pytest.mark.parametrize("is_guarded", [True, False], ids=["guarded", "unguarded"])
def test_it_neither_covers_nor_moves_the_page(open_drawing, is_guarded):
    chat = open_drawing(is_sanitised=is_guarded, has_policy=is_guarded)
    chat.page.evaluate(DRAW, "x")
    before = chat.page.evaluate(GEOMETRY)
    for name, html in ESCAPES.items():
        chat.page.evaluate(DRAW, html)
        assert chat.page.evaluate(GEOMETRY) == before, name
        assert chat.page.evaluate(OUTSIDE) == {"outside": 0, "fits": True}, name
        # What is not its own can be clicked.
        chat.page.locator(".logo").click()
    chat.get("theme").click()
    chat.say("Still here?")
    expect(chat.by_user("Still here?")).to_have_attribute("data-status", "complete")


def test_control_without_its_box_it_covers_the_page(open_drawing):
    chat = open_drawing(is_sanitised=False, has_policy=False)
    chat.page.add_style_tag(content=".child-html { contain: none !important; }")
    chat.page.evaluate(DRAW, ESCAPES["host"])
    assert chat.page.evaluate(OUTSIDE)["outside"] > 0


def test_nothing_of_a_form_is_left(open_drawing):
    chat = open_drawing()
    form = "<form action=/api/import><input><input type=file><textarea>t</textarea><select>"
    chat.page.evaluate(DRAW, form + "<option>o</select><button>b</button><label>l</label></form>")
    kinds = "form, input, textarea, select, option, button, label"
    found = "(kinds) => window.shadows.at(-1).querySelectorAll(kinds).length"
    assert chat.page.evaluate(found, kinds) == 0
