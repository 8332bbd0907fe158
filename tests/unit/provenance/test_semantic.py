"""Paraphrase leads through the whole of an audit, with a model of the test's own."""

import json
import random
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pytest

from fingerprints.errors import ModelError
from fingerprints.model import Kind
from fingerprints.text.semantic.scheme import scheme
from provenance import semantic
from provenance.errors import CapabilityError, RegistryError
from provenance.options import Options
from provenance.pipeline import audit
from provenance.registry import Registry
from provenance.sharding import merged, scan_shard


@dataclass(frozen=True)
class Endings:
    """Words that differ in their first two letters alone mean the same."""

    scheme: str = scheme("endings", "0")

    def encoder(self):
        return self

    def embed(self, texts):
        rows = np.array(
            [sum(np.random.default_rng(list(word[2:].encode())).standard_normal(64) for word in text.split()) for text in texts]
        )
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def text(seed, language="aa", words=80):
    source = random.Random(seed)
    return " ".join(language + "".join(source.choices("bcdfghklmnoprstu", k=6)) for _ in range(words))


@pytest.fixture
def options(monkeypatch, tmp_path):
    monkeypatch.setattr(semantic, "model", lambda _: Endings())
    return Options(policy="ci-gate", use="output", semantic="endings", as_of=date(2026, 1, 1), jobs=0, cache=tmp_path / "cache")


@pytest.fixture
def folder(tmp_path):
    """A registry of two works, embedded, beside items that reword them."""
    works = tmp_path / "works"
    works.mkdir()
    for seed in (1, 2):
        (works / f"w{seed}.txt").write_text(text(seed, words=400), encoding="utf-8")
    with Registry.init(tmp_path / "registry") as registry:
        registry.add([works], jobs=1)
        registry.embed(Endings(), jobs=1)
    items = [text(1, "bb"), text(9, "bb"), text(2, "bb", 200), text(1)]
    (tmp_path / "items.jsonl").write_text("".join(json.dumps({"text": item}) + "\n" for item in items), encoding="utf-8")
    return tmp_path


def found(result):
    return [(finding.item.record, finding.work.title, finding.match.kind) for finding in result.findings]


def test_reworded_items_are_leads_and_a_finding_of_the_same_passage_is_none_besides(folder, options):
    result = audit([folder / "items.jsonl"], folder / "registry", options)
    assert found(result) == [(0, "w1", Kind.LEAD), (2, "w2", Kind.LEAD), (3, "w1", Kind.VERBATIM)]
    assert all(not finding.other_matches for finding in result.findings)
    assert [finding.decision.disposition for finding in result.findings[:2]] == ["review", "review"]


def test_training_data_is_embedded_where_the_shortlist_lets_it_pass(folder, options):
    result = audit([folder / "items.jsonl"], folder / "registry", replace(options, use="train"))
    assert found(result) == [(3, "w1", Kind.VERBATIM)]  # no word of the others is a word of the works


def test_without_the_option_nothing_is_looked_for_and_results_are_kept_apart(folder, options):
    plain = replace(options, semantic=None)
    for asked, leads in ((plain, 0), (options, 2), (plain, 0), (options, 2)):
        result = audit([folder / "items.jsonl"], folder / "registry", asked)
        assert sum(kind is Kind.LEAD for *_, kind in found(result)) == leads


def test_new_works_and_removed_ones_change_no_other_lead(folder, options):
    first = audit([folder / "items.jsonl"], folder / "registry", options)
    (folder / "works" / "w3.txt").write_text(text(3, words=400), encoding="utf-8")
    with Registry.open(folder / "registry") as registry:
        registry.add([folder / "works"], jobs=1)
        second = audit([folder / "items.jsonl"], folder / "registry", options)
        assert found(second) == found(first)
        (removed,) = (work.id for work in registry.works() if work.title == "w2")
        registry.remove(removed, "notice")
    third = audit([folder / "items.jsonl"], folder / "registry", options)
    assert found(third) == [entry for entry in found(first) if entry[1] != "w2"]


def test_shards_that_are_merged_are_the_audit_of_one_run(folder, options):
    whole = audit([folder / "items.jsonl"], folder / "registry", options)
    parts = [folder / f"{number}.part" for number in (1, 2)]
    for number, part in enumerate(parts, 1):
        scan_shard([folder / "items.jsonl"], folder / "registry", replace(options, cache=None), (number, 2), part)
    assert merged(parts, folder / "registry", Options(policy=None)).run.digest == whole.run.digest


def test_an_audit_stops_before_it_scans_where_there_are_no_embeddings_of_the_model(folder, options, monkeypatch):
    monkeypatch.setattr(semantic, "model", lambda _: Endings(scheme("endings", "1")))
    with pytest.raises(RegistryError, match="has embeddings of text/semantic/endings@0/1") as raised:
        audit([folder / "missing"], folder / "registry", options)
    assert raised.value.remedy == "provenance registry embed REGISTRY --model endings"


def test_a_model_that_goes_away_during_an_audit_stops_it_with_its_remedy(folder, options, monkeypatch):
    def gone(_):
        raise ModelError("the model is gone", "put it back")

    monkeypatch.setattr(Endings, "encoder", gone)
    with pytest.raises(CapabilityError, match="gone") as raised:
        audit([folder / "items.jsonl"], folder / "registry", options)
    assert raised.value.remedy == "put it back"
