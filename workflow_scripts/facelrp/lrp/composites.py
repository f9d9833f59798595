"""The choice of a rule for each layer, and rules by the names they have in a configuration file."""

from collections.abc import Mapping
from dataclasses import dataclass
from inspect import signature
from pkgutil import resolve_name

from facelrp.errors import InputError
from facelrp.lrp.protocols import Rule
from facelrp.lrp.rules import AlphaBeta, Box, Epsilon, Gamma

#: The location of each rule by its name in a configuration. To add a rule, write its module and add a line here.
RULES = {
    "alpha_beta": "facelrp.lrp.rules:AlphaBeta",
    "epsilon": "facelrp.lrp.rules:Epsilon",
    "gamma": "facelrp.lrp.rules:Gamma",
    "w_square": "facelrp.lrp.rules:WSquare",
    "flat": "facelrp.lrp.rules:Flat",
    "zb": "facelrp.lrp.rules:Box",
}

#: The parameters of composites in a configuration, beside their names, see `facelrp_workflow.choices`.
OPTIONS = {
    "composite": {
        "title": "A rule for each group of layers",
        "description": "Rules for the first layer, the convolutions and the dense layers.",
        "required": ["conv", "dense"],
        "properties": {
            "first": {
                "description": "Rule of the first layer; by default that of the other layers of its type.",
                "$ref": "#/$defs/rule_of_first",
            },
            "conv": {"description": "Rule of the convolutions.", "$ref": "#/$defs/rule_of_layers"},
            "dense": {"description": "Rule of the dense layers.", "$ref": "#/$defs/rule_of_layers"},
            "add": {"$ref": "#/$defs/add"},
            "attention": {"$ref": "#/$defs/attention"},
        },
    },
    "references": {
        "title": "Comparison with references",
        "description": "What sets a face apart from faces of the training set: f(x) − mean f(x′).",
    },
    "modern": {
        "title": "zB first, alpha-beta in convolutions, epsilon in dense layers",
        "description": "The conventional composite.",
        "properties": {
            "low": {"$ref": "#/$defs/low"},
            "high": {"$ref": "#/$defs/high"},
            "alpha": {"$ref": "#/$defs/alpha"},
            "beta": {"$ref": "#/$defs/beta"},
            "epsilon": {"$ref": "#/$defs/stabiliser"},
        },
    },
    "residual": {
        "title": "Alpha-beta in convolutions, epsilon in dense layers, sums by size",
        "description": "For residual networks such as ResNet.",
        "properties": {
            "alpha": {"$ref": "#/$defs/alpha"},
            "beta": {"$ref": "#/$defs/beta"},
            "epsilon": {"$ref": "#/$defs/stabiliser"},
            "add": {"$ref": "#/$defs/add"},
        },
    },
    "transformer": {
        "title": "Gamma in all layers, attention by CP or AttnLRP",
        "description": "For transformers such as ViT.",
        "properties": {
            "conv": {
                "description": "γ of the convolutions; 0.25 by default.",
                "type": "number",
                "minimum": 0,
            },
            "dense": {
                "description": "γ of the dense layers; 0.05 by default.",
                "type": "number",
                "minimum": 0,
            },
            "add": {"$ref": "#/$defs/add"},
            "attention": {"$ref": "#/$defs/attention"},
        },
    },
}


@dataclass(frozen=True)
class Composite:
    """A rule for each group of layers.

    Parameters
    ----------
    conv, dense : Rule
        The rule of all convolutions and of all dense layers.
    first : Rule, optional
        The rule of the network's first layer with weights; by default that of the other layers of its type.
    add, attention : str, optional
        How relevance passes sums and attention; an `Explainer` may be given others.
    """

    conv: Rule
    dense: Rule
    first: Rule | None = None
    add: str | None = None
    attention: str | None = None

    def rule_for(self, is_first, is_dense):
        """Return the rule of a layer, by whether it is the first with weights and whether it is dense."""
        if is_first and self.first is not None:
            return self.first
        return self.dense if is_dense else self.conv


def modern(low, high, alpha=1.0, beta=0.0, epsilon=1e-6):
    """Build the conventional composite: zᴮ in the first layer, αβ in convolutions, ε in dense layers.

    Montavon et al. (2019), *Layer-wise relevance propagation: an overview*, and Kohlbrenner et al. (2020).

    Parameters
    ----------
    low, high : float or tuple of float
        The lowest and highest possible pixel of the network's input, see ``Box``.
    alpha, beta, epsilon : float
        See ``AlphaBeta`` and ``Epsilon``.
    """
    return Composite(conv=AlphaBeta(alpha, beta), dense=Epsilon(epsilon), first=Box(low, high))


def residual(alpha=1.0, beta=0.0, epsilon=1e-6, add="ratio"):
    """Build a composite for residual networks: αβ in convolutions, ε in dense layers.

    Each block adds what its convolutions found to what was there before. With β < 0, both have large relevance of both
    signs, which the sums of many blocks amplify unless they share it by the size of their terms (Otsuki et al. 2024).

    Parameters
    ----------
    alpha, beta, epsilon : float
        See ``AlphaBeta`` and ``Epsilon``.
    add : {"ratio", "proportional"}
        See `facelrp.lrp.joining.Addition`.

    Raises
    ------
    ValueError
        If sums share relevance in proportion to their terms and β is not 0.
    """
    if add == "proportional" and beta != 0:
        raise ValueError('with beta other than 0, relevance grows from block to block unless add="ratio"')
    return Composite(conv=AlphaBeta(alpha, beta), dense=Epsilon(epsilon), add=add)


def transformer(conv=0.25, dense=0.05, add="ratio", attention="cp"):
    """Build a composite for transformers: γ, stronger where the patches are embedded than in dense layers.

    With ε alone, terms that almost cancel in the many dense layers amplify relevance to noise (Achtibat et al. 2024,
    appendix B.2). Holding attention constant (Ali et al. 2022) conserves relevance.

    Parameters
    ----------
    conv, dense : float
        γ of convolutions and of dense layers, see ``Gamma``.
    add : {"ratio", "proportional"}
        See `facelrp.lrp.joining.Addition`.
    attention : {"cp", "attnlrp"}
        See `facelrp.lrp.attention`.
    """
    return Composite(conv=Gamma(conv), dense=Gamma(dense), add=add, attention=attention)


#: Named composites: functions of their free parameters.
COMPOSITES = {"modern": modern, "residual": residual, "transformer": transformer}


def rule_class(name):
    """Return the class of a single rule by its name in `RULES`."""
    return resolve_name(RULES[name])


def rule_from_config(config, pixel_range=None):
    """Make a rule or a composite from its description in a configuration file.

    Parameters
    ----------
    config : mapping or str
        ``name`` is a key of ``RULES`` or ``COMPOSITES``, or "composite". The other keys are the parameters of that
        rule; for "composite" they are the descriptions of the rules ``conv``, ``dense`` and (optionally) ``first``,
        and ``add`` and ``attention``. A string is short for a mapping with only this name.
    pixel_range : tuple (low, high), optional
        The range of the network's input, for zᴮ rules without ``low`` or ``high``; each is one number, or one for each
        channel.

    Returns
    -------
    Rule or Composite

    Raises
    ------
    facelrp.errors.InputError
        If the name or a key is unknown, a key is missing, or a value is not allowed.

    Examples
    --------
    >>> rule_from_config({"name": "alpha_beta", "alpha": 2, "beta": -1})
    AlphaBeta(alpha=2, beta=-1, bias=True, renormalise=False, strict=True)
    """
    if not isinstance(config, str | Mapping):
        raise InputError(f"{config!r} describes no LRP rule", "rule", 'write {"name": …} and its parameters')
    options = {"name": config} if isinstance(config, str) else dict(config)
    name = options.pop("name", None)
    known = [*RULES, "composite", *COMPOSITES]
    if name == "references":
        raise InputError("'references' is no rule by itself", "rule", "use facelrp.lrp.ReferenceExplainer")
    if name not in known:
        raise InputError(f"there is no LRP rule {name!r}", "rule", f"choose a name from {', '.join(known)}")
    make = Composite if name == "composite" else COMPOSITES.get(name) or rule_class(name)
    keys = list(signature(make).parameters)
    unknown = sorted(set(options) - set(keys))
    if unknown:
        allowed = f"it takes {', '.join(keys)}" if keys else "it takes no parameters"
        raise InputError(f"the LRP rule {name!r} has no parameter {', '.join(map(repr, unknown))}", "rule", allowed)
    if name == "composite":
        options = {
            key: value if key in ("add", "attention") else rule_from_config(value, pixel_range)
            for key, value in options.items()
            if value is not None
        }
    elif "low" in keys and pixel_range is not None:
        options = {**dict(zip(("low", "high"), pixel_range, strict=True)), **options}
    options = {key: tuple(value) if isinstance(value, list) else value for key, value in options.items()}
    try:
        return make(**options)
    except (TypeError, ValueError) as error:
        raise InputError(f"the LRP rule {name!r} cannot be made", "rule", str(error)) from error
