"""Scale bars drawn as SVG over a picture."""

from __future__ import annotations

from dataclasses import dataclass

from nanosieve.legend import round_bar, round_length


@dataclass(frozen=True)
class ScaleBar:
    """A bar of round length.

    Attributes
    ----------
    length : in px of the picture that it lies on
    text : ``"100 nm"``, or ``"50 px"`` (of the micrograph) where there is no scale
    """

    length: float
    text: str


def bar_for(width: float, zoom: float, x_nm: float | None, share: float) -> ScaleBar:
    """The longest round bar that takes at most a share of the width.

    Parameters
    ----------
    width : of the picture, in its own px
    zoom : px of the picture along one px of the micrograph
    x_nm : size of a pixel of the micrograph along the row; None for a bar in px
    """
    longest_px = share * width / zoom
    if x_nm is None:
        length_px = round_length(longest_px)
        return ScaleBar(length_px * zoom, f"{length_px:g} px")
    length_px, text = round_bar(x_nm, longest_px)
    return ScaleBar(length_px * zoom, text)
