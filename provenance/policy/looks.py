"""What a rule's condition came to for certain facts, remembered: most findings of an audit share most of their facts."""

from collections.abc import Hashable, Iterator
from typing import Final, Literal, TypeAlias

from provenance.model import ConditionTrace, Disposition, RuleTrace
from provenance.policy.evaluate import LICENCES, WORDS, Condition, Values
from provenance.policy.facts import LICENCE_PREFIX, UNKNOWN

State: TypeAlias = Literal["true", "false", "unknown", "exempt"]
REMEMBERED: Final = 4096
"""Looks kept for each rule before all are forgotten; about 1 KB each."""


class Look:
    """One rule's outcome for certain facts, with its trace and the facts that it missed."""

    __slots__ = ("_conditions", "_disposition", "_rule", "_traces", "outcome", "unknown")

    def __init__(
        self, rule: str, disposition: Disposition, outcome: State, conditions: tuple[ConditionTrace, ...], unknown: tuple[str, ...]
    ) -> None:
        self.outcome, self.unknown = outcome, unknown
        self._rule, self._disposition, self._conditions = rule, disposition, conditions
        self._traces: dict[State, RuleTrace] = {}

    def traced(self, state: State) -> RuleTrace:
        """The trace of the rule in its final state."""
        if state not in self._traces:
            self._traces[state] = RuleTrace(self._rule, state, self._disposition, self._conditions)
        return self._traces[state]


class Memory:
    """Looks at one rule, by the values of the facts that it reads."""

    __slots__ = ("_condition", "_disposition", "_facts", "_general", "_looks", "_of_licences", "_rule")

    def __init__(self, rule: str, disposition: Disposition, condition: Condition, facts: tuple[str, ...], of_licences: bool) -> None:
        self._rule, self._disposition, self._condition, self._facts = rule, disposition, condition, facts
        self._general = tuple(name for name in facts if not name.startswith(LICENCE_PREFIX))
        self._of_licences = of_licences
        self._looks: dict[Hashable, Look] = {}

    def look(self, values: Values, licences: Hashable) -> Look:
        """What the rule comes to; ``licences`` is a key that is equal for equal licences."""
        key = (*map(values.get, self._general), licences if self._of_licences else None)
        found = self._looks.get(key)
        if found is None:
            if len(self._looks) >= REMEMBERED:
                self._looks.clear()
            found = self._looks[key] = self._looked(values)
        return found

    def _looked(self, values: Values) -> Look:
        conditions: list[ConditionTrace] = []
        outcome = WORDS[self._condition(values, conditions)]
        unknown = tuple(dict.fromkeys(self._unknown(values))) if self._facts else ()
        return Look(self._rule, self._disposition, outcome, tuple(conditions), unknown)

    def _unknown(self, values: Values) -> Iterator[str]:
        """The facts that the rule reads and nobody knows; ``licences`` if nobody has recorded whether there are any."""
        licences = values.get(LICENCES)
        for name in self._facts:
            if not name.startswith(LICENCE_PREFIX):
                if values.get(name) is UNKNOWN:
                    yield name
            elif licences is UNKNOWN:
                yield LICENCES
            elif any(licence.get(name) is UNKNOWN for licence in licences):
                yield name
