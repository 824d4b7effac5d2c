"""What the checks read: the repository's own files, tracked or about to be."""

import pathlib
import subprocess

CODE = (".swift", ".c", ".h", ".js", ".mjs", ".css", ".html", ".py", ".pl", ".scm", ".sh")


def files(*suffixes):
    """Every file that git does not ignore, sorted; with suffixes, those that end so."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        check=True, capture_output=True, text=True,
    ).stdout
    paths = (pathlib.Path(name) for name in sorted(set(listed.split("\0"))) if name)
    return [p for p in paths if p.is_file() and (not suffixes or p.suffix in suffixes)]


def lines(path):
    """The file's lines; none if it is not text."""
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        return []
