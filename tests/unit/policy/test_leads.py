"""A lead says where to look: on it alone no shipped policy stops anything."""

from itertools import product

import pytest

from provenance.model import Disposition, Licence
from provenance.policy import Facts, available, load

RESERVED = Licence("LicenseRef-All-Rights-Reserved", uses=frozenset())
LARGEST = {"match.words": 100_000, "match.chars": 600_000, "match.score": 1.0, "match.coverage_of_work": 1.0, "match.coverage_of_item": 1.0}
WORK = {"work.genre": "novel", "work.published": True, "work.public_domain_territories": []}


@pytest.mark.parametrize("name", available())
@pytest.mark.parametrize("modality", ["text", "image", "audio"])
def test_no_policy_blocks_on_a_lead_alone_however_large_it_is(name, modality):
    policy = load(name)
    for stage, commercial, measured, licences, shadow in product(
        ("train", "output"), (True, False, None), (LARGEST, {}), ([RESERVED], [], None), (False, None)
    ):
        said = {"use.stage": stage, "use.commercial": commercial, "acquisition.shadow_library": shadow}
        facts = {
            "modality": modality,
            "match.kind": "lead",
            **measured,
            **WORK,
            **{key: value for key, value in said.items() if value is not None},
        }
        assert policy.decide(Facts.of(facts, licences)).disposition.rank < Disposition.BLOCK.rank, facts


@pytest.mark.parametrize("name", available())
def test_what_is_blocked_with_a_lead_is_blocked_for_what_the_user_states_and_not_for_the_match(name):
    stated = {"modality": "text", "match.kind": "lead", "acquisition.shadow_library": True, "work.public_domain_territories": []}
    decision = load(name).decide(Facts.of(stated, [RESERVED]))
    [rule] = [rule for rule in load(name).rules if rule.id == decision.rule]
    assert "match." not in rule.when
