"""Prompt caching: where breakpoints may stand, and what was read from a cache, by prefix."""

import threading

from .content import blocks
from .prefix import chain, choice_text, parts_of, tokens
from .refusal import Refusal

BREAKPOINTS = 4
# So many parts before a breakpoint are looked at for what was written by an earlier one.
LOOK_BACK = 20
NOT_THERE = {"thinking", "redacted_thinking", "fallback"}


def marked(request):
    """The paths of all `cache_control` in a request with their values, in the order of reading."""
    for index, tool in enumerate(request.get("tools", [])):
        if "cache_control" in tool:
            yield f"tools.{index}.cache_control", tool
    system = request.get("system")
    if isinstance(system, list):
        for index, block in enumerate(system):
            if "cache_control" in block:
                yield f"system.{index}.cache_control", block
    for index, message in enumerate(request["messages"]):
        for place, block in enumerate(blocks(message)):
            where = f"messages.{index}.content.{place}"
            if isinstance(block.get("content"), list):
                for inner, part in enumerate(block["content"]):
                    if "cache_control" in part:
                        yield f"{where}.content.{inner}.cache_control", part
            if "cache_control" in block:
                yield f"{where}.cache_control", block
    if "cache_control" in request:
        yield "cache_control", request


def check_breakpoints(request):
    """Refuses breakpoints that are too many, or not as the API wants them."""
    found = list(marked(request))
    if len(found) > BREAKPOINTS:
        raise Refusal(
            f"A maximum of {BREAKPOINTS} blocks with cache_control may be provided. "
            f"Found {len(found)}."
        )
    was_short = False
    for where, block in found:
        control = block["cache_control"]
        if block.get("type") in NOT_THERE:
            raise Refusal(f"{where}: Extra inputs are not permitted")
        if not isinstance(control, dict) or control.get("type") != "ephemeral":
            raise Refusal(f"{where}.type: Input should be 'ephemeral'")
        for field in control:
            if field not in ("type", "ttl"):
                raise Refusal(f"{where}.{field}: Extra inputs are not permitted")
        if control.get("ttl", "5m") not in ("5m", "1h"):
            raise Refusal(f"{where}.ttl: Input should be '5m' or '1h'")
        is_short = control.get("ttl", "5m") == "5m"
        if was_short and not is_short:
            raise Refusal(
                f"{where}.ttl: a ttl='1h' cache_control block must not come after a ttl='5m' "
                "cache_control block. Note that blocks are processed in the following order: "
                "`tools`, `system`, `messages`."
            )
        was_short = was_short or is_short


class Prompt:
    """A request as the cache sees it: where it may be cut, and the digest of each beginning."""

    def __init__(self, request):
        parts, ahead = parts_of(request)
        sizes, total = [], 0
        for part in parts:
            total += part.size
            sizes.append(total)
        self._sizes = sizes
        # Another choice of tools leaves tools and system readable, and nothing behind them.
        digests = list(chain([part.text for part in parts[:ahead]], request["model"].encode()))
        before = (digests[-1] if digests else request["model"].encode()) + b"\0"
        rest = chain([part.text for part in parts[ahead:]], before + choice_text(request).encode())
        self.digests = digests + list(rest)
        self.breakpoints = {at: part.ttl for at, part in enumerate(parts) if part.ttl}
        if "cache_control" in request:
            self.breakpoints[len(parts) - 1] = request["cache_control"].get("ttl", "5m")

    def tokens_until(self, part):
        """The tokens of everything up to a part; 0 where there is none."""
        return tokens(self._sizes[part]) if part is not None else 0

    @property
    def tokens(self):
        """All tokens."""
        return self.tokens_until(len(self._sizes) - 1)


class PromptCache:
    """What was written at breakpoints. Nothing of it expires."""

    def __init__(self, minimum=0):
        self._lock = threading.Lock()
        self._written = set()
        self._minimum = minimum

    def usage(self, request):
        """What `usage` says of a request's input."""
        prompt = Prompt(request)
        with self._lock:
            read_until = max(
                (
                    part
                    for point in prompt.breakpoints
                    for part in range(max(0, point - LOOK_BACK), point + 1)
                    if prompt.digests[part] in self._written
                ),
                default=None,
            )
        read = prompt.tokens_until(read_until)
        lives = {"5m": 0, "1h": 0}
        covered = read
        for point in sorted(prompt.breakpoints):
            until = prompt.tokens_until(point)
            if until > covered and until >= self._minimum:
                lives[prompt.breakpoints[point]] += until - covered
                covered = until
        return {
            "input_tokens": prompt.tokens - covered,
            "cache_creation_input_tokens": covered - read,
            "cache_read_input_tokens": read,
            "cache_creation": {
                "ephemeral_5m_input_tokens": lives["5m"],
                "ephemeral_1h_input_tokens": lives["1h"],
            },
        }

    def write(self, request):
        """Makes readable what a request marked, which is so once its answer begins."""
        prompt = Prompt(request)
        with self._lock:
            self._written.update(
                prompt.digests[point]
                for point in prompt.breakpoints
                if prompt.tokens_until(point) >= self._minimum
            )

    def reset(self):
        """Forgets everything."""
        with self._lock:
            self._written.clear()
