"""What can be asked on the command line; what is done about it stands in the modules beside."""

import difflib
from collections.abc import Callable
from typing import Any, Final, TypeVar

import click

from keronyx.cli.bare import bare_weights
from keronyx.cli.named import named
from keronyx.converter.errors import UsageError, shorten
from keronyx.converter.limits import limits
from keronyx.converter.version import __version__
from keronyx.isolation.child import current

Command = TypeVar("Command", bound=Callable[..., Any])

CONTEXT: Final = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class Action(click.Command):
    """A command; where it has a process of its own, that is confined to the paths it was given."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run it."""
        inside = current()
        if inside is not None:
            inside.confine(named(self.name or "", ctx.params))
        from keronyx.cli.options import limit_values  # noqa: PLC0415 - not for `--help`

        with limits(**limit_values(ctx.params.pop("limit", ()))):
            return super().invoke(ctx)


class Program(click.Group):
    """The group of all commands, which suggests the nearest where there is no such one."""

    command_class = Action

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command, or raise UsageError."""
        found = super().get_command(ctx, cmd_name)
        if found is None and not ctx.resilient_parsing and not cmd_name.startswith("-"):
            raise UsageError(f"no command {shorten(repr(cmd_name))}", hint=_nearest(cmd_name))
        return found


def _nearest(name: str) -> str:
    near = difflib.get_close_matches(name, program.commands, 1)
    if near:
        return f"did you mean '{near[0]}'?"
    if "." in name or "/" in name:
        return f"to convert a file: keronyx convert {shorten(name)}"
    return f"the commands are {', '.join(sorted(program.commands))}"


@click.group(cls=Program, context_settings=CONTEXT, invoke_without_command=True)
@click.version_option(__version__, message="keronyx %(version)s")
@click.pass_context
def program(context: click.Context) -> int:
    """Convert any Keras file to ONNX without Keras, run it, and prove the numbers."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())
    return 0


def _options(*names: str) -> Callable[[Command], Command]:
    """Add options that several commands share."""

    def add(command: Command) -> Command:
        for name in reversed(names):
            command = OPTIONS[name](command)
        return command

    return add


OPTIONS: Final[dict[str, Callable[[Any], Any]]] = {
    "weights": click.option(
        "--weights", metavar="FILE", help="The weights of an architecture in JSON or YAML."
    ),
    "activations": bare_weights,
    "replace": click.option(
        "--replace",
        multiple=True,
        metavar="NAME=EXPR",
        help="What a layer or activation computes whose code is not run, as in "
        "lambda='x / 127.5 - 1'.",
    ),
    "limit": click.option(
        "--limit",
        multiple=True,
        metavar="NAME=VALUE",
        help="Let a file have more than it usually may; the refusal of a file tells the NAME.",
    ),
    "samples": click.option(
        "--samples", metavar="FILE", help="More inputs to check: a table, or .npz, with outputs."
    ),
    "columns": click.option(
        "--columns", metavar="NAMES", help="A table's columns in the model's order, or a FILE."
    ),
    "trust": click.option(
        "--trust",
        is_flag=True,
        help="Let the installed Keras load SOURCE where that is needed; it can run code in it.",
    ),
    "import": click.option(
        "--import",
        "imports",
        multiple=True,
        metavar="MODULE",
        help="With --trust: import a Python module first, which defines your classes.",
    ),
    "force": click.option("--force", is_flag=True, help="Replace any file, and take any name."),
    "json": click.option("--json", "as_json", is_flag=True, help="Print the result as JSON."),
    "latex": click.option("--latex", "as_latex", is_flag=True, help="Formulas in LaTeX math mode."),
    "quiet": click.option("--quiet", "-q", is_flag=True, help="Print nothing but errors."),
}


@program.command(short_help="Write the ONNX model of a Keras file.")
@click.argument("source")
@click.option("--output", "-o", metavar="FILE.onnx", help="By default, SOURCE with .onnx.")
@_options("weights", "activations", "replace", "samples", "columns")
@click.option("--opset", type=int, default=17, show_default=True, help="ONNX operator set.")
@click.option("--ir-version", type=int, help="By default the smallest that the opset needs.")
@click.option(
    "--shape",
    multiple=True,
    metavar="NAME=SIZES",
    help="Fix the sizes that an input leaves open, as in image=1,28,28.",
)
@click.option(
    "--rename", multiple=True, metavar="OLD=NEW", help="Call an input or an output otherwise."
)
@click.option(
    "--outputs", metavar="NAMES", help="Other outputs: layers, as in hidden,out; the rest is cut."
)
@click.option("--no-check", is_flag=True, help="Write the model without checking its numbers.")
@click.option("--external-data", is_flag=True, help="Write the weights to a second file beside.")
@click.option(
    "--backend",
    type=click.Choice(["auto", "direct", "tf2onnx"]),
    default="auto",
    show_default=True,
    help="Who converts: keronyx, or with --trust TensorFlow and tf2onnx; auto takes these for "
    "what keronyx refuses.",
)
@_options("trust", "import", "force", "limit", "json", "quiet")
def convert(**asked: Any) -> int:
    """Convert SOURCE, a Keras file of any version, to ONNX.

    The graph's numbers are checked against NumPy's before anything is written.
    """
    from keronyx.cli.convert import Request  # noqa: PLC0415

    return Request(**asked).run()


@program.command(short_help="Show what a Keras file holds.")
@click.argument("source")
@click.option("--formula", is_flag=True, help="Print what every layer computes, too.")
@click.option(
    "--scan",
    is_flag=True,
    help="Say what Keras would run, import or read from elsewhere; exit code 1 if anything.",
)
@_options("latex", "weights", "replace", "limit", "json")
def inspect(*, scan: bool, **asked: Any) -> int:
    """Show the layers of SOURCE, their shapes and parameters, and whatever is not supported."""
    from keronyx.cli.inspect import run_inspect  # noqa: PLC0415
    from keronyx.cli.scan import run_scan  # noqa: PLC0415

    return run_scan(**asked) if scan else run_inspect(**asked)


@program.command(short_help="Compare an ONNX model with a Keras file.")
@click.argument("model")
@click.argument("source")
@click.option(
    "--against",
    type=click.Choice(["keras"]),
    help="Ask the installed Keras as well; needs --trust.",
)
@_options("trust", "weights", "activations", "replace", "samples", "columns")
@_options("limit", "json", "quiet")
def check(**asked: Any) -> int:
    """Compare the numbers of MODEL, an ONNX file, with those of SOURCE, a Keras file."""
    from keronyx.cli.compare import Comparison  # noqa: PLC0415

    return Comparison(**asked).run()


@program.command(short_help="Run a model on rows of data.")
@click.argument("source")
@click.option(
    "--input",
    "-i",
    "data",
    metavar="FILE",
    required=True,
    help="The rows: .npy, .npz (an array an input), .csv, .tsv or .json.",
)
@click.option("--output", "-o", metavar="FILE", help="By default CSV on stdout.")
@click.option(
    "--engine",
    type=click.Choice(["onnxruntime", "numpy"]),
    help="By default onnxruntime, or NumPy where that is not installed.",
)
@_options("columns", "weights", "activations", "replace", "force", "limit")
def predict(**asked: Any) -> int:
    """Run SOURCE, a Keras file or an ONNX model, on rows of data."""
    from keronyx.cli.predict import Prediction  # noqa: PLC0415

    return Prediction(**asked).run()


@program.command(short_help="Show every layer's formula and values.")
@click.argument("source")
@click.option(
    "--input",
    "-i",
    "data",
    metavar="FILE",
    help="The rows: .npy, .npz, .csv, .tsv or .json; without it, a sample is drawn.",
)
@_options("columns", "weights", "activations", "replace")
@click.option("--full", is_flag=True, help="Print all values, not only the first ones.")
@_options("force", "limit", "latex", "json")
@click.option("--out", "-o", metavar="FILE.npz", help="Write every layer's values to a file.")
@click.option(
    "--compare",
    metavar="FILE",
    help="Your own values, of every layer or of the last: .npz, .npy, .csv or .json.",
)
def trace(**asked: Any) -> int:
    """Show what every layer of SOURCE computes, as mathematics and in numbers.

    With --compare, say at which layer your own program's values part from these, and which of the
    classical mistakes gives exactly yours. Exit code 1 where they differ.
    """
    from keronyx.cli.trace import Tracing  # noqa: PLC0415

    return Tracing(**asked).run()


@program.command(short_help="Write a Keras file as source code.")
@click.argument("source")
@click.option(
    "--to", metavar="LANGUAGE", required=True, help="c, cpp, csharp, python or javascript."
)
@click.option("--output", "-o", metavar="FILE", help="By default beside SOURCE.")
@click.option("--name", default="", help="What the code calls itself, by default as the model.")
@click.option("--double", is_flag=True, help="Compute in 64 bits instead of 32.")
@click.option("--weights-file", metavar="FILE", help="Write the weights to one binary file beside.")
@click.option("--pure", is_flag=True, help="Python with its standard library alone.")
@_options("weights", "activations", "replace", "force", "limit", "quiet")
def code(**asked: Any) -> int:
    """Write SOURCE, a Keras file, as one source file that needs nothing to build or run.

    It has a function that predicts a row, one for a batch, and a self-test on recorded rows.
    """
    from keronyx.cli.code import Printing  # noqa: PLC0415

    return Printing(**asked).run()


@program.command(short_help="Write a project that runs the model in another language.")
@click.argument("source")
@click.option("--to", required=True, metavar="HOST", help="cpp, csharp, node or web.")
@click.option("--output", "-o", required=True, metavar="FOLDER", help="A new folder.")
@click.option("--name", default="", help="What the project calls the model.")
@click.option(
    "--shape",
    multiple=True,
    metavar="NAME=SIZES",
    help="The shape of an input's rows, where the model leaves it open.",
)
@click.option("--classes", metavar="NAMES", help="What the outputs' values are called, or a FILE.")
@_options("columns", "weights", "activations", "replace", "limit", "quiet")
@click.option("--opset", type=int, default=17, show_default=True, help="ONNX operator set.")
def host(**asked: Any) -> int:
    """Write a project that runs SOURCE in onnxruntime: in C++, C#, Node.js or the browser.

    SOURCE is a Keras file, which is converted and checked, or an ONNX model of ours. The project
    builds as it is, reads rows from CSV files, and proves itself on recorded rows.
    """
    from keronyx.cli.host import Hosting  # noqa: PLC0415

    return Hosting(**asked).run()


@program.command(short_help="List what is supported.")
@click.argument("name", required=False)
@_options("json")
def layers(**asked: Any) -> int:
    """List the layers and activations that are supported.

    With NAME, tell its options, its variables, its older names, and what of it is refused.
    """
    from keronyx.cli.catalogue import run_layers  # noqa: PLC0415

    return run_layers(**asked)
