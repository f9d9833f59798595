"""Captions as HTML, from the same files that Snakemake's report shows: reStructuredText with placeholders of Jinja."""

import re

from docutils.core import publish_parts
from jinja2 import Environment, StrictUndefined

from facelrp.faces.rating_scales import PAPER

#: Neither files nor the reader's own configuration of docutils change what a caption says.
SETTINGS = {
    "_disable_config": True,
    "file_insertion_enabled": False,
    "raw_enabled": False,
    "halt_level": 3,
    "report_level": 3,
    "warning_stream": False,
    "smart_quotes": False,
}

PLACEHOLDERS = Environment(undefined=StrictUndefined)


def rst_as_html(text):
    """Return reStructuredText as HTML, without a frame.

    Raises
    ------
    docutils.utils.SystemMessage
        If the text is no correct reStructuredText.
    """
    return publish_parts(text, writer="html5", settings_overrides=SETTINGS)["fragment"].strip()


def caption_as_html(text, shown=None, redrawn=False, scale=PAPER):
    """Return a caption as HTML.

    Parameters
    ----------
    text : str
        The caption's file. What it includes from findings is left out: the article has them in the text.
    shown : dict of {str: str}, optional
        What the figure shows: base, mode, attribute, set, as far as it has them.
    redrawn : bool
        Whether effects of parts are known from faces that were drawn again.
    scale : facelrp.faces.rating_scales.RatingScale
        That of the ratings.

    Returns
    -------
    str
    """
    # Names such as happy_ would be links.
    shown = {key: re.sub(r"([*`|_\\])", r"\\\1", value) for key, value in (shown or {}).items()}
    described = {
        "params": shown | {"network": shown, "scale": [scale.lowest, scale.highest]},
        "wildcards": shown,
        "input": {"interventions": redrawn},
    }
    return rst_as_html(PLACEHOLDERS.from_string(text).render(snakemake=described, files=[]))
