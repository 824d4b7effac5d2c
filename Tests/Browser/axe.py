"""What the page does wrong for those who don't see it, or not well."""

from axe_core_python.sync_playwright import Axe


def violations(page):
    """What axe finds, each with the elements it is about."""
    found = Axe().run(page)["violations"]
    return [(one["id"], [node["html"] for node in one["nodes"]]) for one in found]
