"""What happens when the connection does not hold."""

import json

from chatpage import ChatPage
from playwright.sync_api import expect


def contents(chatd):
    """What people have said, as it is stored."""
    return [one["content"] for one in chatd.messages() if one["role"] == "user"]


def test_the_page_heals_after_chatd_was_killed_and_started_again(chatd, chat):
    chat.say("Before")
    chat.expect_answered(chat.answers.first)
    chatd.kill()
    expect(chat.get("connection")).to_be_visible()
    expect(chat.get("connection")).to_contain_text("Connection lost")
    expect(chat.get("status")).to_contain_text("Connection lost")
    chatd.start()
    chat.wait_live()
    expect(chat.get("connection")).to_be_hidden()
    expect(chat.get("status")).to_contain_text("Connected again")
    expect(chat.messages).to_have_count(2)
    chat.say("After")
    expect(chat.answers).to_have_count(2)
    chat.expect_answered(chat.answers.last)


def test_a_message_written_without_connection_goes_out_once(chatd, chat):
    chatd.kill()
    chat.say("Written in the dark")
    pending = chat.get("pending")
    expect(pending).to_have_attribute("data-state", "waiting")
    expect(pending).to_contain_text("Waiting for a connection")
    chatd.start()
    chat.wait_live()
    expect(chat.by_user("Written in the dark")).to_have_count(1)
    expect(pending).to_have_count(0)
    chat.expect_answered(chat.answers.first)
    assert contents(chatd) == ["Written in the dark"]


def test_a_message_that_waits_outlives_its_page(chatd, chat):
    chatd.kill()
    chat.say("Kept for later")
    expect(chat.get("pending")).to_be_visible()
    context = chat.page.context
    chat.page.close()
    chatd.start()
    again = ChatPage(context.new_page()).open(chatd.url)
    expect(again.by_user("Kept for later")).to_have_count(1)
    expect(again.get("pending")).to_have_count(0)
    again.page.reload()
    expect(again.by_user("Kept for later")).to_have_count(1)
    assert contents(chatd) == ["Kept for later"]


def test_a_lost_acknowledgement_does_not_send_twice(chatd, new_context):
    page = new_context().new_page()
    lost = []

    def route(socket):
        server = socket.connect_to_server()

        def pass_on(text):
            frame = json.loads(text)
            is_own = frame.get("type") == "message_update" and "prev_seq" not in frame
            if is_own and not lost:
                lost.append(frame)
                socket.close(code=1001)
            elif not lost or socket is not first[0]:
                socket.send(text)

        first.append(socket)
        server.on_message(pass_on)

    first = []
    page.route_web_socket("**/ws", route)
    chat = ChatPage(page).open(chatd.url)
    chat.say("Only once")
    expect(chat.by_user("Only once")).to_have_count(1)
    expect(chat.get("pending")).to_have_count(0)
    chat.wait_live()
    assert len(lost) == 1 and len(first) > 1
    assert contents(chatd) == ["Only once"]


def test_a_change_that_was_missed_is_asked_for(chatd, new_context):
    page = new_context().new_page()
    dropped, subscriptions = [], []

    def route(socket):
        server = socket.connect_to_server()

        def pass_on(text):
            frame = json.loads(text)
            is_rollup = any(one["type"] == "Rollup" for one in frame.get("messages", []))
            if is_rollup and "prev_seq" in frame and not dropped:
                dropped.append(frame)
            else:
                socket.send(text)

        def to_server(text):
            if json.loads(text)["type"] == "subscribe":
                subscriptions.append(json.loads(text))
            server.send(text)

        server.on_message(pass_on)
        socket.on_message(to_server)

    page.route_web_socket("**/ws", route)
    chat = ChatPage(page).open(chatd.url)
    chat.expect_child("sentiment", "ready")
    chat.say("I love this")
    message = chat.by_user("I love this")
    expect(chat.get("rollup", message)).to_have_attribute("data-final", "true")
    chat.expect_answered(chat.answers.first)
    assert len(dropped) == 1
    assert len(subscriptions) >= 2 and subscriptions[1]["last_seq"] == dropped[0]["prev_seq"]


def test_the_text_in_flight_is_there_after_a_reload(chat, claude):
    chat.say("Hello scenario:hold?key=reload")
    text = chat.get("message-text", chat.answers.first)
    expect(text).to_contain_text("You")
    chat.page.reload()
    expect(text).to_contain_text("You")
    expect(chat.answers.first).to_have_attribute("data-status", "streaming")
    claude.release("reload")
    chat.expect_answered(chat.answers.first)
    expect(text).to_contain_text("You said: Hello")


def test_an_answer_that_chatd_did_not_live_to_end_is_marked(chatd, chat):
    chat.say("Hello scenario:hold?key=crash")
    expect(chat.get("message-text", chat.answers.first)).to_contain_text("You")
    chatd.kill()
    chatd.start()
    chat.wait_live()
    expect(chat.answers.first).to_have_attribute("data-status", "interrupted")
    expect(chat.get("message-note", chat.answers.first)).to_contain_text("Interrupted")


def test_a_connection_that_is_silent_is_given_up(chatd, new_context):
    page = new_context().new_page()
    sockets = []

    def route(socket):
        sockets.append(socket)
        if len(sockets) > 1:
            socket.connect_to_server()
            return
        # The first connection greets, promises to be heard every 100 ms, and says nothing more.
        hello = {
            "type": "hello", "protocol": 1, "epoch": "silent", "seq": 0, "heartbeat_ms": 100,
        }  # fmt: skip
        socket.send(json.dumps(hello))

    page.route_web_socket("**/ws", route)
    ChatPage(page).open(chatd.url)
    # Where the machine is busy, the second may be too late for the 100 ms as well.
    assert len(sockets) > 1
