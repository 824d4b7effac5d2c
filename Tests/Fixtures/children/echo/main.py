"""A good child: echoes a message, and tells how it was asked."""
import os
import sys

sys.path.append("..")
from chatd_child import Child

LONGEST = 100_000  # characters: however they are escaped, they fit a frame of 1 MiB


class Echo(Child):
    def message(self, params):
        data = {
            "attempt": params["attempt"],
            "generation": self.generation,
            "pid": os.getpid(),
            "deadline_ms": params["deadline_ms"],
            "context": len(params.get("context", [])),
        }
        return {"text": f"echo: {params['message']['content'][:LONGEST]}", "data": data}


Echo().run()
