"""Answers in its own time."""
import queue
import sys
import threading
import time

sys.path.append("..")
from plain_child import Plain, run


class LuckySaddle(Plain):
    LINE = 8

    def initialize(self, params):
        self.waiting = queue.Queue()
        threading.Thread(target=self.work, daemon=True).start()
        return super().initialize(params)

    def take(self, frame):
        if frame.get("method") == "message" and "id" in frame:
            if self.waiting.qsize() < self.LINE:
                self.waiting.put(frame)
            return "message"
        return super().take(frame)

    def work(self):
        while True:
            frame = self.waiting.get()
            time.sleep(0.1)
            self.answer(frame["id"], self.message(frame["params"]))
            self.waiting.task_done()


run(LuckySaddle)
