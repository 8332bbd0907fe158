"""The ``provenance`` command: finds the module of the command that was asked for, and turns every ending into an exit status."""

import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import click

import provenance
from provenance.errors import AuditError

INTERRUPTED, BUG, UNUSABLE = 130, 70, 2
COMMANDS = {  # in the order of --help; a module is imported when its command runs, so that --help answers at once
    "audit": "Find registered works in data sets and outputs.",
    "merge": "Make one audit of the parts that several machines scanned.",
    "explain": "Show why a finding was made.",
    "compare": "Show what two files share.",
    "report": "Render an audit again, without a scan.",
    "registry": "Keep the registry of works and their rights.",
    "policy": "List, check and test policies.",
    "demo": "Audit material that this project made, and write the reports.",
    "cache": "Show and prune the results that earlier runs kept.",
    "doctor": "Say what is missing on this machine and what mends it.",
}


class Commands(click.Group):
    """A group whose commands are imported when they are used."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Their names, in the order of use."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """The command of that name from its own module."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"provenance.cli.{cmd_name}"), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """The list for --help, without importing any of them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(provenance.__version__, prog_name="provenance")
def cli() -> None:
    """Find which registered works reappear in AI data, how much of them, and what your policy says to do about it.

    \b
    Exit status: 0 passed · 1 a finding reached --fail-on · 2 could not run · 3 incomplete (something could not be read)
                 70 a bug · 130 interrupted
    """  # noqa: D301 - \b is click's mark for lines that are not to be refilled


def run(arguments: Sequence[str] | None = None) -> None:
    """The entry point: runs the command and leaves with its exit status."""
    sys.exit(_status(list(sys.argv[1:] if arguments is None else arguments)))


def _status(arguments: list[str]) -> int:
    try:
        _refuse_strangers()
        return int(cli.main(arguments, prog_name="provenance", standalone_mode=False) or 0)
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return INTERRUPTED
    except click.ClickException as error:
        error.show()
        return UNUSABLE
    except AuditError as error:
        click.echo(f"error: {error}" + (f"\n  remedy: {error.remedy}" if error.remedy else ""), err=True)
        return error.status
    except BrokenPipeError:
        return 0  # the reader of standard output had enough
    except Exception:  # noqa: BLE001 - the one place: whatever comes here is a bug and is shown whole
        traceback.print_exc()
        click.echo("this is a bug in provenance: please report it with the lines above", err=True)
        return BUG


def _refuse_strangers() -> None:
    """Stops when another distribution's ``fingerprints`` or ``reports`` would be imported in place of ours."""
    home = Path(provenance.__file__).parent.parent
    for name in ("fingerprints", "reports"):
        spec = find_spec(name)
        if spec is None or spec.origin is None or Path(spec.origin).parent.parent != home:
            found = spec.origin if spec else "nothing"
            raise AuditError(
                f"the import name {name!r} leads to {found}, not to this program",
                "install provenance-audit into an environment of its own: python -m venv .venv && .venv/bin/pip install provenance-audit",
            )
