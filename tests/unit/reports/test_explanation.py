import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from fingerprints.model import Segment
from provenance.document import read_exhibit
from reports import explanation

NOT_A_TERMINAL = {}
DUMB = {"force_terminal": True, "color_system": None}
STYLED = {"force_terminal": True, "color_system": "standard"}


def explained(audit, evidence, finding=0, **options):
    stream = io.StringIO()
    explanation.explain(audit.findings[finding], audit, evidence, Console(file=stream, width=160, **options))
    return stream.getvalue()


def compared(audit, folder, finding, evidence):
    found = audit.findings[finding]
    exhibit = read_exhibit(folder / Path(found.evidence).name)
    stream = io.StringIO()
    explanation.show_comparison("work", "item", [found.match], exhibit, evidence, Console(file=stream, width=200))
    return stream.getvalue()


@pytest.mark.parametrize("options", [NOT_A_TERMINAL, DUMB])
def test_shared_words_are_bracketed_where_there_are_no_styles(make, options):
    shown = explained(*make(1), **options)
    assert "⟦It was a bright cold day" in shown
    assert shown.count("⟦") == shown.count("⟧") > 0
    assert "\x1b[7m" not in shown


def test_shared_words_are_in_reverse_video_where_there_are_styles(make):
    shown = explained(*make(1), **STYLED)
    assert "\x1b[7m" in shown
    assert "⟦" not in shown


def test_a_comparison_that_keeps_no_pictures_names_no_file_and_says_how_to_keep_them(make):
    audit, folder = make(3)
    for finding in (1, 2):
        shown = compared(audit, folder, finding, None)
        assert ".png" not in shown.partition("Side by side")[2].replace("generated.png", "")
        assert shown.count("keep the pictures with --evidence FOLDER") == 2


def test_pictures_that_are_kept_are_named_in_their_folder(make):
    audit, folder = make(2)
    shown = "".join(compared(audit, folder, 1, folder).split())
    assert "1-item.png" in shown
    assert "--evidence" not in shown


def test_both_sides_of_a_segment_are_labelled(make):
    audit, folder = make(1)
    for shown in (explained(audit, folder), compared(audit, folder, 0, None)):
        lines = shown.splitlines()
        head = next(number for number, line in enumerate(lines) if line.split() == ["item", "work"])
        assert lines[head + 1].split() == ["characters", "121–790", "characters", "40,212–40,880"]  # noqa: RUF001 - an en dash
        assert lines[head].index("work") == lines[head + 1].rindex("characters")


def test_many_segments_are_counted_not_cut(make):
    audit, folder = make(1)
    match = replace(audit.findings[0].match, segments=tuple(Segment("char", (n, n + 1), (n, n + 1)) for n in range(30)))
    audit = replace(audit, findings=(replace(audit.findings[0], match=match),))
    assert "and 10 further stretches" in explained(audit, folder)
