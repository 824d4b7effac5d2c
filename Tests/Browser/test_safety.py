"""What children and people write can't run, can't reach out, and can't leave its place.

Three things stand in the way: the sanitiser, the Content-Security-Policy, and a closed shadow
root. Each is tried without the others, and the controls show that the canary can sing.
"""

import json

import pytest
from chatd import PUPPETS
from hazards import open_page
from playwright.sync_api import expect

pytestmark = pytest.mark.closely

CANARY = "window.canary='dead'"
VECTORS = [
    f"<img src=x onerror=\"{CANARY}\">",
    f"<svg onload=\"{CANARY}\"></svg>",
    f"<script>{CANARY}</script>",
    f"<details open ontoggle=\"{CANARY}\">x</details>",
    f"<iframe srcdoc=\"<script>parent.{CANARY[7:]}</script>\"></iframe>",
    f"<a href=\"javascript:{CANARY}\" autofocus onfocus=\"{CANARY}\">x</a>",
    f"<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1"
    f" onerror={CANARY}&gt;\">",
    f"<form id=x tabindex=0 onfocus=\"{CANARY}\" autofocus><input></form>",
    f"<template><img src=x onerror=\"{CANARY}\"></template>",
    f"<div><template shadowrootmode=open><img src=x onerror=\"{CANARY}\"></template></div>",
    f"<a href=\"&#x6a;avascript:{CANARY}\">click</a>",
    f"<video><source onerror=\"{CANARY}\"></video>",
    f"<b onmouseover=\"{CANARY}\" style=\"position:fixed;inset:0\">x</b>",
]
OUTSIDE = "http://192.0.2.1/beacon.png"  # TEST-NET-1: nobody is there
BEACONS = [
    f"<img src=\"{OUTSIDE}\">",
    f"<table background=\"{OUTSIDE}\"><tr><td>x</td></tr></table>",
    f"<b style=\"background:url({OUTSIDE})\">x</b>",
    f"<style>@import url({OUTSIDE});</style>",
    f"<link rel=stylesheet href=\"{OUTSIDE}\">",
    f"<svg><image href=\"{OUTSIDE}\"></image></svg>",
    f"<video poster=\"{OUTSIDE}\"></video>",
    f"<meta http-equiv=refresh content=\"0;url={OUTSIDE}\">",
    f"<base href=\"{OUTSIDE}\">",
    f"![beacon]({OUTSIDE})",
]


@pytest.fixture
def puppet_chatd(start_chatd):
    """chatd with the child that says what it is told."""
    chatd = start_chatd(children=[PUPPETS])
    chatd.post("/api/children/puppet/start")
    return chatd


def perform(chat, hostile):
    """Lets the puppet say it as text and html, the person too, and opens the reply."""
    said = "\n\n".join(hostile)
    chat.say("Hear this. puppet:" + json.dumps({"text": said, "html": said, "data": hostile}))
    chip = chat.chip(chat.by_user("Hear this"), "puppet")
    expect(chip).to_have_attribute("data-status", "replied")
    chip.click()
    expect(chat.get("reply-details")).to_be_visible()
    chat.say(said)
    expect(chat.answers).to_have_count(2)
    expect(chat.answers.last).to_have_attribute("data-status", "complete")
    # Whatever loads late or fires in a later task has had its time after two frames and a fetch.
    chat.page.evaluate(
        """async () => {
          await fetch('/api/children');
          for (let i = 0; i < 2; i += 1) await new Promise(requestAnimationFrame);
        }"""
    )


def canary(chat):
    """What became of the canary."""
    return chat.page.evaluate("window.canary ?? 'alive'")


def test_the_canary_lives_in_the_page_as_it_is(puppet_chatd, new_context):
    chat = open_page(new_context, puppet_chatd.url)
    perform(chat, VECTORS)
    assert canary(chat) == "alive"


def test_the_sanitiser_alone_keeps_the_canary_alive(puppet_chatd, new_context):
    chat = open_page(new_context, puppet_chatd.url, has_policy=False)
    perform(chat, VECTORS)
    assert canary(chat) == "alive"
    inline = "a => a.some((e) => e.getAttributeNames().some((n) => /^on|^style$/.test(n)))"
    assert not chat.page.locator("#thread *").evaluate_all(inline)


def test_the_policy_alone_keeps_the_canary_alive(puppet_chatd, new_context):
    chat = open_page(new_context, puppet_chatd.url, is_sanitised=False)
    perform(chat, VECTORS)
    assert canary(chat) == "alive"


def test_control_without_sanitiser_and_policy_the_canary_dies(puppet_chatd, new_context):
    chat = open_page(new_context, puppet_chatd.url, is_sanitised=False, has_policy=False)
    perform(chat, VECTORS)
    chat.page.wait_for_function("() => window.canary === 'dead'")


def test_no_request_leaves_the_machine(puppet_chatd, new_context):
    chat = open_page(new_context, puppet_chatd.url, has_policy=False)
    perform(chat, BEACONS)
    assert chat.page.context.watch.outside == []
    assert chat.page.context.watch.requests


def test_control_one_outside_image_is_noticed(puppet_chatd, new_context):
    chat = open_page(
        new_context, puppet_chatd.url, is_sanitised=False, has_policy=False, guarded=False
    )
    perform(chat, BEACONS[:1])
    assert chat.page.context.watch.outside == ["192.0.2.1"]


GUARDS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


def directives(policy):
    """The directives of a Content-Security-Policy."""
    words = (one.split() for one in policy.split(";"))
    return {name: sorted(values) for name, *values in words}


@pytest.mark.parametrize("path", ["/", "/js/main.js", "/api/children", "/nothing", "/favicon.svg"])
def test_every_answer_tells_the_browser_to_be_strict(chatd, new_context, path):
    answer = new_context().request.get(chatd.url + path)
    policy = directives(answer.headers["content-security-policy"])
    sockets = policy.pop("connect-src")
    assert all(one == "'self'" or one.startswith("ws://127.0.0.1:") for one in sockets)
    assert policy == {
        "default-src": ["'self'"], "object-src": ["'none'"], "base-uri": ["'none'"],
        "form-action": ["'none'"], "frame-ancestors": ["'none'"],
    }  # fmt: skip
    assert {name: answer.headers.get(name) for name in GUARDS} == GUARDS


def test_the_page_has_a_policy_of_its_own(chat):
    policy = chat.page.locator("meta[http-equiv=Content-Security-Policy]").get_attribute("content")
    assert directives(policy) == {
        "default-src": ["'self'"], "base-uri": ["'none'"], "form-action": ["'none'"],
        "object-src": ["'none'"],
    }  # fmt: skip


# What a file is when it is dragged in from elsewhere.
DROP = """(selector) => {
  const data = new DataTransfer();
  data.items.add(new File(['<script>canary=1</script>'], 'page.html', { type: 'text/html' }));
  const place = document.querySelector(selector);
  return ['dragenter', 'dragover', 'drop'].map((kind) => {
    const event = new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: data });
    place.dispatchEvent(event);
    return [event.defaultPrevented, data.dropEffect];
  });
}"""


def test_a_file_that_is_dropped_leads_nowhere(chat):
    for place in ("#thread", "#bar", "#panel", "#composer-text", "body"):
        assert chat.page.evaluate(DROP, place)[1:] == [[True, "none"], [True, "none"]], place
    expect(chat.input).to_have_value("")


def test_text_can_be_dropped_where_one_writes(chat):
    file = "data.items.add(new File(['<script>canary=1</script>'], 'page.html', "
    file += "{ type: 'text/html' }))"
    assert file in DROP
    text = DROP.replace(file, "data.setData('text/plain', 'x')")
    assert not any(was for was, _ in chat.page.evaluate(text, "#composer-text"))


def test_nothing_can_be_uploaded(chat):
    for one in chat.page.locator("input[type=file]").all():
        assert one.get_attribute("accept") == "application/json"


def test_a_childs_html_stays_in_its_closed_place(puppet_chatd, new_context):
    chat = open_page(new_context, puppet_chatd.url)
    html = "<h1 class='message' id='composer'>Title</h1><a href='https://example.org'>away</a>"
    chat.say("Draw. puppet:" + json.dumps({"html": html}))
    chip = chat.chip(chat.by_user("Draw."), "puppet")
    expect(chip).to_have_attribute("data-status", "replied")
    chip.click()
    host = chat.page.locator(".child-html > div")
    expect(host).to_be_visible()
    assert host.evaluate("host => host.shadowRoot") is None
    assert host.evaluate("host => host.childElementCount") == 0


def test_links_cannot_reach_back(chat):
    chat.say("See [this](https://example.org/page) and [that](javascript:alert(1))")
    link = chat.by_user("See this").get_by_role("link")
    expect(link).to_have_count(1)
    expect(link).to_have_attribute("rel", "noopener noreferrer nofollow")
    expect(link).to_have_attribute("target", "_blank")
