"""The commands by name, the options before them, and how each sort of error ends the process.

Start-up counts: a command's module is imported when that command is asked for, and no sooner.
"""

from __future__ import annotations

import importlib
import os
import shlex
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

import click
from click.shell_completion import CompletionItem

from reconciler import __version__
from reconciler.cli import completing
from reconciler.cli.output import Output
from reconciler.cli.signals import ended, exit_code_of, terminable
from reconciler.errors import ProjectInvalid, ReconcilerError, Undecidable, UsageError
from reconciler.render import safe

DEFAULT_FOLDER: Final = "desired_state"
PROGRAM: Final = "reconciler"
COMPLETE: Final = "_RECONCILER_COMPLETE"
"""The variable in which a shell that completes says who it is. click reads it."""

# name: (module, one line for --help). The line stands here so that --help imports none of them.
COMMANDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "init": ("start", "Write a small commented project that validates."),
        "validate": ("inspect", "Check every manifest offline, all problems at once."),
        "render": ("inspect", "Print the manifests after templating."),
        "fmt": ("fmt", "Format manifests; what they mean stays."),
        "diff": ("diff", "Compare two revisions of the manifests, after templating."),
        "graph": ("graph", "Print what depends on what."),
        "plan": ("plan", "Compare manifests, record and live; change nothing."),
        "show": ("plan", "Show a saved plan."),
        "comment": ("comment", "Write a saved plan into a comment on its pull request."),
        "apply": ("apply", "Carry out a saved plan, or plan and ask."),
        "rollback": ("apply", "Restore what was there before a run."),
        "drift": ("drift", "Compare live with what was last applied; change nothing."),
        "accept": ("accept", "Write what live has into the manifests, where it drifted."),
        "import": ("record", "Bind an existing object to an address."),
        "pull": ("pull", "Write live objects as manifests."),
        "state": ("state", "Look at the record of what was applied, mend it, keep it."),
        "schema": ("reference", "Print the JSON Schema of the manifests."),
        "completion": ("completion", "Print what makes a shell complete commands and names."),
        "explain": ("reference", "Say what a kind or a field is."),
        "emulate": ("emulate", "Serve the bundled emulator of the API."),
        "demo": ("demo", "Tell the whole story on the emulator."),
    }
)


@dataclass(frozen=True, slots=True)
class Settings:
    """The options before the command."""

    folder: Path
    environment: str
    output: Output

    def command(self, *words: str) -> str:
        """What to type to run another command on the same project and environment."""
        folder = [] if self.folder == Path(DEFAULT_FOLDER) else ["-C", str(self.folder)]
        environment = ["-e", self.environment] if self.environment else []
        return shlex.join(["reconciler", *folder, *environment, *words])


class Commands(click.Group):
    """Finds a command's module by its name."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"reconciler.cli.{COMMANDS[cmd_name][0]}")
        command = getattr(module, cmd_name + "_command")
        assert isinstance(command, click.Command)  # noqa: S101 - our own table
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """From the table: importing every command to name them would take longer than to type them."""
        named = [
            CompletionItem(n, help=line) for n, (_, line) in COMMANDS.items() if n.startswith(incomplete)
        ]
        return [*named, *click.Command.shell_complete(self, ctx, incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]}, no_args_is_help=True)
@click.version_option(__version__, prog_name="reconciler")
@click.option(
    "-C", "--project", "folder", type=click.Path(path_type=Path), default=DEFAULT_FOLDER, show_default=True,
    help="The project folder.",
)  # fmt: skip
@click.option(
    "-e",
    "--env",
    "--environment",
    "environment",
    default="",
    shell_complete=completing.environments,
    help="The environment; else the project's default.",
)
@click.option("--no-color", is_flag=True, help="No colour, also on a terminal.")
@click.option("-v", "--verbose", is_flag=True, help="Say more on stderr.")
@click.pass_context
def cli(ctx: click.Context, folder: Path, environment: str, no_color: bool, verbose: bool) -> None:
    """GitOps for SaaS settings: manifests in git, a three-way plan, the smallest PATCH calls.

    \b
    Exit codes: 0 done · 1 failed · 2 changes pending and 3 only drift pending (--detailed-exitcode)
    4 refused · 5 the project is invalid · 64 wrong usage · 130 interrupted, 143 terminated
    """  # noqa: D301 - \b keeps click from wrapping
    ctx.obj = Settings(folder, environment, Output.of_process(no_color=no_color, verbose=verbose))


def main() -> None:
    """Run the command of the process's arguments, and exit as the contract says."""
    with terminable():
        code = run(sys.argv[1:])
    ended()
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """The exit code of a command. Errors are told on stderr: what, where, what to do."""
    if COMPLETE in os.environ:
        return _completed(arguments)
    output = Output.of_process(no_color="--no-color" in arguments)
    try:
        code = cli.main(arguments, prog_name=PROGRAM, standalone_mode=False)
        output.flush()
    except (click.ClickException, ReconcilerError) as error:
        return _told(error, output)
    except (KeyboardInterrupt, click.Abort) as error:
        output.error("interrupted")
        return exit_code_of(error)
    except (BrokenPipeError, SystemExit):
        output.drop()  # whoever read us has seen enough; click exits by itself when it notices first
        return 0
    except OSError as error:
        output.drop()
        output.error(f"cannot write: {error.strerror}", "check the disk, and where the output goes")
        return ReconcilerError.exit_code
    return code if isinstance(code, int) else 0


def _completed(arguments: list[str]) -> int:
    """What a shell asked for, or nothing: an error would end up in the middle of what somebody types."""
    with suppress(Exception, SystemExit):
        cli.main(arguments, prog_name=PROGRAM, complete_var=COMPLETE, standalone_mode=False)
    return 0


def _told(error: click.ClickException | ReconcilerError, output: Output) -> int:
    """The error in words, and its exit code. What it repeats of the API or the command line is neutral."""
    match error:
        case click.exceptions.NoArgsIsHelpError():
            output.note(error.format_message())
            return UsageError.exit_code
        case click.ClickException():
            if isinstance(error, click.UsageError) and error.ctx:
                output.note(error.ctx.get_usage())
            output.error(safe(error.format_message()), "reconciler --help lists the commands")
            return UsageError.exit_code
        case ProjectInvalid() | Undecidable():
            for problem in error.problems:
                output.note(str(problem))
            output.error(error.message, error.hint)
        case _:
            output.error(safe(error.message), error.hint)
    return error.exit_code
