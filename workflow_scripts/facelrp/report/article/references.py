"""References of an article, from the citation file of this software (CITATION.cff, the citation file format 1.2)."""


def entry(work):
    """Return a work as text in parts: authors and year, title, where it appeared, and its address or nothing.

    Parameters
    ----------
    work : dict
        A reference of a citation file.

    Returns
    -------
    dict of {str: str}
    """
    where = work.get("collection-title") or work.get("journal", "")
    if work.get("volume"):
        where += f" {work['volume']}" + (f"({work['issue']})" if work.get("issue") else "")
    if work.get("start"):
        where += f", {work['start']}"
    link = f"https://doi.org/{work['doi']}" if work.get("doi") else work.get("url", "")
    return {
        "authors": names(work["authors"]),
        "year": str(work["year"]),
        "title": work["title"],
        "where": where,
        "link": link,
        "notes": work.get("notes", "").rstrip("."),
    }


def names(authors):
    """Return authors as text: family names with initials, "&" before the last."""
    listed = [
        author.get("name") or f"{author['family-names']}, {initials(author['given-names'])}" for author in authors
    ]
    return listed[0] if len(listed) == 1 else f"{', '.join(listed[:-1])} & {listed[-1]}"


def initials(given):
    """Return the initials of given names: "Klaus-Robert" becomes "K.-R."."""
    return " ".join("-".join(f"{part[0]}." for part in name.split("-")) for name in given.split())


def entries(citation, used):
    """Return the references of a citation file in the order of their authors, see `entry`.

    Parameters
    ----------
    citation : dict
        Works with keywords are cited only where one of these is used: names of datasets, or of the detector of faces.
    used : set of str
    """
    cited = [work for work in citation["references"] if used.intersection(work.get("keywords", used))]
    return sorted(map(entry, cited), key=lambda work: (work["authors"], work["year"]))
