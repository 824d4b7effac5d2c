"""Modules of the page that decide something, tried by themselves in the browser."""

import re

import pytest


@pytest.fixture
def evaluate(start_chatd, new_context):
    """Runs JavaScript that may import the page's modules."""
    page = new_context().new_page()
    page.goto(start_chatd(assistant="off", children=[]).url + "/js/uuid.js")
    return page.evaluate


ORDER = """async (seed) => {
  const { ThreadModel } = await import('/js/thread-model.js');
  const random = () => (seed = (seed * 1103515245 + 12345) % 2147483648) / 2147483648;
  const message = (id, parent, role) => ({
    type: 'Message', id, parent, role, thread: 'main', seq: 1, status: 'complete', content: id,
    created_at: '2026-01-01T00:00:00Z' });
  const rollup = (id, parent) => ({ ...message(id, parent, ''), type: 'Rollup',
    original_message_id: parent, child_responses: [] });
  // 05 was queued while 04 was written: it is older than the rollup 06 that is its parent.
  // 09 is a second answer to 07, so 08 is a branch that is no longer shown.
  const entries = [
    message('01', null, 'user'), rollup('02', '01'), message('04', '02', 'assistant'),
    rollup('06', '04'), message('05', '06', 'user'), rollup('07', '05'),
    message('08', '07', 'assistant'), message('09', '07', 'assistant'), rollup('10', '09'),
  ];
  const paths = new Set();
  for (let round = 0; round < 300; round += 1) {
    const shuffled = entries.map((one) => [random(), one]).sort((a, b) => a[0] - b[0]);
    const thread = new ThreadModel('main');
    for (const [, one] of shuffled) thread.apply([structuredClone(one)]);
    paths.add(thread.path.list.map((one) => one.id).join(' '));
  }
  return [...paths];
}"""


def test_the_path_is_the_same_in_whatever_order_entries_come(evaluate):
    assert evaluate(ORDER, 42) == ["01 02 04 06 05 07 09 10"]


AMENDED = """async () => {
  const { ThreadModel } = await import('/js/thread-model.js');
  const thread = new ThreadModel('main');
  const message = {
    type: 'Message', id: '01', parent: null, role: 'assistant', thread: 'main', seq: 1,
    status: 'streaming', content: '', created_at: '2026-01-01T00:00:00Z' };
  thread.apply([message]);
  const before = thread.path.list[0].status;
  thread.apply([{ ...message, seq: 2, status: 'failed' }]);
  return [before, thread.path.list[0].status];
}"""


def test_an_amended_entry_stands_in_the_path_as_it_is_now(evaluate):
    assert evaluate(AMENDED) == ["streaming", "failed"]


DELTAS = """async () => {
  const { ThreadModel } = await import('/js/thread-model.js');
  const thread = new ThreadModel('main');
  const message = {
    type: 'Message', id: '01', parent: null, role: 'assistant', thread: 'main', seq: 1,
    status: 'streaming', content: '', created_at: '2026-01-01T00:00:00Z' };
  thread.apply([message]);
  const taken = [
    thread.append('01', 0, 'Grüße '), thread.append('01', 6, '🙂'),
    thread.append('01', 6, '🙂'), thread.append('01', 9, 'lost'), thread.append('01', 8, '!'),
  ];
  const streamed = thread.entries.get('01').content;
  thread.apply([{ ...message, seq: 2, content: 'Grüße' }]);
  const kept = thread.entries.get('01').content;
  thread.apply([{ ...message, seq: 3, status: 'complete', content: 'Whole.' }]);
  thread.append('01', 6, 'more');
  return [taken, streamed, kept, thread.entries.get('01').content];
}"""


def test_pieces_are_counted_in_utf16_units_and_a_missing_one_is_noticed(evaluate):
    taken, streamed, kept, final = evaluate(DELTAS)
    assert taken == [True, True, True, False, True]
    assert (streamed, kept, final) == ("Grüße 🙂!", "Grüße 🙂!", "Whole.")


def test_the_backoff_grows_from_half_a_second_to_thirty_with_full_jitter(evaluate):
    waits = evaluate(
        """async () => {
          const { backoff } = await import('/js/backoff.js');
          return [1, 2, 3, 7, 50].flatMap((n) => [backoff(n, () => 0), backoff(n, () => 1)]);
        }"""
    )
    assert waits == [0, 500, 0, 1000, 0, 2000, 0, 30000, 0, 30000]


def test_identifiers_are_made_without_a_secure_context_too(evaluate):
    made = evaluate(
        """async () => {
          const { uuid } = await import('/js/uuid.js');
          Object.defineProperty(crypto, 'randomUUID', { value: undefined });
          return [uuid(), uuid()];
        }"""
    )
    form = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
    assert all(form.fullmatch(one) for one in made) and made[0] != made[1]


DEATHS = """async () => {
  const { causeWords, nextWords } = await import('/js/child-words.js');
  const exits = [
    { cause: 'exit', code: 0 }, { cause: 'exit', code: 3 }, { cause: 'exit', code: 78 },
    { cause: 'exit', code: 127, reason: 'it could not be started' },
    { cause: 'signal', signal: 'SIGSEGV' }, { cause: 'signal', signal: 'SIGUSR2' },
    ...['watchdog', 'protocol', 'start_timeout', 'memory', 'operator', 'parent', 'unheard-of']
      .map((cause) => ({ cause })),
  ];
  const at = '2026-01-01T00:00:00.000Z';
  const later = '2026-01-01T00:00:02.500Z';
  const next = [
    { state: 'starting' }, { state: 'backing_off', next_start_at: at }, { state: 'parked' },
    { state: 'parked', next_start_at: at }, { state: 'stopped', wanted: 'up' },
    { state: 'stopped', wanted: 'down' },
    { state: 'ready', last_exit: { at, next: 'starting' } },
    { state: 'ready', last_exit: { at, next: 'backing_off', next_start_at: later } },
    { state: 'ready', last_exit: { at, next: 'parked' } },
  ];
  return [exits.map(causeWords), next.map(nextWords)];
}"""


def test_every_end_of_a_child_and_what_follows_has_its_words(evaluate):
    causes, following = evaluate(DEATHS)
    assert causes == [
        "exited by itself, without a fault",
        "exited with code 3",
        "exited with code 78 (its configuration is wrong)",
        "exited with code 127",
        "ended by SIGSEGV (invalid memory access)",
        "ended by SIGUSR2",
        "stopped answering and was ended",
        "broke the protocol and was ended",
        "did not become ready",
        "used too much memory and was ended",
        "ended by a person",
        "ended together with chatd",
        "ended (unheard-of)",
    ]
    assert following == [
        "Being started again",
        "Being started again",
        "Not tried again until somebody starts it",
        "Being started again",
        "Stays down: its restart policy is at its end",
        "Stays down until somebody starts it",
        "Was started again at once",
        "Was to be started again after 2.5 s",
        "Was started again later",
    ]


NEWS = """async () => {
  const { newsOf } = await import('/js/child-news.js');
  const child = { actor_id: 'echo', name: 'Echo', state: 'ready', generation: 1, in_flight: 0 };
  const died = { cause: 'signal', signal: 'SIGKILL', at: '2026-01-01T00:00:00Z' };
  const circuit_open_until = '2026-01-01T00:00:00Z';
  return [
    newsOf(child, undefined), newsOf(child, { ...child, in_flight: 1, since: 'x' }),
    newsOf({ ...child, state: 'starting', last_exit: died }, child),
    newsOf({ ...child, last_exit: died }, { ...child, last_exit: died, state: 'starting' }),
    newsOf({ ...child, state: 'stopped', last_exit: { ...died, cause: 'operator' } }, child),
    newsOf({ ...child, circuit_open_until }, child),
    newsOf(child, { ...child, circuit_open_until }),
    newsOf({ ...child, problem: 'x' }, child),
    newsOf({ ...child, problem: 'x' }, { ...child, problem: 'x' }),
    newsOf(undefined, child),
  ];
}"""


def test_only_what_has_really_changed_is_news(evaluate):
    assert evaluate(NEWS) == [
        [],
        [],
        ["Echo: ended by SIGKILL (killed from outside)"],
        ["Echo: Ready"],
        ["Echo: Stopped"],
        ["Echo answers too late and is skipped"],
        ["Echo is no longer skipped"],
        ["Echo: its new manifest is not in use"],
        [],
        ["Echo was removed"],
    ]


ARRIVED = """async () => {
  const { ThreadModel } = await import('/js/thread-model.js');
  const thread = new ThreadModel('main');
  const arrived = [];
  thread.on('arrived', (entries) => arrived.push(...entries.map((one) => one.id)));
  const message = {
    type: 'Message', id: '01', parent: null, role: 'user', thread: 'main', seq: 1,
    status: 'queued', content: 'a', created_at: '2026-01-01T00:00:00Z' };
  thread.apply([], [message]);
  thread.apply([{ ...message, seq: 2, status: 'complete' }]);
  thread.apply([{ ...message, id: '02', parent: '01', seq: 3, status: 'complete' }]);
  return arrived;
}"""


def test_what_was_queued_arrives_once(evaluate):
    assert evaluate(ARRIVED) == ["01", "02"]
