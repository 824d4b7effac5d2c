"""What the page does wrong for those who don't see it, or not well."""

from axe_core_python.sync_playwright import Axe

SCRIPT = Axe().axe_script
# Said of what is wrong alone: to tell of all the rest takes three times as long.
RUN = """async () => {
  const { violations } = await axe.run({ resultTypes: ['violations'] });
  return violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]);
}"""


def violations(page):
    """What axe finds, each with the elements it is about."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(SCRIPT)
    return [tuple(one) for one in page.evaluate(RUN)]


def violations_of_both(page):
    """What axe finds in either theme."""
    found = []
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        found += [(theme, *one) for one in violations(page)]
    return found
