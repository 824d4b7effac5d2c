"""How one thread is set up, and taken out and in again."""

import json

import pytest
from axe import violations
from playwright.sync_api import expect

@pytest.fixture
def home(start_chatd, nursery):
    """chatd with Claude and two children that answer at once."""
    for name in ("echo", "declines"):
        nursery.adopt(name)
    chatd = start_chatd(children=[nursery.folder])
    for name in ("echo", "declines"):
        chatd.post(f"/api/children/{name}/start")
    return chatd


def make(chatd, title, *messages):
    """A thread with messages; returns its identifier."""
    thread = chatd.post("/api/threads", {"title": title})["id"]
    for content in messages:
        chatd.post("/api/messages", {"thread": thread, "content": content})
    return thread


def one(chatd, thread):
    """A thread as the API has it."""
    return next(info for info in chatd.get("/api/threads")["threads"] if info["id"] == thread)


class Settings:
    """The dialog, opened from the menu of a thread."""

    def __init__(self, chat, name):
        chat.choose(name, "Settings")
        self.dialog = chat.page.get_by_role("dialog", name=f"Settings of “{name}”")
        expect(self.dialog).to_be_visible()
        self.refusal = chat.get("refusal")

    def field(self, label):
        """A field by its label."""
        return self.dialog.get_by_label(label)

    def ear(self, name):
        """Whether a child hears the thread."""
        return self.dialog.get_by_role("checkbox", name=name)

    def fill(self, **words):
        """Fills fields by the first words of their labels."""
        for label, text in words.items():
            self.field(label).fill(text)

    def save(self):
        """Saves, which closes the dialog."""
        self.press()
        expect(self.dialog).to_have_count(0)

    def press(self):
        """Presses the button that saves."""
        self.dialog.get_by_role("button", name="Save").click()

    def close(self):
        """Leaves it as it is."""
        self.dialog.get_by_role("button", name="Close").click()
        expect(self.dialog).to_have_count(0)


WORDS = {"Model": "claude-other", "System": "Speak <b>plainly</b>.\nAnd briefly.",
         "Longest answer": "1234", "Rounds of tools": "0"}  # fmt: skip


def expect_words(settings, words):
    """Waits until the fields hold these."""
    for label, text in words.items():
        expect(settings.field(label)).to_have_value(text)


def test_what_is_set_is_stored_and_shown_after_a_reload_and_in_another_tab(home, open_chat):
    thread, other = make(home, "Set up"), make(home, "Untouched")
    chat, second = open_chat(home), open_chat(home)
    untouched = one(home, other)
    settings = Settings(chat, "Set up")
    expect(settings.dialog).to_contain_text("Usually ")
    expect_words(settings, dict.fromkeys(WORDS, ""))
    assert violations(chat.page) == []
    settings.fill(**WORDS)
    settings.ear("Declines").uncheck()
    settings.save()
    stored = one(home, thread)
    assert stored["model"] == WORDS["Model"] and stored["system"] == WORDS["System"]
    assert (stored["max_tokens"], stored["max_tool_rounds"]) == (1234, 0)
    assert stored["muted"] == ["declines"]
    assert stored["title"] == "Set up"
    chat.page.reload()
    chat.wait_live()
    for page in (chat, second):
        settings = Settings(page, "Set up")
        expect_words(settings, WORDS)
        expect(settings.ear("Declines")).not_to_be_checked()
        expect(settings.ear("Echo")).to_be_checked()
        settings.close()
        settings = Settings(page, "Untouched")
        expect_words(settings, dict.fromkeys(WORDS, ""))
        expect(settings.ear("Declines")).to_be_checked()
        settings.close()
    assert one(home, other) == untouched
    settings = Settings(second, "Set up")
    settings.fill(**dict.fromkeys(WORDS, ""))
    settings.ear("Declines").check()
    settings.save()
    cleared = one(home, thread)
    names = ("model", "system", "max_tokens", "max_tool_rounds")
    assert [cleared[name] for name in names] == [None] * 4 and cleared["muted"] == []


BAD = [
    ("Longest answer", "0", "a whole number from 1 to 10000000"),
    ("Longest answer", "1.5", "a whole number"),
    ("Longest answer", "-3", "a whole number"),
    ("Rounds of tools", "101", "a whole number from 0 to 100"),
    ("Rounds of tools", "e", "a whole number"),
    ("Model", "m" * 257, "model: "),
    ("System", "s" * (64 * 1024 + 1), "system: "),
]


def test_a_bad_value_is_named_at_its_field_and_nothing_is_lost(home, open_chat):
    thread = make(home, "Set up")
    chat = open_chat(home)
    before = one(home, thread)
    settings = Settings(chat, "Set up")
    settings.fill(**WORDS)
    for label, value, words in BAD:
        refuses(settings, label, value, words)
        assert one(home, thread) == before
        settings.field(label).fill(WORDS[label])
    settings.save()
    assert one(home, thread)["model"] == WORDS["Model"]


def refuses(settings, label, value, words):
    """A bad value is told where it stands, and all else stays as it was typed."""
    field = settings.field(label)
    field.clear()
    if len(value) > 10:
        field.fill(value)
    else:
        field.press_sequentially(value)
    settings.press()
    expect(settings.refusal).to_contain_text(words)
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_accessible_error_message(settings.refusal.inner_text())
    assert field.evaluate(
        "(one, words) => one.compareDocumentPosition(words) & 4"
        " && words.getBoundingClientRect().top - one.getBoundingClientRect().bottom < 48",
        settings.refusal.element_handle(),
    ), "the words do not stand at the field"
    assert violations(field.page) == []
    expect_words(settings, {name: text for name, text in WORDS.items() if name != label})


def test_what_is_set_without_connection_stays_in_the_dialog(home, open_chat):
    thread = make(home, "Set up")
    chat = open_chat(home)
    settings = Settings(chat, "Set up")
    settings.fill(**WORDS)
    home.kill()
    expect(chat.get("connection")).to_be_visible()
    settings.press()
    expect(settings.refusal).to_contain_text("not connected")
    expect_words(settings, WORDS)
    home.start()
    chat.wait_live()
    settings.save()
    assert one(home, thread)["system"] == WORDS["System"]


def test_what_two_tabs_set_at_once_is_all_kept(home, open_chat):
    thread = make(home, "Set up")
    chat, other = open_chat(home), open_chat(home)
    first, second = Settings(chat, "Set up"), Settings(other, "Set up")
    first.fill(Model="claude-other")
    first.ear("Echo").uncheck()
    second.fill(System="Briefly.")
    second.ear("Declines").uncheck()
    first.save()
    expect(other.page.locator("html[data-connection=live]")).to_be_attached()
    second.save()
    stored = one(home, thread)
    assert (stored["model"], stored["system"]) == ("claude-other", "Briefly.")
    assert sorted(stored["muted"]) == ["declines", "echo"]


def expect_heard(chat, text, *names):
    """Waits until a message was heard by these children and by no others."""
    message = chat.by_user(text)
    expect(chat.get("rollup", message)).to_have_attribute("data-final", "true")
    chips = message.locator("[data-testid=chip]")
    assert sorted(chip.get_attribute("data-child") for chip in chips.all()) == sorted(names)


def test_a_child_that_is_muted_is_not_asked_here_and_is_asked_again_afterwards(home, open_chat):
    make(home, "Quiet")
    make(home, "Other")
    chat, other = open_chat(home), open_chat(home)
    chat.go("Quiet")
    settings = Settings(chat, "Quiet")
    settings.ear("Echo").uncheck()
    settings.save()
    expect(chat.get("child-muted", chat.child("echo"))).to_be_visible()
    chat.say("Who hears this?")
    expect_heard(chat, "Who hears this?", "declines")
    other.go("Other")
    expect(other.get("child-muted", other.child("echo"))).to_be_hidden()
    other.say("And this?")
    expect_heard(other, "And this?", "declines", "echo")
    other.go("Quiet")
    expect(other.get("child-muted", other.child("echo"))).to_be_visible()
    settings = Settings(other, "Quiet")
    settings.ear("Echo").check()
    settings.save()
    expect(chat.get("child-muted", chat.child("echo"))).to_be_hidden()
    chat.say("And now?")
    expect_heard(chat, "And now?", "declines", "echo")


def stored(chatd):
    """What threads there are, and what is said last in them."""
    return [(info["id"], info["head"]) for info in chatd.get("/api/threads")["threads"]]


def export(chat, name):
    """The file that the menu of a thread gives."""
    with chat.page.expect_download() as started:
        chat.choose(name, "Export")
    return started.value


def take_in(chat, file):
    """Chooses a file for Import."""
    with chat.page.expect_file_chooser() as chosen:
        chat.get("import").click()
    chosen.value.set_files(file)


def test_an_export_is_taken_in_again_elsewhere_and_twice_changes_nothing(
    home, start_chatd, nursery, open_chat, tmp_path
):
    make(home, "Notes: <b>tea</b> & ünïcode", "Tea or coffee?")
    chat = open_chat(home)
    chat.go("Notes: <b>tea</b> & ünïcode")
    expect_heard(chat, "Tea or coffee?", "declines", "echo")
    chat.expect_answered(chat.answers.first)
    download = export(chat, "Notes: <b>tea</b> & ünïcode")
    assert download.suggested_filename.endswith(".json")
    file = tmp_path / "exported.json"
    download.save_as(file)
    elsewhere = start_chatd(children=[nursery.folder])
    there, watching = open_chat(elsewhere), open_chat(elsewhere)
    take_in(there, file)
    expect(there.get("notice")).to_contain_text("4 entries taken in, 0 were here")
    expect(there.get("thread-title")).to_have_text("Notes: <b>tea</b> & ünïcode")
    expect(there.reply(there.by_user("Tea or coffee?"), "echo")).to_contain_text("echo: Tea")
    expect(there.answers).to_have_count(1)
    expect(watching.row("Notes: <b>tea</b> & ünïcode")).to_have_count(1)
    there.get("notice").get_by_role("button", name="Dismiss").click()
    take_in(there, file)
    expect(there.get("notice")).to_contain_text("0 entries taken in, 4 were here")
    expect(there.messages).to_have_count(2)
    there.say("And on")
    expect(there.answers).to_have_count(2)
    expect(there.answers.last).to_have_attribute("data-status", "complete")


@pytest.mark.parametrize("harm", ["cut", "other", "orphan", "empty"])
def test_a_damaged_file_is_refused_in_words_and_changes_nothing(home, open_chat, tmp_path, harm):
    make(home, "Notes", "Tea or coffee?")
    chat = open_chat(home)
    chat.go("Notes")
    chat.expect_answered(chat.answers.first)
    good = export(chat, "Notes").path().read_text()
    whole = json.loads(good)
    file = tmp_path / "damaged.json"
    if harm == "cut":
        file.write_text(good[: len(good) // 2])
    elif harm == "other":
        file.write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    elif harm == "orphan":
        entries = whole["entries"]
        lost = entries[0]["id"]
        whole["entries"] = entries[1:]
        whole["thread"]["id"] = "01900000-0000-7000-8000-000000000001"
        file.write_text(json.dumps(whole).replace(lost, lost[:-4] + "ffff"))
    else:
        file.write_text("")
    before = stored(home)
    take_in(chat, file)
    expect(chat.get("failure")).to_contain_text("Import: ")
    words = chat.get("failure").locator("[role=alert]").inner_text().removeprefix("Import: ")
    assert len(words) > 10 and "undefined" not in words and "[object" not in words
    expect(chat.get("thread-title")).to_have_text("Notes")
    assert stored(home) == before
    # The page is none the worse for it.
    file.write_text(good)
    take_in(chat, file)
    expect(chat.get("notice")).to_contain_text("0 entries taken in")
