"""Markdown: what streams is read piece by piece, and looks in the end as if it had come at once."""

import pytest
from playwright.sync_api import expect

FENCE = "```"
TEXTS = [
    "One paragraph, *emphasised*, and **strong**.",
    "One\ntwo\nthree",
    "A\n\nB\n\nC\n\nD\n\nE",
    "# Title\n\nText\n\n## Second\nText at once\n### Third",
    "Setext\n======\n\nOther\n-----\ntext",
    "- a\n- b\n- c\n\ntext",
    "- a\n\n- b\n\n- c\n\n\ntext",
    "- a\n  - b\n    - c\n  - d\n- e\n\n1. one\n2. two\n\n   more of two\n3. three",
    "1. one\n\ntext between\n\n2. two",
    "* a\n* b\n- c\n+ d",
    "- [ ] open\n- [x] done\n\nafter",
    "> quote\nlazy\n\n> other\n> > deeper\n\nend",
    f"Before\n{FENCE}python\ndef f():\n    return 1\n{FENCE}\nafter\n\nmore",
    f"{FENCE}\nno language\n\nempty lines\n{FENCE}\n\n{FENCE}js\nlet a;\n{FENCE}\n\nend",
    "~~~\ntildes\n~~~\n\nend\n\nmore",
    f"- item\n\n  {FENCE}sh\n  ls\n  {FENCE}\n\n- next\n\nend",
    f"Unfinished\n\n{FENCE}c\nint a;\n\nint b;",
    "Text\n\n    indented code\n\n    more of it\n\ntext",
    "| a | b |\n|---|:-:|\n| 1 | 2 |\n| 3 | 4 |\n\ntext",
    "para\n| a | b |\n|---|---|\n| 1 | 2 |\nrest",
    "a\n\n---\n\nb\n\n***\n\nc",
    "See [this][one] and [that].\n\nMore\n\n[one]: https://example.org\n[that]: /2 'title'\n\nEnd",
    "[one]: https://example.org/1\n\nA [x][one].\n\nB [y][one].\n\nC [one].\n\nD",
    "[a]: /a\n[b]: /b\n\ntext [a] [b]\n\n[c]: /c\n\n[a] [c]\n\nend\n\nmore",
    "<div>\nhtml\n\n</div>\n\ntext <b>bold</b>\n\n<!-- comment\n\nmore --> after\n\nend",
    "<!-- never closed\n\ntext\n\nmore\n\nend",
    "Windows\r\n\r\nline\r\nends\r\n\r\n- a\r\n- b\r\n\r\nend",
    "Tabs\n\n\tcode\n\n- a\n\t- b\n\n\n\tend\n\nmore\n\t \tmixed\n\nend",
    "Vec<String> & co. &amp; `a < b` \\*not\\* \\\\ https://example.org a@b.org",
    "Emoji 🙂🙂\n\nמה זה?\n\nمرحبا 123\n\nend",
    "Sum $\\sum_{i=1}^n i_i$ and\n\n$$\nx = 1\n+ 2\n$$\n\nthen \\(y_1\\) costs $5 and $6\n\nend",
    "Then:\n$$\na\n- b\n$$\nafter\n\\[\nc\n\\]\nend\n\nmore",
    "Open $$\nx\n\nno end $y\n\n\\[ z\n\nend",
    "- item\n  $$\n  x\n  + y\n  $$\n- next $z$\n\nend\n\nmore",
    "a  \nhard break\\\nand this\n\n\n\n\nmany empty lines\n\n\n",
    "\n\n\nleading lines\n\ntext\n\nmore",
    "***\n- a\n***\n> b\n***\n1. c\n***",
    "Term\n: no definition list\n\n- a\n\n      deep code\n\n- b\n\n  para\n\nc",
]

# Feeds a text up to each place, then all of it; returns where a view that grew differs from one
# that got the text at once.
GROW = """async (text) => {
  const { MarkdownView } = await import('/js/markdown.js');
  const make = () => new MarkdownView(document.createElement('div'));
  const whole = make();
  whole.show(text);
  // While a text grows, links that are defined further down are not known.
  const hasLinks = /^\\[\\w+\\]:/m.test(text);
  const wrong = [];
  for (const step of [1, 7, 40]) {
    const grown = make();
    for (let end = 0; end <= text.length; end += step) {
      const part = text.slice(0, end);
      grown.show(part, true);
      const fresh = make();
      fresh.show(part, true);
      if (!hasLinks && grown.element.innerHTML !== fresh.element.innerHTML) {
        wrong.push([step, end, grown.element.innerHTML, fresh.element.innerHTML]);
      }
    }
    grown.show(text);
    if (grown.element.innerHTML !== whole.element.innerHTML) wrong.push([step, 'end']);
  }
  return wrong;
}"""

# How many characters the parser reads for an answer of some length that comes in pieces of 20.
COUNT = """async ([length, isGrowing]) => {
  const { Lexer } = await import('/vendor/marked.esm.js');
  const { MarkdownView } = await import('/js/markdown.js');
  const lex = Lexer.prototype.lex;
  let read = 0;
  Lexer.prototype.lex = function counted(source) {
    read += source.length;
    return lex.call(this, source);
  };
  const part = '## A heading\\n\\nSome words, *emphasised* and `code`, go on for a while here, as '
    + 'they do.\\n\\n- one\\n- two\\n\\n```js\\nconst a = 1;\\n```\\n\\n';
  const text = part.repeat(Math.ceil(length / part.length)).slice(0, length);
  const view = new MarkdownView(document.createElement('div'));
  for (let end = 20; end < length; end += 20) view.show(text.slice(0, end), isGrowing);
  view.show(text);
  const fresh = new MarkdownView(document.createElement('div'));
  const same = read;
  fresh.show(text);
  Lexer.prototype.lex = lex;
  return [same, view.element.innerHTML === fresh.element.innerHTML];
}"""


@pytest.fixture
def evaluate(start_chatd, new_context):
    """Runs JavaScript that may import the page's modules."""
    page = new_context().new_page()
    page.goto(start_chatd(assistant="off", children=[]).url + "/js/uuid.js")
    return page.evaluate


def test_what_grew_looks_as_if_it_had_come_at_once(evaluate):
    wrong = {text: found for text in TEXTS if (found := evaluate(GROW, text))}
    assert wrong == {}


def test_a_text_that_is_replaced_is_read_anew(evaluate):
    shown = evaluate(
        """async () => {
          const { MarkdownView } = await import('/js/markdown.js');
          const view = new MarkdownView(document.createElement('div'));
          view.show('a\\n\\nb\\n\\nc\\n\\nd', true);
          view.show('a\\n\\nB\\n\\nc', true);
          const replaced = view.element.textContent.replace(/\\s/g, '');
          view.show('', true);
          return [replaced, view.element.childElementCount];
        }"""
    )
    assert shown == ["aBc", 0]


def test_what_is_read_for_an_answer_grows_with_its_length(evaluate):
    (half, _), (whole, is_same) = (evaluate(COUNT, [n, True]) for n in (100_000, 200_000))
    assert is_same
    assert whole < 2.1 * half
    assert whole < 20 * 200_000


def test_control_reading_all_of_it_each_time_is_noticed(evaluate):
    (half, _), (whole, _) = (evaluate(COUNT, [n, False]) for n in (2_000, 4_000))
    assert whole > 3 * half


@pytest.mark.parametrize("start", [">", "- ", "[", "1. ", "<b>", "$$\n"])
def test_what_is_nested_beyond_reason_is_shown_as_it_was_typed(evaluate, start):
    shown = evaluate(
        """async (text) => {
          const { MarkdownView } = await import('/js/markdown.js');
          const view = new MarkdownView(document.body.appendChild(document.createElement('div')));
          view.show(text);
          return view.element.textContent.includes('the end');
        }""",
        start * 4000 + "the end",
    )
    assert shown


RICH = f"""Code with a long line:

{FENCE}python
print("{'long ' * 60}")
{FENCE}

{FENCE}brainfuck
{'+' * 300}
{FENCE}

| {' | '.join(f'column {n}' for n in range(30))} |
|{'---|' * 30}
| {' | '.join(f'value {n}' for n in range(30))} |

- [ ] open
- [x] done
  - nested
    - deeper

שלום עולם, זה טקסט

{FENCE}js
let a = 1; // שלום
{FENCE}"""


@pytest.mark.parametrize("width", [390, 1280])
def test_what_is_wide_scrolls_in_its_place(start_chatd, open_chat, width):
    chatd = start_chatd(assistant="off", children=[])
    chat = open_chat(chatd, viewport={"width": width, "height": 800})
    chat.say(RICH)
    message = chat.by_user("Code with a long line")
    expect(message).to_be_visible()
    assert chat.get("thread").evaluate("one => one.scrollWidth - one.clientWidth") <= 0
    wide = message.locator("pre, .table-scroll").evaluate_all(
        "all => all.map((one) => one.scrollWidth > one.clientWidth && one.tabIndex === 0)"
    )
    assert wide == [True, True, True, False]
    assert message.locator(".code-language").all_inner_texts() == ["python", "brainfuck", "js"]
    expect(message.locator("pre").first.locator(".token.string")).to_have_count(1)
    expect(message.locator("pre").nth(1).locator(".token")).to_have_count(0)
    styles = message.locator("li").evaluate_all(
        "all => all.map((one) => getComputedStyle(one).listStyleType)"
    )
    assert styles[:2] == ["none", "none"] and "none" not in styles[2:]
    directions = message.locator(".block, pre").evaluate_all(
        "all => all.map((one) => one.tagName[0] + getComputedStyle(one).direction)"
    )
    assert directions == [
        "Dltr", "Dltr", "Pltr", "Dltr", "Pltr", "Dltr", "Dltr", "Drtl", "Dltr", "Pltr"
    ]  # fmt: skip
