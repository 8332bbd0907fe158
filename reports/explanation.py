"""One finding, or one comparison, whole, on a terminal."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from fingerprints.model import Match
from provenance.model import Audit, Exhibit, Finding, TextSide
from reports import wording
from reports.exhibits import load, printed
from reports.locator import Locator
from reports.prose import KINDS
from reports.sheet import Pairs, Rule, sheet
from reports.wording import printable

MARK = "reverse"  # shown without colour too
BRACKETS = "⟦", "⟧"  # where the console has no styles: a file, a pipe, a terminal that is dumb
OUTCOMES = {"true": "green", "false": "dim", "unknown": "yellow"}
SET_ASIDE = "cyan"
KEEP = "keep the pictures with --evidence FOLDER"


def explain(finding: Finding, audit: Audit, evidence: Path | None, console: Console) -> None:
    """Prints why a finding was made: what matched where, the rule with each condition and its value, the facts and their sources."""
    law = (audit.context.policy or {}).get("law")
    shown = sheet(1, finding, law if isinstance(law, Mapping) else {})
    found = load(finding, evidence)
    console.print(Text(f"{shown.disposition}  {shown.id}", style="bold"))
    console.print(_pairs(shown.about))
    _section(console, "Segments", _segments(shown.segments))
    _section(console, "Exhibit", _exhibit(found.exhibit, evidence, console) if found.exhibit else Text(found.missing))
    if shown.rules:
        _section(console, "Rules that applied or could not be decided", Group(*map(_rule, shown.rules)))
    if shown.others:
        _section(console, "Rules that did not apply", Text(", ".join(shown.others)))
    _section(console, "Facts", _facts(shown.facts))
    if shown.legal:
        _section(console, "Legal basis", Group(*(Text(f"{citation} ({status}). {note}") for citation, status, note in shown.legal)))
    if shown.alternatives:
        _section(console, "Other works that hold the passage", Text("\n".join(shown.alternatives)))


def show_comparison(
    work: str, item: str, matches: Sequence[Match], exhibit: Exhibit | None, evidence: Path | None, console: Console
) -> None:
    """Prints what two files share, side by side; a text's shared words are marked, pictures are named if ``evidence`` keeps them."""
    if not matches:
        console.print(Text(f"No match: {printable(item)} shares nothing with {printable(work)} that the method reports."))
        return
    for match in matches:
        about = (
            ("Work", printable(work)),
            ("Item", printable(item)),
            ("Match", f"{match.kind}: {KINDS[match.kind]}"),
            ("How much", f"{wording.amount(match)}; {wording.shares(match)}"),
            ("Altered", wording.alteration(match)),
            ("Score", f"{match.score:.3f} of 1 ({match.scheme})"),
            ("By chance", wording.chance(match.chance)),
        )
        console.print(_pairs(tuple(line for line in about if line[1])))
        _section(console, "Segments", _segments(tuple(wording.places(segment) for segment in match.segments)))
    if exhibit:
        _section(console, "Side by side", _exhibit(printed(exhibit), evidence, console))


def _section(console: Console, title: str, content: RenderableType) -> None:
    console.print(Text(f"\n{title}", style="bold"))
    console.print(Padding(content, (0, 0, 0, 2)))


def _pairs(pairs: Pairs) -> RenderableType:
    grid = Grid.grid(padding=(0, 2))
    grid.add_column(no_wrap=True, style="dim")
    grid.add_column(ratio=1, overflow="fold")
    for name, found in pairs:
        grid.add_row(Text(name), Text(found))
    return grid


def _segments(segments: Pairs) -> RenderableType:
    if not segments:
        return Text("the item as a whole")
    grid = Grid.grid(padding=(0, 2))
    for _ in range(2):
        grid.add_column(overflow="fold")
    grid.add_row(Text("item", style="dim"), Text("work", style="dim"))
    for item, work in segments:
        grid.add_row(Text(item), Text(work))
    return grid


def _rule(rule: Rule) -> RenderableType:
    decided = "  ← decided" if rule.decided else ""
    lines = [Text.assemble((rule.id, "bold"), f"  {rule.disposition}: ", (rule.outcome, OUTCOMES.get(rule.outcome, SET_ASIDE)), decided)]
    lines += [
        Text.assemble("  ", (f"{condition.outcome:8}", OUTCOMES.get(condition.outcome, "")), f"{condition.text}   [{condition.value}]")
        for condition in rule.conditions
    ]
    return Group(*lines)


def _facts(facts: Sequence[tuple[str, str, str]]) -> RenderableType:
    grid = Grid.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(ratio=1, overflow="fold")
    grid.add_column(no_wrap=True, style="dim")
    for name, found, source in facts:
        grid.add_row(Text(name), Text(found), Text(source))
    return grid


def _exhibit(exhibit: Exhibit, evidence: Path | None, console: Console) -> RenderableType:
    """Texts side by side; of pictures and sounds the files in the folder that keeps them."""
    marks = ("", "") if console.is_terminal and console.color_system else BRACKETS
    sides = [("Audited item", exhibit.item), *([("Registered work", exhibit.work)] if exhibit.work else [])]
    grid = Grid(box=None, expand=True, pad_edge=False, padding=(0, 2, 0, 0))
    cells = []
    for title, side in sides:
        grid.add_column(Locator(f"{title}: {side.label}"), ratio=1, overflow="fold", header_style="dim")
        cells.append(_text(side, marks) if isinstance(side, TextSide) else Text(printable(evidence / side.file) if evidence else KEEP))
    grid.add_row(*cells)
    return Group(grid, *([Text(exhibit.note, style="dim")] if exhibit.note else []))


def _text(side: TextSide, marks: tuple[str, str]) -> Text:
    """The excerpt with its matched words marked, also by what stands before and behind them, and omissions shown."""
    before, behind = marks
    result = Text()
    if side.start:
        result.append(f"[from character {side.start:,}] ", style="dim")
    for piece in side.pieces:
        if piece.omitted:
            result.append(f" [… {piece.omitted:,} characters …] ", style="dim")
        result.append(*((f"{before}{piece.text}{behind}", MARK) if piece.matched else (piece.text, "")))
    return result
