"""Formulas: found in Markdown, drawn by KaTeX, and harmless whatever stands in them."""

import json

import pytest
from axe import violations_of_both
from chatd import PUPPETS
from chatpage import ChatPage
from playwright.sync_api import expect

FORMULAS = r"""Euler: $e^{i\pi} + 1 = 0$, and \(a_1 * b_1 * c_1\), and inside $$\vec{v} x$$ a line.

$$
\begin{aligned}
f(x) &= \int_0^1 \frac{x^2}{2} \, dx \\
+ g &= \sqrt{\pmb{y}}
\end{aligned}
$$

Then:
\[
\sum_{i=1}^{n} i
- \fcolorbox{red}{white}{$z$}
\]
done, the $n$th of $n$."""
NO_FORMULAS = [
    "It costs $5 and $6.", "US$ 5 or $ 6 $ more", "I have $20 (you owe 5$)", "5$ and 6$",
    "From $1,000 to 2,000$ or so", "$HOME and $PATH, ${A}/${B}, $A/$B", "a `$x$` b", "$x",
    "```\n$$x$$\n\\(y\\)\n```", "    $$x$$\n    \\[y\\]", r"\$x\$", "$$", "$$$$", r"\(\)", "$x\ny$",
]  # fmt: skip
CANARY = "window.canary='dead'"
OUTSIDE = "http://192.0.2.1/beacon.png"  # TEST-NET-1: nobody is there
HOSTILE = [
    rf"\href{{javascript:{CANARY}}}{{x}}", rf"\url{{javascript:{CANARY}}}",
    rf"\href{{{OUTSIDE}}}{{x}}", rf"\includegraphics[width=5em]{{{OUTSIDE}}}",
    rf"\htmlData{{onclick={CANARY}}}{{x}}", rf"\htmlStyle{{background:url({OUTSIDE})}}{{x}}",
    r"\htmlId{composer}{x}", r"\htmlClass{message}{x}", r"\rule{9999em}{9999em}",
    r"\kern-9999em\rule{9em}{9em}", r"\raisebox{999em}{x}\hspace{-999em}",
    r"\def\a{\a\a}\a", r"\def\a{\b}\def\b{\a}\a", r"\gdef\x{99}\x", r"\x",
    "{" * 1500 + "x" + "}" * 1500, r"\frac" * 500, r"\sqrt{" * 400 + "}" * 400,
    rf"\text{{<img src=x onerror={CANARY}>}}", rf"<img src=x onerror={CANARY}>", r"\unknown{x}",
    r"\begin{array}{" + "c" * 900 + r"}x\end{array}", r"\color{url(x)}x",
    rf"\color{{red;background:url({OUTSIDE})}}x", r"x^" * 300, r"\phase{-78}", r"\vec{x}",
]  # fmt: skip


@pytest.fixture
def page_of(start_chatd, open_chat):
    """The page of a chatd with the child that says what it is told."""
    chatd = start_chatd(assistant="off", children=[PUPPETS])
    chatd.post("/api/children/puppet/start")

    def open_page(**options):
        chat = open_chat(chatd, **options)
        chat.page.evaluate(
            """() => {
              window.refused = [];
              document.addEventListener('securitypolicyviolation',
                (event) => window.refused.push(event.violatedDirective));
            }"""
        )
        return chat

    return open_page


def test_formulas_are_drawn_and_can_be_read_and_copied(page_of):
    chat = page_of()
    chat.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    chat.say(FORMULAS)
    text = chat.get("message-text", chat.by_user("Euler"))
    expect(text.locator(".katex")).to_have_count(7)
    expect(text.locator(".katex-display")).to_have_count(3)
    expect(text.locator(".katex-mathml annotation").first).to_have_text(r"e^{i\pi} + 1 = 0")
    expect(text.locator(".katex-html[aria-hidden=true]")).to_have_count(7)
    expect(text.get_by_text("done, the")).to_be_visible()
    chat.page.wait_for_function("document.fonts.check('16px KaTeX_Main')")
    assert chat.page.evaluate("window.refused") == []
    # Styles that KaTeX sets as attributes are there all the same: the arrow has its width.
    assert text.locator(".katex-display svg").first.bounding_box()["width"] > 4
    # From within the first formula to within the last.
    text.evaluate(
        """(text) => {
          const all = [...text.querySelectorAll('.katex-html .mord')];
          const range = document.createRange();
          range.setStart(all[0].firstChild ?? all[0], 0);
          range.setEndAfter(all[all.length - 1]);
          getSelection().removeAllRanges();
          getSelection().addRange(range);
        }"""
    )
    chat.page.keyboard.press("Control+c")
    copied = chat.page.evaluate("navigator.clipboard.readText()")
    whole = "".join(copied.split())
    wanted = "".join(FORMULAS.split())
    assert whole == wanted[len("Euler:") : -1]


def test_what_is_no_formula_stays_as_it_was_typed(page_of):
    chat = page_of()
    for number, words in enumerate(NO_FORMULAS):
        chat.say(f"{number}.\n\n{words}")
    texts = chat.get("message-text")
    expect(texts).to_have_count(len(NO_FORMULAS))
    chat.say("Positive $x$")
    expect(chat.page.locator(".katex")).to_have_count(1)
    expect(chat.page.locator(".math")).to_have_count(1)


def test_a_formula_stays_text_until_its_end_has_come(page_of):
    steps = page_of().page.evaluate(
        r"""async (text) => {
          const { MarkdownView } = await import('/js/markdown.js');
          const view = new MarkdownView(document.createElement('div'));
          const steps = [];
          for (let end = 1; end <= text.length; end += 1) {
            view.show(text.slice(0, end), true);
            steps.push(view.element.querySelectorAll('.math').length);
          }
          return steps;
        }""",
        "a $x^2$ b \\(y\\) c\n\n$$\nz\n$$\n\nd",
    )
    assert steps == sorted(steps)
    assert (steps[5], steps[6], steps[-1]) == (0, 1, 3)


def test_hostile_formulas_do_nothing_and_stay_in_their_place(page_of):
    chat = page_of()
    said = "\n\n".join(f"inline ${one}$ end\n\n$$\n{one}\n$$" for one in HOSTILE)
    chat.say("Before all of it")
    chat.say("Hear this. puppet:" + json.dumps({"text": said + "\n\nlast $ok$"}))
    reply = chat.reply(chat.by_user("Hear this"), "puppet")
    expect(reply.locator(".math").last.locator(".katex")).to_have_count(1)
    assert chat.page.evaluate("window.canary ?? 'alive'") == "alive"
    assert chat.page.evaluate("window.refused") == []
    assert reply.locator("a, img, [onclick], #composer, .message, [data-onclick]").count() == 0
    # What can't be drawn can be read; a name that one formula makes is unknown to the next.
    expect(reply.locator(".math", has_text=r"\def\a{\a\a}\a").first).to_be_visible()
    assert chat.get("thread").evaluate("one => one.scrollWidth - one.clientWidth") <= 0
    # Nothing is drawn over what stands around: each point of a block is the block's own.
    covered = chat.by_user("Before all of it").evaluate(
        """(message) => {
          message.scrollIntoView();
          const box = message.querySelector('.body').getBoundingClientRect();
          const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
          return message.contains(top);
        }"""
    )
    assert covered
    chat.say("Goes on")
    expect(chat.by_user("Goes on")).to_be_visible()


@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing_wrong_with_formulas(page_of, width):
    chat = page_of(viewport={"width": width, "height": 800}, reduced_motion="reduce")
    chat.say(FORMULAS + "\n\n$$" + " + ".join(f"x_{{{n}}}" for n in range(80)) + "$$")
    expect(chat.page.locator(".katex")).to_have_count(8)
    assert violations_of_both(chat.page) == []
    assert chat.get("thread").evaluate("one => one.scrollWidth - one.clientWidth") <= 0


def test_without_katex_the_source_is_there(start_chatd, new_context):
    context = new_context()
    context.route("**/vendor/katex/**", lambda route: route.abort())
    chat = ChatPage(context.new_page()).open(start_chatd(assistant="off", children=[]).url)
    chat.say("See $x^2$")
    expect(chat.get("message-text")).to_have_text("See $x^2$")
