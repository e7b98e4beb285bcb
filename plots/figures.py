"""What all pictures for print have in common: their look, and how one becomes a file. Draws nothing itself.

Sizes are in inches, so that a picture set at its natural size, or at half of it, has letters that can be
read. Colours are Okabe and Ito's, which people with any kind of colour blindness tell apart; marks differ,
too.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..transcripts.errors import ConfigError

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure

__all__ = [
    "FORMATS",
    "GRAY",
    "INK",
    "MARKERS",
    "PALETTE",
    "RIGHT",
    "TEXT_WIDTH",
    "WRONG",
    "kind_of",
    "save",
    "style",
    "write_title",
]

FORMATS = ("svg", "pdf", "png")
"""Endings of the files that a picture can be saved to."""

TEXT_WIDTH = 6.3
"""Inches of a page's text across A4 or letter."""

INK, GRAY = "#1f2933", "#7b8794"
RIGHT, WRONG = "#0072b2", "#d55e00"
"""Of what is right and what is wrong: blue and vermilion, since many people cannot tell green from red."""

PALETTE = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#000000")
MARKERS = "osD^vPX"
"""One for each colour."""

_STYLE: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 8,
    "axes.titlesize": 8.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GRAY,
    "axes.linewidth": 0.7,
    "axes.labelcolor": INK,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e4e7eb",
    "grid.linewidth": 0.7,
    "text.color": INK,
    "xtick.color": "#3e4c59",
    "ytick.color": "#3e4c59",
    "legend.frameon": False,
    "pdf.fonttype": 42,  # whole TrueType fonts, which journals take; SVG holds letters as outlines
    "svg.fonttype": "path",
    "svg.hashsalt": "schoolroom",  # names inside the file follow from what is drawn
}


@contextmanager
def style() -> Iterator[None]:
    """The look of all pictures, for what is drawn and saved inside."""
    import matplotlib

    with matplotlib.rc_context(_STYLE):
        yield


def kind_of(path: Path) -> str:
    """Which of `FORMATS` the ending of a file's name asks for.

    Raises:
        ConfigError: none of them.
    """
    kind = path.suffix.removeprefix(".").lower()
    if kind not in FORMATS:
        raise ConfigError(
            f"'{path.name}' names no kind of picture; let the file's name end in .{', .'.join(FORMATS)}."
        )
    return kind


def write_title(figure: "Figure", title: str, handles: "Sequence[Artist]" = ()) -> None:
    """Write a picture's title above it, and what its marks mean in a line below that."""
    figure.legend(
        handles=handles,
        title=title,
        title_fontproperties={"size": 9.5, "weight": "bold"},
        alignment="left",
        loc="outside upper left",
        ncols=max(len(handles), 1),
        fontsize=7,
        borderaxespad=0.1,
        borderpad=0.1,
        handlelength=1.6,
        handletextpad=0.4,
        columnspacing=1.2,
    )


def save(figure: "Figure", path: Path, title: str) -> Path:
    """Save a picture; the same picture gives the same file.

    Args:
        figure: What was drawn.
        path: Its ending says which kind of file.
        title: What it shows, for the file's own title: programs that read pages aloud say it.

    Raises:
        ConfigError: another ending, or a file that cannot be written.
    """
    kind = kind_of(path)
    # No date, and no version of the program that drew it.
    undated: dict[str, Any] = {
        "png": {"Software": None},
        "svg": {"Date": None, "Creator": None},
        "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    }[kind]
    try:
        with style():
            figure.savefig(
                path, format=kind, dpi=200, metadata={"Title": title, **undated}, facecolor="white"
            )
    except OSError as error:
        raise ConfigError(f"the picture cannot be written to '{path}': {error.strerror}.") from None
    return path
