"""Every attacked picture, asked of this tool and of its peers in several processes."""

import io
import time
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from fingerprints.image import Scanner
from fingerprints.model import Failure, Hit, MediaBatch, Modality
from image_peers.answers import Answer, Distance, Reported, Trials
from image_peers.attacks import ATTACKS, OTHERS, Attack
from image_peers.material import Material, Picture
from image_peers.methods import Bits, distances, hashed
from image_peers.placed import Placed, overlap
from image_peers.processes import decode_here, pool_of, told
from image_peers.registry import Registry


@dataclass(frozen=True, slots=True)
class Task:
    """One picture that is attacked in every way."""

    picture: Picture
    planted: bool
    scanned: bool
    """By this tool; the peers are asked in any case."""


@dataclass(frozen=True, slots=True)
class Item:
    """An attacked picture."""

    attack: Attack
    content: bytes
    placed: Placed
    beside: tuple[str, ...]
    """Names of the other pictures that it shows."""


def asked(material: Material, registry: Registry, attacks: Sequence[str], jobs: int, *, negatives_scanned: bool) -> Trials:
    """These attacks on the works that are to be attacked, and on every distractor, which this tool scans only if that is wanted."""
    attacked = set(material.works[: material.plants])
    tasks = [Task(picture, planted=True, scanned=True) for picture in registry.works if picture in attacked]
    tasks += [Task(picture, planted=False, scanned=negatives_scanned) for picture in material.distractors]
    with pool_of(jobs, _open, (registry, material.distractors, attacks)) as pool:
        answers = list(told(pool.imap(_answered, tasks), f"of {len(tasks)} pictures attacked"))
    scans = sum(task.scanned for task in tasks) * len(attacks)
    scan = sum(took for _, took in answers) / max(1, scans)
    return Trials(registry, tuple(answer for of_one, _ in answers for answer in of_one), scan)


def items(picture: Picture, distractors: Sequence[Picture], attacks: Sequence[Attack]) -> Iterator[Item]:
    """The picture after each attack, the same whenever it is asked; what is put beside it are distractors."""
    choice = [other for other in distractors if other.name != picture.name]
    chosen = [choice[number] for number in _random(picture.name).choice(len(choice), OTHERS, replace=len(choice) < OTHERS)]
    others, work = [one.open() for one in chosen], picture.open()
    for attack in attacks:
        content, placed = attack.apply(work, others, _random(f"{attack.name} {picture.name}"))
        yield Item(attack, content, placed, tuple(one.name for one in chosen[: attack.beside]))


def _random(name: str) -> np.random.Generator:
    return np.random.default_rng(zlib.crc32(name.encode()))


@dataclass(frozen=True, slots=True)
class _Opened:
    """What a process asks with."""

    scanner: Scanner
    registry: Registry
    distractors: tuple[Picture, ...]
    attacks: tuple[Attack, ...]


_OPENED: list[_Opened] = []


def _open(registry: Registry, distractors: tuple[Picture, ...], names: Sequence[str]) -> None:
    decode_here()
    attacks = tuple(attack for attack in ATTACKS if attack.name in names)
    _OPENED.append(_Opened(Scanner([registry.shard]), registry, distractors, attacks))


def _answered(task: Task) -> tuple[list[Answer], float]:
    """Every attack's answer, and the CPU seconds of this tool's scans."""
    opened, answers, seconds = _OPENED[0], [], 0.0
    own = task.picture.name if task.planted else None
    for item in items(task.picture, opened.distractors, opened.attacks):
        began = time.process_time()
        reported = tuple(_scanned(opened.scanner, item.content)) if task.scanned else ()
        seconds += time.process_time() - began
        in_item, in_work = _overlaps([one for one in reported if one.work == own and one.finding], item.placed)
        apart = dict(_distances(opened.registry, item.content, own))
        answers.append(Answer(task.picture, item.attack.name, item.beside, task.planted, reported, in_item, in_work, apart))
    return answers, seconds


def _scanned(scanner: Scanner, content: bytes) -> Iterator[Reported]:
    for hit in scanner.scan(MediaBatch(Modality.IMAGE, (content,))):
        if isinstance(hit, Failure):
            raise hit.error
        yield _reported(hit)


def _reported(hit: Hit) -> Reported:
    sides = [(np.array(segment.item, float), np.array(segment.work, float)) for segment in hit.match.segments]
    shown = {name: f"{value:g}" if isinstance(value, float) else f"{value}" for name, value in hit.match.measures.items()}
    told_of = ", ".join(f"{name} {value}" for name, value in shown.items())
    return Reported(hit.asset, hit.match.kind, hit.match.score, tuple(item for item, _ in sides), tuple(work for _, work in sides), told_of)


def _overlaps(right: Sequence[Reported], placed: Placed) -> tuple[float, float]:
    """In the item and in the work; 0 where nothing is reported."""
    if not right:
        return 0.0, 0.0
    in_item = overlap([quad for one in right for quad in one.item], placed.item, *placed.image.size)
    return in_item, overlap([quad for one in right for quad in one.source], placed.work, *placed.size)


def _distances(registry: Registry, content: bytes, own: str | None) -> Iterator[tuple[str, Distance]]:
    place = registry.number(own) if own else None
    with Image.open(io.BytesIO(content)) as opened:
        by_peer = hashed(opened.convert("RGB"))
    for name, bits in by_peer.items():
        yield name, _distance(registry, name, bits, place)


def _distance(registry: Registry, peer: str, bits: Bits | None, own: int | None) -> Distance:
    registered, usable = registry.hashes[peer], registry.usable[peer]
    if bits is None:
        return Distance(None, np.zeros(0, np.uint16), "")
    counted = distances(bits, registered)
    others = usable & (np.arange(len(usable)) != (-1 if own is None else own))
    nearest = np.flatnonzero(others)[int(counted[others].argmin())] if others.any() else 0
    mine = int(counted[own]) if own is not None and usable[own] else None
    return Distance(mine, np.bincount(counted[others]).astype(np.uint16), registry.works[nearest].name)
