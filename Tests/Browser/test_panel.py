"""The panel of children as a whole: found, restarted together, muted; buttons that wait."""

import re

import pytest
from axe import violations_of_both
from chatd import EXAMPLES, FIXTURES, PUPPETS
from playwright.sync_api import expect


@pytest.fixture
def family(nursery, start_chatd, open_chat):
    """The page with six children, of which five are up."""
    for name in ("asker", "declines", "echo", "late", "slow", "hang"):
        nursery.adopt(name)
    chatd = start_chatd(assistant="off", children=[nursery.folder])
    chat = open_chat(chatd)
    for name in ("asker", "declines", "echo", "late", "slow"):
        chat.press(name, "start")
    for name in ("asker", "declines", "echo", "late", "slow"):
        chat.expect_child(name, "ready")
    return chat


def bulk(chat):
    """The button that restarts all that are shown."""
    return chat.page.locator("[data-action=restart-all]")


def test_children_are_found_by_what_they_are_and_do(family):
    find = family.get("child-filter")
    found = family.get("children-found")
    expect(found).to_have_attribute("role", "status")
    find.fill("stopped")
    expect(family.get("child")).to_have_count(1)
    expect(family.child("hang")).to_be_visible()
    expect(found).to_have_text("1 of 6")
    find.fill("ECHO")
    expect(family.get("child")).to_have_count(1)
    expect(family.child("echo")).to_be_visible()
    find.fill("no such child")
    expect(family.page.get_by_text("No child matches.")).to_be_visible()
    expect(found).to_have_text("0 of 6")
    find.press("Escape")
    expect(find).to_have_value("")
    expect(family.get("child")).to_have_count(6)
    expect(find).to_be_focused()


def test_times_go_on_once_a_child_is_shown_again(family):
    find = family.get("child-filter")
    find.fill("hang")
    expect(family.get("child")).to_have_count(1)
    find.fill("")
    facts = family.get("child-facts", family.child("echo"))
    shown = facts.text_content()
    expect(facts).not_to_have_text(shown)


def test_a_child_that_no_longer_matches_keeps_its_place_under_the_hand(family):
    family.get("child-filter").fill("ready")
    expect(family.get("child")).to_have_count(5)
    family.press("echo", "stop")
    family.expect_child("echo", "stopped")
    expect(family.child("echo").locator("[data-action=start]")).to_be_focused()
    family.input.focus()
    family.press("late", "stop")
    expect(family.get("child")).to_have_count(4)


def test_few_children_need_no_field(start_chatd, open_chat):
    chat = open_chat(start_chatd(assistant="off", children=[PUPPETS]))
    expect(chat.child("puppet")).to_be_visible()
    expect(chat.get("child-filter")).to_be_hidden()
    expect(bulk(chat)).to_be_hidden()


def test_all_that_are_wanted_up_are_restarted_after_one_question(family):
    names = ("asker", "declines", "echo", "late", "slow")
    before = {name: family.fact(name, "generation") for name in names}
    family.listen()
    expect(bulk(family)).to_have_text("Restart all 5")
    bulk(family).click()
    group = family.page.get_by_role("group", name="Restart 5 children?")
    group.get_by_role("button", name="Cancel").click()
    expect(bulk(family)).to_be_focused()
    bulk(family).click()
    family.page.get_by_role("button", name="Restart 5 children?").click()
    expect(bulk(family)).to_have_text(re.compile("Restarting: [0-4] of 5"))
    expect(bulk(family)).to_be_focused()
    family.expect_said("5 of 5 children restarted")
    for name in names:
        expect(family.child(name)).to_have_attribute("data-generation", str(before[name] + 1))
        family.expect_child(name, "ready")
    assert family.fact("hang", "generation") == 0
    expect(bulk(family)).to_have_text("Restart all 5")


def test_failures_of_a_bulk_restart_are_named(family, nursery):
    (nursery.folder / "echo" / "main.py").unlink()
    family.listen()
    bulk(family).click()
    family.page.locator("[data-action=restart-all-confirm]").click()
    family.expect_said("4 of 5 children restarted")
    expect(family.page.locator("#notices")).to_contain_text("Restart Echo")


def test_the_label_says_how_many_of_those_found(family):
    family.get("child-filter").fill("ready l")
    shown = family.get("child").count()
    assert 1 < shown < 5
    expect(bulk(family)).to_have_text(f"Restart these {shown}")


ACTIONS = """async ([before, after]) => {
  const { ChildActions } = await import('/js/child-actions.js');
  let answer;
  const command = () => new Promise((resolve) => { answer = resolve; });
  const context = { session: { socket: { command } }, failed() {} };
  const actions = new ChildActions('x', 'Echo', context, () => {});
  document.body.append(actions.element);
  const words = () => [...actions.bar.querySelectorAll('button:not([hidden])')]
    .map((one) => `${one.textContent}${one.ariaDisabled === 'true' ? '…' : ''}`).join(' ');
  actions.update(before);
  const seen = [words()];
  actions.buttons.start.focus();
  actions.buttons.start.click();
  seen.push(words());
  answer({});
  await new Promise(requestAnimationFrame);
  seen.push(words());
  for (const one of after) { actions.update(one); seen.push(words()); }
  seen.push(actions.bar.contains(document.activeElement));
  actions.element.remove();
  return seen;
}"""


def test_a_button_waits_for_the_state_not_for_the_answer(chat):
    def child(state, since, generation):
        return {"actor_id": "x", "state": state, "since": since, "generation": generation}

    seen = chat.page.evaluate(ACTIONS, [
        child("stopped", "1", 1),
        [child("stopped", "1", 1), child("starting", "2", 2), child("ready", "3", 2)],
    ])  # fmt: skip
    assert seen == [
        "Start Log",
        "Starting…… Log",
        "Starting…… Log",
        "Starting…… Log",
        "Starting…… Stop… Kill Log",
        "Restart Stop Kill Log",
        True,
    ]


def test_whoever_presses_a_button_keeps_the_place(chat):
    card = chat.child("sentiment")
    card.locator("[data-action=restart]").focus()
    chat.page.keyboard.press("Enter")
    expect(card).to_have_attribute("data-generation", "2")
    chat.expect_child("sentiment", "ready")
    expect(card.locator("[data-action=restart]")).to_be_focused()
    card.locator("[data-action=stop]").focus()
    chat.page.keyboard.press("Enter")
    chat.expect_child("sentiment", "stopped")
    expect(card.locator("[data-action=start]")).to_be_focused()


def test_a_start_that_fails_gives_the_button_back(start_chatd, open_chat):
    chat = open_chat(start_chatd(assistant="off", children=[FIXTURES]))
    chat.press("exit-78", "start")
    chat.expect_child("exit-78", "parked")
    start = chat.child("exit-78").locator("[data-action=start]")
    expect(start).to_have_text("Start now")
    expect(start).to_be_enabled()
    expect(chat.page.locator("#notices")).to_contain_text("Start Exit 78")


def test_a_backoff_counts_down_and_can_be_cut_short(nursery, start_chatd, open_chat):
    nursery.adopt("exit-at-once", """name = "Slowly"
description = "Ends as soon as it has begun"
command = ["sh", "main.sh"]
[restart]
backoff_initial_ms = 60000
backoff_max_ms = 60000
""")
    chat = open_chat(start_chatd(assistant="off", children=[nursery.folder]))
    chat.press("exit-at-once", "start")
    chat.expect_child("exit-at-once", "backing_off")
    card = chat.child("exit-at-once")
    state = chat.get("child-state", card)
    expect(state).to_have_text(re.compile(r"Restarting in \d+ s"))
    shown = state.text_content()
    expect(state).not_to_have_text(shown)
    generation = chat.fact("exit-at-once", "generation")
    chat.press("exit-at-once", "start")
    chat.page.wait_for_function(
        "([id, n]) => Number(document.querySelector(`[data-child=${id}]`).dataset.generation) > n",
        arg=["exit-at-once", generation],
    )


def test_reply_times_are_drawn_and_told(start_chatd, open_chat):
    chat = open_chat(start_chatd(assistant="off"))
    chat.expect_child("sentiment", "ready")
    spark = chat.get("sparkline", chat.child("sentiment"))
    expect(spark).to_be_hidden()
    for text in ("I love one", "I love two", "I love three"):
        chat.say(text)
        expect(chat.chip(chat.by_user(text), "sentiment")).to_have_attribute(
            "data-status", "replied")
    expect(spark).to_contain_text(
        re.compile(r"Reply times: last .+ ms, median .+ ms, slowest .+ ms"))
    points = spark.locator("polyline").get_attribute("points")
    assert len(points.split()) == 3
    chat.page.reload()
    expect(spark.locator("polyline")).to_have_attribute("points", points)


LATENCIES = """async () => {
  const { Latencies } = await import('/js/latencies.js');
  const latencies = new Latencies();
  let changes = 0;
  latencies.on('change', () => { changes += 1; });
  const rollup = (n, ms, status = 'replied') => ({ original_message_id: String(n).padStart(4, '0'),
    child_responses: [{ child_id: 'x', status, latency_ms: ms }] });
  for (let n = 39; n >= 1; n -= 1) latencies.take(rollup(n, n));
  const all = latencies.of('x');
  changes = 0;
  latencies.take(rollup(39, 39));
  latencies.take(rollup(40, 300, 'timed_out'));
  latencies.take(rollup(41, null));
  const repeated = changes;
  latencies.take(rollup(20, 7));
  return [all, repeated, latencies.of('x').includes(20), latencies.of('x').length,
    latencies.of('nobody')];
}"""


def test_the_last_thirty_times_are_kept_in_order_and_once(chat):
    times, repeated, is_old_there, count, nobody = chat.page.evaluate(LATENCIES)
    assert times == list(range(10, 40))
    assert (repeated, is_old_there, count, nobody) == (0, False, 30, [])


MUTE = """async () => {
  const { ChildActions } = await import('/js/child-actions.js');
  const { Emitter } = await import('/js/emitter.js');
  const threads = new Emitter();
  threads.current = { id: 'main', muted: ['dice'] };
  threads.isMuted = (id) => threads.current?.muted.includes(id) ?? false;
  const asked = [];
  threads.update = async (change) => {
    asked.push(change.muted);
    await null;
    if (change.muted.includes('broken')) throw new Error('refused');
    threads.current = { ...threads.current, ...change };
    threads.emit('change');
  };
  const failures = [];
  const context = { session: {}, threads, failed: (failure) => failures.push(failure.what) };
  const [one, two, broken] = ['dice', 'poll', 'broken'].map((id) => {
    const made = new ChildActions(id, id, context, () => {});
    made.update({ actor_id: id, state: 'ready', since: '1', generation: 1 });
    return made;
  });
  const words = () => [one, two].map(({ mute }) => [mute.button.ariaLabel, mute.mark.hidden]);
  const seen = [words()];
  two.mute.button.click();
  one.mute.button.click();
  const settled = () => new Promise((resolve) => setTimeout(resolve));
  await settled();
  seen.push(words());
  broken.mute.button.click();
  await settled();
  threads.current = undefined;
  threads.emit('change');
  return [...seen, asked, failures, one.mute.button.hidden, broken.mute.button.ariaDisabled];
}"""


def test_a_child_is_muted_in_the_thread_that_is_shown(chat):
    first, second, asked, failures, is_hidden, pending = chat.page.evaluate(MUTE)
    assert first == [["Unmute here dice", False], ["Mute here poll", True]]
    assert second == [["Mute here dice", True], ["Unmute here poll", False]]
    assert asked == [["dice", "poll"], ["poll"], ["poll", "broken"]]
    assert failures == ["Mute here broken"]
    assert is_hidden and pending == "false"


@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing(start_chatd, open_chat, width):
    chatd = start_chatd(assistant="off", children=[EXAMPLES])
    chat = open_chat(chatd, reduced_motion="reduce", viewport={"width": width, "height": 844})
    if width < 900:
        chat.get("open-panel").click()
    chat.expect_child("sentiment", "ready")
    chatd.post("/api/messages", {"content": "I love this"})
    expect(chat.get("sparkline", chat.child("sentiment"))).to_be_visible()
    bulk(chat).click()
    assert violations_of_both(chat.page) == []
    chat.get("child-filter").fill("nobody has this name")
    expect(chat.get("child")).to_have_count(0)
    assert violations_of_both(chat.page) == []
