"""An audit as rich as they come: three media, every disposition, exhibits, waivers, hostile strings in every field from data."""

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fingerprints.model import Chance, Kind, Match, Modality, Segment
from provenance.document import dumps
from provenance.model import (
    Audit,
    ConditionTrace,
    Context,
    Counts,
    Coverage,
    Decision,
    Disposition,
    ErrorRate,
    Excluded,
    Exhibit,
    Explained,
    Fact,
    Finding,
    Item,
    PictureSide,
    Piece,
    Place,
    RuleTrace,
    Run,
    Severity,
    SoundSide,
    TextSide,
    Unread,
    WorkRef,
    finding_id,
)
from provenance.summary import summarised

HOSTILE = (
    "<script>alert(1)</script>",
    "[bold red]not markup[/bold red]",
    '#panic("typst ran") $x^2$ *strong* @label',
    "bell\x07 escape\x1b[31m nul\x00 next\x85",
    "\u202egnp.exe\u202c override",
    "שלום עולם مرحبا",
    "漢字かな交じり文 한국어",
    "</style><img src=x onerror=alert(1)>",
    "{{ template }} ${jndi:ldap://x} =cmd|' /C calc'!A0",
    "private \ue000 and none \uffff",
    "long " + "x" * 10_000,
)

Maker = Callable[..., tuple[Audit, Path]]


@pytest.fixture(params=HOSTILE, ids=lambda text: text[:12].encode("ascii", "replace").decode())
def hostile(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def make(tmp_path: Path) -> Maker:
    """Makes an audit of ``count`` findings and the folder of its exhibits; ``data`` stands in every string that data supply."""

    def made(count: int = 6, data: str = "", exhibits: bool = True, policy: bool = True) -> tuple[Audit, Path]:
        folder = tmp_path / "audit.evidence"
        folder.mkdir(exist_ok=True)
        findings = tuple(finding(n, data, policy=policy) for n in range(count))
        if exhibits:
            for found in findings:
                write_exhibit(found, folder, data)
        return an_audit(findings, data, policy=policy), folder

    return made


@pytest.fixture
def with_findings() -> Callable[[Audit, tuple[Finding, ...]], Audit]:
    """Gives the audit other findings, and the summary of these."""

    def changed(audit: Audit, findings: tuple[Finding, ...]) -> Audit:
        return replace(audit, findings=findings, summary=replace(summarised(findings), explained=audit.summary.explained))

    return changed


def an_audit(findings: tuple[Finding, ...], data: str, *, policy: bool = True) -> Audit:
    item = replace(findings[0].item, locator=f"notice.txt {data}") if findings else None
    return Audit(
        run=Run(
            "9f" * 32,
            "2026-11-22T10:11:12+01:00",
            12.5,
            f"host {data}",
            ("provenance", "audit", f"data {data}"),
            4,
            {"provenance-audit": "0.1.0"},
        ),
        context=Context(
            as_of=date(2026, 11, 22),
            inputs={"digest": "ab" * 32, "paths": ["data/train.jsonl", f"data/{data}"]},
            registry={"snapshot": "c1" * 32, "works": 1204, "assets": 1377},
            policy=POLICY if policy else None,
            use={"stage": "train", "commercial": True, "matter": {"Client": f"Example LLP {data}", "Matter": "2026-0042"}},
            settings={"text": {"scheme": "text/shingle/words=5/1"}, "jobs": 4},
            error_rates=RATES,
        ),
        coverage=Coverage(
            seen=1010,
            scanned=1000,
            unread=3,
            excluded=7,
            bytes=123_456_789,
            by_modality={
                "text": Counts(800, 798, 2, 0),
                "image": Counts(150, 150, 0, 0),
                "audio": Counts(53, 52, 1, 0),
                "other": Counts(7, 0, 0, 7),
            },
            by_file={f"data/train.jsonl{data}": Counts(1010, 1000, 3, 7)},
        ),
        unread=(
            Unread(f"data/train.jsonl {data}", 17, "bad-record", f"not JSON {data}", Modality.TEXT),
            Unread("data/pointer.txt", None, "lfs-pointer", "a Git LFS pointer, not the file", Modality.TEXT),
            Unread("data/broken.mp3", None, "truncated", "ends in the middle of a frame", Modality.AUDIO),
        ),
        excluded=(Excluded("sidecar", 7, (f"a/.gitattributes {data}",)),),
        explained=(Explained(item, (Segment("char", (0, 400), (0, 400)),), ("W-MIT", f"W {data}"), "boilerplate"),) if item else (),
        findings=findings,
        summary=replace(summarised(findings), explained={"boilerplate": 1} if item else {}),
        gate={"passed": False, "status": 1, "reasons": [f"1 finding reached block {data}"]},
    )


POLICY = {
    "id": "us-107",
    "version": "1.2.0",
    "digest": "d0" * 32,
    "owner": "ip-counsel@example.org",
    "law": {
        "us-107": {"citation": "17 U.S.C. §107", "status": "current", "as_of": "2026-11-22", "verified": True, "note": "Four factors."},
        "us-ross": {
            "citation": "Thomson Reuters v. Ross",
            "status": "pending appeal",
            "as_of": "2026-06-11",
            "verified": False,
            "note": "",
        },
    },
}
RATES = (
    ErrorRate(
        "text/shingle/words=5/1", Modality.TEXT, "one GB of prose against one work", 1000, 0, 0.003, "English prose", date(2026, 11, 1)
    ),
    ErrorRate("image/phash+orb/1", Modality.IMAGE, "one image against one work", 1_000_000, 1, 4.7e-6, "photographs", date(2026, 11, 2)),
)


def finding(n: int, data: str = "", *, policy: bool = True) -> Finding:
    """Text, image and audio in turn; dispositions from block downwards, in turn."""
    modality = tuple(Modality)[n % 3]
    dispositions = tuple(reversed(Disposition))
    path = f"data/part-{n:04}.{('jsonl', 'png', 'flac')[n % 3]}{data}"
    sha256 = f"{n:064x}"
    text = modality is Modality.TEXT
    item = Item(
        path,
        n if text else None,
        "text" if text else None,
        f"{path}#{n}/text" if text else path,
        modality,
        sha256,
        {"licence": f"CC-BY {data}"},
    )
    work = WorkRef(
        f"W-{n // 2}{data}", f"The Old House at the Corner, part {n // 2} {data}", "ee" * 32, (f"A. Author {data}",), (f"Holder {data}",)
    )
    rule = "TXT-050" if n % 5 else None
    return Finding(
        id=finding_id(work.id, sha256, modality),
        revision="5d41402abc4b2a76",
        occurrences=tuple(Place(path, k, item.field, f"{path}#{k}") for k in range(n % 3 * 15 + 1)),
        item=item,
        work=work,
        match=match(modality),
        other_matches=(replace(match(modality), kind=Kind.LEAD, score=0.4),),
        alternatives=(WorkRef(f"W-ED{data}", f"Second edition {data}", "ff" * 32),),
        facts={
            "match.words": Fact(112, "measured"),
            "licences": Fact(
                [{"id": "L-1", "uses": ["train"], "territories": ["US"], "commercial": True, "term": "2024-01-01/2025-12-31"}], "registry"
            ),
            "act.territories": Fact(None, "user"),
            "item.licence": Fact(f"CC-BY {data}", "metadata"),
        },
        decision=decision(dispositions[n % 5], rule, data) if policy else None,
        baseline=("new", "known", None)[n % 3],
        waiver={"reason": "licence-pending", "owner": f"A. Person {data}", "approver": "B. Person (a claim)", "expires": "2027-03-01"}
        if n % 4 == 3
        else None,
        evidence=f"audit.evidence/{n}.json",
    )


def decision(disposition: Disposition, rule: str | None, data: str) -> Decision:
    severity = Severity.ERROR if disposition is Disposition.BLOCK else Severity.NOTE if disposition.permissive else Severity.WARNING
    conditions = (
        ConditionTrace('modality == "text" and match.words >= 50', 112, "true"),
        ConditionTrace("work.genre in [novel, poem]", data or "novel", "true"),
        ConditionTrace("act.territories <= licence.territories", None, "unknown"),
    )
    return Decision(
        disposition=disposition,
        rule=rule,
        severity=severity,
        title="Long verbatim passage of an expressive work",
        rationale="The passage is long enough to be the author's own words.",
        how_to_fix="Remove the record, or record a licence.",
        legal_basis=("us-107", "us-ross", "xx-none"),
        trace=(
            RuleTrace("TXT-050", "true", disposition, conditions),
            RuleTrace("LIC-010", "unknown", Disposition.LICENCE_ON_RECORD, conditions[2:]),
            RuleTrace("PD-001", "false", Disposition.NO_OBJECTION, conditions[2:]),
        ),
    )


def match(modality: Modality) -> Match:
    chance = Chance(0.003, "one item against one work", "observed", 1000)
    if modality is Modality.TEXT:
        segments = (Segment("char", (120, 790), (40_211, 40_880)), Segment("char", (900, 1000), (41_000, 41_100)))
        return Match(
            modality, Kind.VERBATIM, "text/shingle/words=5/1", 0.98, segments, 0.011, 0.4, chance, {"words": 112.0, "chars": 670.0}
        )
    if modality is Modality.IMAGE:
        corners = ((12.0, 10.0), (180.0, 20.0), (170.0, 110.0), (20.0, 100.0))
        segments = (Segment("px", corners, ((0.0, 0.0), (160.0, 0.0), (160.0, 90.0), (0.0, 90.0))),)
        return Match(
            modality,
            Kind.VERIFIED,
            "image/phash+orb/1",
            0.91,
            segments,
            0.97,
            0.62,
            Chance(4e-12, "one image against one work", "modelled", 10**6),
        )
    segments = (Segment("ms", (1234, 17_432), (61_000, 77_198)),)
    return Match(modality, Kind.VERIFIED, "audio/landmarks/1", 0.7, segments, 0.09, 0.54, chance, {"seconds": 16.2})


def write_exhibit(finding: Finding, folder: Path, data: str) -> None:
    stem = Path(finding.evidence or "").stem
    sides = {Modality.TEXT: text_sides, Modality.IMAGE: picture_sides, Modality.AUDIO: sound_sides}[finding.match.modality]
    item, work = sides(stem, folder, data)
    exhibit = Exhibit(finding.id, finding.match.modality, item, work, "The registered file was shortened.")
    (folder / f"{stem}.json").write_bytes(dumps(exhibit))


def text_sides(stem: str, folder: Path, data: str) -> tuple[TextSide, TextSide]:
    words = "It was a bright cold day in the valley and the clocks were striking when the old man came to the door. "
    pieces = (
        Piece(f"Before it {data} ", False),
        Piece(words * 3, True),
        Piece("[...] after it, \nanother line. ", False, 0),
        Piece(words, True, 1234),
    )
    return TextSide("data/part.jsonl#0/text", 20, pieces), TextSide("old-house.txt", 40_111, (*pieces, Piece(words * 4, False)))


def picture_sides(stem: str, folder: Path, data: str) -> tuple[PictureSide, PictureSide]:
    down, across = np.mgrid[0:120, 0:200]
    pixels = np.stack([across * 255 // 200, down * 255 // 120, (across * down) % 255], axis=2).astype(np.uint8)
    for side in ("item", "work"):
        (folder / f"{stem}-{side}.png").write_bytes(png(pixels))
    outline = (((12.0, 10.0), (180.0, 20.0), (170.0, 110.0), (20.0, 100.0)),)
    return (
        PictureSide(f"generated.png {data}", f"{stem}-item.png", 200, 120, outline, 0.25),
        PictureSide("photograph.jpg", f"{stem}-work.png", 200, 120, (((0.0, 0.0), (160.0, 0.0), (160.0, 90.0), (0.0, 90.0)),), 0.5),
    )


def sound_sides(stem: str, folder: Path, data: str) -> tuple[SoundSide, SoundSide]:
    rng = np.random.default_rng(7)
    bands = np.linspace(255, 20, 64)[:, None] * (0.5 + 0.5 * np.sin(np.linspace(0, 60, 400)))[None, :]
    for side in ("item", "work"):
        (folder / f"{stem}-{side}.png").write_bytes(png((bands * rng.uniform(0.6, 1, bands.shape)).astype(np.uint8)))
    return (
        SoundSide(f"mix.flac {data}", 30_000, ((1234, 17_432),), f"{stem}-item.png"),
        SoundSide("recording.wav", 180_000, ((61_000, 77_198),), f"{stem}-work.png"),
    )


def png(pixels: np.ndarray) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()
