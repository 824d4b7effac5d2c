"""What no page may ever do, whatever it is told: everything of it is noticed here."""

from chatd import ROOT
from chatpage import ChatPage

# Ahead of the page's first script. Closed shadow roots are known to tests through it alone.
LISTEN = """(() => {
  if (window !== top) return;
  const hazards = [];
  const shadows = [];
  let canary;
  Object.defineProperties(window, {
    hazards: { value: hazards },
    shadows: { value: shadows },
    canary: {
      get: () => canary,
      set: (name) => { canary = name; hazards.push(`canary ${name}`); },
    },
  });
  document.addEventListener('securitypolicyviolation', (event) => {
    hazards.push(`policy ${event.effectiveDirective} ${event.blockedURI} ${event.sample}`);
  });
  const attach = Element.prototype.attachShadow;
  Element.prototype.attachShadow = function (options) {
    const root = attach.call(this, options);
    shadows.push(root);
    return root;
  };
})()"""

# What stands in the page that may not, in words; KaTeX alone sets styles of its own.
INSPECT = """() => {
  const found = [];
  const never = 'script iframe frame frameset object embed applet portal fencedframe link style '
    + 'meta base template slot video audio source track map area marquee noscript plaintext xmp '
    + 'animate set foreignobject image use';
  const foreign = '[id], [name], [style], [tabindex][autofocus], [popover], [popovertarget], '
    + '[commandfor], [contenteditable], [is], [slot], [part], [draggable], [accesskey], form, '
    + 'input, textarea, select, dialog, img, picture, button:not(.code-bar button)';
  const schemes = ['http:', 'https:', 'mailto:', 'blob:'];
  const look = (root, isForeign) => {
    for (const one of root.querySelectorAll('*')) {
      const name = one.localName;
      const say = (what) => found.push(`${what}: ${one.outerHTML.slice(0, 200)}`);
      if (one.closest('head')) continue;
      if (never.split(' ').includes(name) || name.includes('-')) say('an element');
      if (one.getAttributeNames().some((key) => /^on/i.test(key))) say('a handler');
      for (const key of ['href', 'src', 'action', 'formaction', 'xlink:href', 'data', 'poster']) {
        const value = one.getAttribute(key);
        if (value === null || !URL.canParse(value, location.href)) continue;
        const { protocol, origin } = new URL(value, location.href);
        if (!schemes.includes(protocol)) say('an address');
        if (name !== 'a' && origin !== location.origin) say('a source');
      }
      if (!isForeign && !one.closest('.markdown')) continue;
      if (one.matches(foreign) && !one.closest('.katex, .code, .table-scroll')) say('a foreigner');
      if (name === 'a' && (one.target !== '_blank' || !one.relList.contains('noopener'))) {
        say('a link');
      }
    }
  };
  look(document, false);
  for (const root of window.shadows) if (root.host.isConnected) look(root, true);
  for (const key in {}) found.push(`a member of every object: ${key}`);
  const ids = [...document.querySelectorAll('[id]')].map((one) => one.id);
  for (const id of ids) if (ids.filter((one) => one === id).length > 1) found.push(`twice: ${id}`);
  return found;
}"""

# Whatever loads late or fires in a later task has had its time after a fetch and some frames.
SETTLE = """async () => {
  await fetch('/api/children');
  for (let i = 0; i < 4; i += 1) await new Promise(requestAnimationFrame);
}"""

# Stands in for DOMPurify: lets everything through, scripts included.
OPEN_DOOR = """export default () => ({ sanitize: (html) =>
  document.createRange().createContextualFragment(html) });"""
JAVASCRIPT = "text/javascript"


class Hazards:
    """Watches one context from before its first page."""

    def __init__(self, context):
        self._context = context
        self._seen = []
        self._urls = set()
        context.add_init_script(LISTEN)
        context.on("page", self._watch)
        context.on("serviceworker", lambda worker: self._seen.append(f"worker {worker.url}"))

    def _watch(self, page):
        if len(self._context.pages) > 1:
            self._seen.append(f"another page {page.url}")
        page.on("dialog", self._dismiss)
        page.on("download", lambda download: self._seen.append(f"download {download.url}"))
        page.on("frameattached", lambda frame: self._seen.append(f"frame {frame.url}"))
        page.on("framenavigated", lambda frame: self._urls.add(frame.url.partition("#")[0]))

    def _dismiss(self, dialog):
        self._seen.append(f"dialog {dialog.message}")
        dialog.dismiss()

    def begin(self):
        """Forgets the frame in whose ruins the sanitiser of a new page parses."""
        self._seen = [one for one in self._seen if one != "frame "]

    def found(self, page):
        """All of them so far, in words, once the page has come to rest."""
        page.evaluate(SETTLE)
        places = sorted(self._urls - {"about:blank"})
        moved = [f"went to {url}" for url in places] if len(places) > 1 else []
        outside = [f"asked {host}" for host in self._context.watch.outside]
        return self._seen + moved + outside + page.evaluate("window.hazards.slice()")


def misfits(page):
    """What stands in the page that may not."""
    return page.evaluate(INSPECT)


def open_page(
    new_context, url, is_sanitised=True, has_policy=True, is_careful=True, before=None, **options
):
    """The page with its hazards: the sanitiser, the policy, or care for text may be taken away.

    A careless page is one that parses every text it should only show. `before` is given the page
    before it is loaded.
    """
    context = new_context(bypass_csp=not has_policy, **options)
    context.hazards = Hazards(context)
    if not is_sanitised:
        context.route(
            "**/vendor/purify.es.js",
            lambda route: route.fulfill(body=OPEN_DOOR, content_type=JAVASCRIPT),
        )
    if not is_careful:
        body = careless((ROOT / "assets" / "js" / "dom.js").read_text())
        context.route(
            "**/js/dom.js", lambda route: route.fulfill(body=body, content_type=JAVASCRIPT)
        )
    page = context.new_page()
    if before:
        before(page)
    chat = ChatPage(page).open(url)
    context.hazards.begin()
    return chat


def careless(dom):
    """dom.js with the mistake planted that it is there to prevent."""
    parse = "document.createRange().createContextualFragment"
    planted = [
        ("element.append(...content.flat()",
         f"element.append(...content.flat().map((o) => (typeof o === 'string' ? {parse}(o) : o))"),
        ("element.textContent = text", f"element.replaceChildren({parse}(text))"),
    ]  # fmt: skip
    for right, wrong in planted:
        assert dom.count(right) == 1, right
        dom = dom.replace(right, wrong)
    return dom
