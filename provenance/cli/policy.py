"""``provenance policy``: list, show, check and test policies, and say them in plain English."""

from typing import TYPE_CHECKING

import click

from reports.wording import plural

if TYPE_CHECKING:
    from provenance.policy import Policy

NOT_PASSED = 1
POLICY = click.argument("policy", metavar="NAME|FILE")


@click.group()
def policy() -> None:
    """List, check and test policies. NAME is a shipped policy, FILE one of yours."""


@policy.command("list")
def list_policies() -> None:
    """List the shipped policies."""
    from provenance.policy import available, load

    for name in available():
        found = load(name)
        click.echo(f"{name} {found.version}  {_counted(found)}  sha256:{found.digest[:12]}")
        click.echo(f"    {found.description}")


@policy.command()
@POLICY
@click.argument("rule", required=False)
@click.option("--source", is_flag=True, help="Print the file itself, to start one of your own from.")
def show(policy: str, rule: str | None, source: bool) -> None:
    """Show a policy's rules in brief, or one RULE in full."""
    from provenance.policy.policy import document, load

    if source:
        click.echo(document(policy).text, nl=False)
        return
    found = load(policy)
    if rule:
        _show_rule(found, rule)
        return
    click.echo(f"{found.id} {found.version}  owner: {found.owner}  default: {found.default}  sha256:{found.digest}")
    for each in found.rules:
        click.echo(f"{each.id:<10} {each.disposition:<18} {each.severity:<8} {each.title}")


def _counted(found: "Policy") -> str:
    return f"{plural(len(found.rules), 'rule')}, {plural(len(found.tests), 'test')}"


def _show_rule(found: "Policy", rule_id: str) -> None:
    from provenance.policy.fields import suggestion
    from provenance.policy.law import law

    rule = next((each for each in found.rules if each.id == rule_id), None)
    if rule is None:
        raise click.BadParameter(
            f"{found.id} has no rule {rule_id}: {suggestion(rule_id, [each.id for each in found.rules])}", param_hint="RULE"
        )
    click.echo(f"{rule.id}: {rule.title}\n{rule.disposition}, {rule.severity}\n\nwhen\n    " + rule.when.strip().replace("\n", "\n    "))
    fields = (("unless", ", ".join(rule.unless)), ("on unknown", rule.on_unknown), ("why", rule.rationale), ("how to fix", rule.how_to_fix))
    for label, text in fields:
        if text:
            click.echo(f"{label}: {text}")
    for key in rule.legal_basis:
        entry = law()[key]
        click.echo(
            f"cites {key}: {entry.citation} ({entry.status}, as of {entry.as_of}{'' if entry.verified == 'read' else ', unverified'})"
        )


@policy.command()
@click.argument("policies", metavar="NAME|FILE…", nargs=-1, required=True)
def check(policies: tuple[str, ...]) -> int:
    """Check policies without running them; every mistake is shown with its line and column (exit status 2)."""
    from provenance.policy import PolicyError, load

    status = 0
    for name in policies:
        try:
            found = load(name)
        except PolicyError as error:
            click.echo(str(error), err=True)
            status = PolicyError.status
        else:
            click.echo(f"{name}: {_counted(found)}, no mistake found")
    return status


@policy.command()
@POLICY
def test(policy: str) -> int:
    """Run a policy's own tests; exit status 1 if one does not pass."""
    from provenance.policy import load
    from provenance.policy.rules import DEFAULT_RULE

    results = load(policy).run_tests()
    failed = [result for result in results if not result.passed]
    for result in failed:
        wanted, decision = result.example, result.decision
        click.echo(f"not as expected: {wanted.name}")
        click.echo(f"    wanted {wanted.expect} by {wanted.rule or 'any rule'}")
        click.echo(f"    got    {decision.disposition} by {decision.rule or DEFAULT_RULE}")
    click.echo(f"{len(results) - len(failed)} of {plural(len(results), 'test')} passed")
    return NOT_PASSED if failed else 0


@policy.command()
@POLICY
def coverage(policy: str) -> int:
    """Say which changes to a policy none of its tests would notice; exit status 1 if there are any.

    Each rule and each exemption is dropped, and each number and date shifted by one step, one at a time.
    """
    from provenance.policy import load
    from provenance.policy.coverage import coverage as measured

    mutants = measured(load(policy))
    for mutant in mutants:
        if not mutant.noticed:
            click.echo(f"{mutant.rule}: no test notices: {mutant.description}")
    for kind in ("rule", "exemption", "threshold"):
        of_kind = [mutant.noticed for mutant in mutants if mutant.kind == kind]
        click.echo(f"{kind}s: {sum(of_kind)} of {plural(len(of_kind), 'change')} noticed")
    return NOT_PASSED if not all(mutant.noticed for mutant in mutants) else 0


@policy.command()
@click.argument("policy", metavar="[NAME|FILE]", required=False)
def doc(policy: str | None) -> None:
    """Say a policy in plain English, as Markdown; without one, list every fact that rules may read."""
    from provenance.policy import load
    from provenance.policy.english import document, facts_table

    click.echo(document(load(policy)) if policy else facts_table(), nl=False)
