"""The page's own code: typed, small, and with the libraries that vendor.txt names."""

import hashlib
import re
import subprocess

from chatd import ROOT

ASSETS = ROOT / "assets"
FIRST_VIEW_BYTES = 150 * 1024
ALL_BYTES = 208 * 1024
VENDOR = re.compile(r"^import [^;']*'\.\./(vendor/[\w.-]+\.js)'", re.MULTILINE)
PRELOADED = re.compile(r'<link rel="modulepreload" fetchpriority="low" href="/([^"]+)">')
WORDS = re.compile(r"^  (\w+): ['`]", re.MULTILINE)
# Words whose keys are put together from these and from what comes over the wire.
PREFIXES = re.compile(r"(approve|code|doing|exit|signal|state|stop|stream|theme|tool)_\w+")
IMPORTS = re.compile(r"^import [^;']*'\./([\w-]+\.js)'", re.MULTILINE)
# Comments and types that have lines of their own.
COMMENTS = re.compile(r"^ *(?:/\*\*(?:(?!\*/).)*\*/|//[^\n]*)\n", re.MULTILINE | re.DOTALL)


def test_types_hold():
    config = ROOT / "Tests" / "Browser" / "jsconfig.json"
    result = subprocess.run(["tsc", "-p", config], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout) == (0, "")


def test_every_module_is_checked():
    unchecked = [p.name for p in ASSETS.glob("js/*.js") if "// @ts-check" not in p.read_text()[:20]]
    assert unchecked == []


def code(names):
    """Bytes of these modules without what only people read."""
    modules = (ASSETS / "js" / name for name in names)
    return sum(len(COMMENTS.sub("", module.read_text()).encode()) for module in modules)


def loaded_with(name, known):
    """The modules that come with one, it included, before anybody has done anything."""
    if name not in known:
        known.add(name)
        for other in IMPORTS.findall((ASSETS / "js" / name).read_text()):
            loaded_with(other, known)
    return known


def test_what_the_first_view_takes_is_small():
    assert code(loaded_with("main.js", {"theme-start.js"})) < FIRST_VIEW_BYTES


def test_all_modules_together_are_small():
    assert code(path.name for path in ASSETS.glob("js/*.js")) < ALL_BYTES


def test_what_is_no_comment_counts():
    code = 'const a = 1; // b\n  const c = "// d";\n  /** @type {any} */ (c).d = 1;\n'
    assert COMMENTS.sub("", f"// e\n/**\n * @param {{f}} g\n */\n{code}  /** h */\n") == code


def test_the_browser_is_told_at_once_what_the_first_view_takes():
    names = loaded_with("main.js", set())
    wanted = {f"js/{name}" for name in names - {"main.js"}}
    for name in names:
        wanted |= set(VENDOR.findall((ASSETS / "js" / name).read_text()))
    told = PRELOADED.findall((ASSETS / "index.html").read_text())
    assert sorted(told) == sorted(wanted)


def test_every_word_of_the_table_is_used():
    keys = WORDS.findall((ASSETS / "js" / "strings.js").read_text())
    used = (ASSETS / "index.html").read_text() + "".join(
        path.read_text() for path in ASSETS.glob("js/*.js") if path.name != "strings.js"
    )
    used = set(re.findall(r"\w+", COMMENTS.sub("", used)))
    assert [key for key in keys if key not in used and not PREFIXES.fullmatch(key)] == []
    assert len(keys) == len(set(keys)) > 100


def test_every_word_that_is_used_is_in_the_table():
    keys = WORDS.findall((ASSETS / "js" / "strings.js").read_text())
    page = (ASSETS / "index.html").read_text()
    used = set(re.findall(r'data-t(?:-\w+)?="(\w+)"', page))
    for path in ASSETS.glob("js/*.js"):
        used |= set(re.findall(r"\bt\('(\w+)'", path.read_text()))
    assert len(used) > 100 and used - set(keys) == set()


def test_nothing_is_inline():
    page = (ASSETS / "index.html").read_text()
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", page)
    assert not re.search(r"https?://", page.replace("http://www.w3.org/2000/svg", ""))


def test_libraries_are_those_of_the_list():
    for line in (ASSETS / "vendor.txt").read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        source, path, name, *digest = line.split()
        data = (ASSETS / "vendor" / name).read_bytes()
        if digest:
            assert hashlib.sha256(data).hexdigest() == digest[0], name
        else:
            assert data == open(path, "rb").read(), f"{name} is not the one of {source}"
