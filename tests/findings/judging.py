"""One claim, judged by made measurements."""

import measurements as made

from facelrp.findings.claim import findings
from facelrp.findings.claims import CLAIMS


def finding(text, settings=made.SETTINGS, left_out=frozenset(), **tables):
    """Return the finding of the one claim whose text begins with ``text``, alone in its family."""
    (claim,) = [claim for claim in CLAIMS if claim.text.startswith(text)]
    return findings([claim], tables, settings, left_out)[0]


def verdict(text, **tables):
    return finding(text, **tables)["verdict"]
