"""Answers in its own time, too."""
import queue
import sys
import threading
import time

sys.path.append("..")
from plain_child import Plain, run


class MellowTurbine(Plain):
    def initialize(self, params):
        self.waiting = queue.Queue()
        threading.Thread(target=self.work, daemon=True).start()
        return super().initialize(params)

    def take(self, frame):
        if frame.get("method") == "message" and "id" in frame:
            self.waiting.put(frame)
            return "message"
        if frame.get("method") == "ping" and self.waiting.unfinished_tasks:
            return "ping"
        return super().take(frame)

    def work(self):
        while True:
            frame = self.waiting.get()
            time.sleep(0.1)
            self.answer(frame["id"], self.message(frame["params"]))
            self.waiting.task_done()


run(MellowTurbine)
