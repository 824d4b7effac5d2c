"""The page's own code: typed, small, and with the libraries that vendor.txt names."""

import hashlib
import re
import subprocess

from chatd import ROOT

ASSETS = ROOT / "assets"
LIMIT_BYTES = 150_000
# Comments and types that have lines of their own.
COMMENTS = re.compile(r"^ *(?:/\*\*.*?\*/|//[^\n]*)\n", re.MULTILINE | re.DOTALL)


def test_types_hold():
    config = ROOT / "Tests" / "Browser" / "jsconfig.json"
    result = subprocess.run(["tsc", "-p", config], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout) == (0, "")


def test_every_module_is_checked():
    unchecked = [p.name for p in ASSETS.glob("js/*.js") if "// @ts-check" not in p.read_text()[:20]]
    assert unchecked == []


def test_our_own_modules_are_small():
    code = [COMMENTS.sub("", path.read_text()) for path in ASSETS.glob("js/*.js")]
    assert sum(len(one.encode()) for one in code) < LIMIT_BYTES


def test_what_is_no_comment_counts():
    code = 'const a = 1; // b\n  const c = "// d";\n'
    assert COMMENTS.sub("", f"// e\n/**\n * @param {{f}} g\n */\n{code}  /** h */\n") == code


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
