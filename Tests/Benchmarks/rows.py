"""What is measured as rows: figures, medians of ratios, a table, a file."""

import json
import statistics
from dataclasses import dataclass, field

# Beyond this spread the machine was busy with something else, and a verdict would be on that.
NOISY = 0.35


class Wrong(Exception):
    """A figure that is not to be believed: the two sides did not do the same."""


@dataclass
class Row:
    """One figure of chatd's, beside the floor's in the same run: a pair for each repeat."""

    name: str
    n: int
    unit: str
    chatd: list[float] = field(default_factory=list)
    floor: list[float] = field(default_factory=list)
    # The most that the ratio, or where there is no floor the figure, should be.
    goal: float | None = None
    peers: dict[str, float] = field(default_factory=dict)
    # The goal is the figure's own, whatever the floor is.
    absolute: bool = False
    # A rate, of which more is better: the ratio is the floor's to chatd's.
    is_rate: bool = False
    error: str | None = None

    def add(self, chatd, floor=None):
        """Takes a repeat's figures in."""
        self.chatd.append(chatd)
        if floor is not None:
            self.floor.append(floor)

    @property
    def ratios(self):
        """How many times worse than its floor each repeat's chatd is."""
        pairs = zip(self.chatd, self.floor)
        return [floor / ours if self.is_rate else ours / floor for ours, floor in pairs]

    @property
    def ratio(self):
        """The median of the ratios; None where there is no floor."""
        return statistics.median(self.ratios) if self.ratios else None

    @property
    def spread(self):
        """How far the middle half of the judged figures lies apart, as a part of their median."""
        judged = self.ratios if self.ratios and not self.absolute else self.chatd
        if len(judged) < 2:
            return 0.0
        low, middle, high = statistics.quantiles(judged, n=4, method="inclusive")
        return (high - low) / middle

    @property
    def verdict(self):
        """Whether the goal was met, where there is one and the figure is to be trusted."""
        if self.error:
            return "error"
        if self.goal is None:
            return ""
        if self.spread > NOISY:
            return "too noisy"
        judged = statistics.median(self.chatd) if self.absolute else self.ratio
        return "met" if judged <= self.goal else "not met"

    def json(self):
        """The row as contract §1 has it; without figures where it is an error."""
        good = self.chatd and not self.error
        return {
            "name": self.name, "n": self.n, "unit": self.unit,
            "chatd": rounded(statistics.median(self.chatd)) if good else None,
            "floor": rounded(statistics.median(self.floor)) if good and self.floor else None,
            "ratio": rounded(self.ratio) if good and self.floor else None,
            "goal": self.goal, "repeats": len(self.chatd),
            "spread": rounded(self.spread) if good else None,
            "peers": {name: rounded(figure) for name, figure in self.peers.items()}}


def rounded(figure):
    """Four digits that count."""
    return float(f"{figure:.4g}")


def plain(figure):
    """A figure for people: three digits that count, no exponent."""
    if figure is None:
        return "-"
    return f"{figure:,.0f}" if abs(figure) >= 100 else f"{figure:.3g}"


def line(row):
    """A row of the table."""
    if row.error:
        return f"{row.name:56} {row.n:>7}  error: {row.error}"
    shown = row.json()
    goal = "" if row.goal is None else f"≤ {plain(row.goal)}"
    if row.absolute:
        goal += f" {row.unit}"
    ratios = f"{min(row.ratios):.2f}–{max(row.ratios):.2f}" if row.ratios else ""
    return (f"{row.name:56} {row.n:>7} {plain(shown['chatd']):>9} {plain(shown['floor']):>9} "
            f"{row.unit:5} {plain(shown['ratio']):>6} {ratios:>13} {goal:>8} {row.verdict}")


HEAD = (f"{'what':56} {'n':>7} {'chatd':>9} {'floor':>9} {'':5} {'ratio':>6} {'lowest–most':>13} "
        f"{'goal':>8}")


def write(path, machine, commit, rows):
    """Writes what was measured as contract §1 has it."""
    document = {"machine": machine, "commit": commit, "rows": [row.json() for row in rows]}
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
