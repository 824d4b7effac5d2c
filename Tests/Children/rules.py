"""The rules that every good child keeps: mixed into a test case for each of them."""

import os
import signal
import socket

from drive import Chatd

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
LARGEST_ID = 2**53 - 1


class Rules:
    """Subclasses have `folder`, the child's, and may have `path`, more folders for its PATH, and
    `codes_when_chatd_is_gone`: how it may exit if it has an answer and nobody to give it to."""

    path = ()
    codes_when_chatd_is_gone = (0,)

    def child(self, **options):
        return Chatd(self.folder, path=self.path, **options)

    def ready(self, **options):
        """A child that has answered `initialize`; it is ended when the test is."""
        chatd = self.enterContext(self.child(**options))
        self.assertIn("result", chatd.initialize())
        return chatd

    def assert_answered(self, answer, about=""):
        """A result, or −32601: which, to a message, is one of the ways to decline it."""
        self.assertIn(answer.get("error", {}).get("code", -32601), [-32601], about)

    def longest(self):
        """The bytes of the longest message that the child is sent."""
        return self.child().manifest.get("messages", {}).get("max_bytes", 1024 * 1024)

    def test_initialize_is_answered(self):
        with self.child() as chatd:
            self.assertIsInstance(chatd.initialize()["result"], dict)

    def test_fields_it_does_not_know_are_ignored(self):
        chatd = self.ready()
        params = chatd.message("hello")
        params["later"] = params["message"]["later"] = {"version": [2]}
        self.assert_answered(chatd.ask("message", params))

    def test_ping_is_answered(self):
        self.assertEqual(self.ready().ask("ping", {})["result"], {})

    def test_an_unknown_request_is_answered_and_harmless(self):
        chatd = self.ready()
        answer = chatd.ask("weather/forecast", {"days": 3})
        if "error" in answer:
            self.assertEqual(answer["error"]["code"], -32601)
        else:
            self.assertEqual(answer["result"], {})
        self.assertEqual(chatd.ask("ping", {})["result"], {})

    def test_notifications_are_never_answered(self):
        chatd = self.ready()
        chatd.notify("cancel", {"id": 1})
        chatd.notify("weather/changed", {})
        params = chatd.message("roll a die, 2+2, remember that I am here")
        chatd.write(chatd.encode({"method": "message", "params": params}))
        self.assertEqual(chatd.ask("ping", {})["result"], {})
        self.assertTrue(chatd.is_silent())

    def test_frames_may_come_byte_by_byte(self):
        chatd = self.enterContext(self.child())
        chatd.accept()
        chatd.connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        for method, params in (
            ("initialize", chatd.start()),
            ("message", chatd.message("grüße 🌍 – 2+2")),
            ("ping", {}),
        ):
            request_id, frame = chatd.request(method, params)
            for index in range(len(frame)):
                chatd.write(frame[index:index + 1])
            self.assert_answered(chatd.answer_to(request_id))

    def test_frames_may_come_joined(self):
        chatd = self.ready()
        requests = [chatd.request("message", chatd.message(f"{n}+{n}")) if n % 2 else
                    chatd.request("ping", {}) for n in range(40)]
        chatd.write(b"".join(frame for _, frame in requests))
        for request_id, _ in reversed(requests):
            self.assert_answered(chatd.answer_to(request_id))
        self.assertTrue(chatd.is_silent())

    def test_any_text_is_borne(self):
        chatd = self.ready()
        for text in ("", " ", "\0", "\x1b[31m", "שלום עולם", "e\u0301", "👩‍👩‍👧‍👦🏳️‍🌈", "\U0010ffff",
                     "\u2028\u2029", '"\\"', "```\n<script>", "𝟚+𝟚", "٢+٢", "ROLL ² D ６"):
            for role in ("user", "assistant"):
                self.assert_answered(chatd.ask("message", chatd.message(text, role)), text)

    def test_the_longest_message_is_answered_in_time(self):
        chatd = self.ready()
        for part in ("hello, great 2+2 ", "(", "1", "1+", " ", "not ", "ü", "🎲", "roll ", "\n",
                     "\\"):
            count = self.longest() // len(part.encode())
            params = chatd.message(part * count)
            chatd.connection.settimeout(params["deadline_ms"] / 1000)
            self.assert_answered(chatd.ask("message", params), part)

    def test_the_largest_id_comes_back_as_it_was(self):
        chatd = self.ready()
        chatd._last_id = LARGEST_ID - 1
        self.assertEqual(chatd.ask("ping", {})["id"], LARGEST_ID)

    def test_shutdown_is_answered_and_then_it_exits_with_0(self):
        chatd = self.ready()
        self.assertEqual(chatd.shut_down(), 0)
        self.assertEqual(list(chatd.log.lines), [])

    def test_it_exits_with_0_at_the_end_of_the_stream(self):
        chatd = self.ready()
        chatd.say("hello")
        chatd.connection.close()
        self.assertEqual(chatd.exit_code(), 0)
        self.assertEqual(list(chatd.log.lines), [])

    def test_it_exits_with_0_when_only_our_side_is_closed(self):
        chatd = self.ready()
        chatd.connection.shutdown(socket.SHUT_WR)
        self.assertEqual(chatd.exit_code(), 0)

    def test_it_exits_when_chatd_is_gone_before_its_answer(self):
        chatd = self.ready()
        chatd.process.send_signal(signal.SIGSTOP)  # else a quick child has answered before
        for _ in range(20):
            chatd.write(chatd.request("message", chatd.message("roll 2d6, 2+2"))[1])
        chatd.connection.close()
        chatd.process.send_signal(signal.SIGCONT)
        self.assertIn(chatd.exit_code(), self.codes_when_chatd_is_gone)

    def test_it_exits_when_the_stream_breaks_off_in_a_frame(self):
        for kept in (1, 4, 9):
            chatd = self.ready()
            chatd.write(chatd.request("ping", {})[1][:kept])
            chatd.connection.close()
            self.assertGreaterEqual(chatd.exit_code(), 0)

    def test_it_says_nothing_unasked_but_partials_and_logs(self):
        chatd = self.ready()
        chatd.say("hello")
        self.assertEqual([m for m, _ in chatd.notifications if m not in ("log", "partial")], [])
