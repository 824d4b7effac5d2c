"""Takes any text."""
import sys

sys.path.append("..")
from plain_child import Plain, run


class EarthyPillow(Plain):
    def tools(self):
        return [{**tool, "inputSchema": {"type": "string"}} for tool in super().tools()]


run(EarthyPillow)
