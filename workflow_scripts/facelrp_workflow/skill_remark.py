"""What figures say of networks that predict no better than the mean rating."""

from facelrp.statistics.better_than_mean import NO, better_than_mean
from facelrp_workflow.files import read_table

#: What is said of one network. That it is no better is not shown; that it is better is not, either.
NO_BETTER = "predicts no better than the mean rating, as far as the test faces tell"


def answers(files, attributes):
    """Return whether networks predict better than the mean rating, see `facelrp.statistics.better_than_mean`.

    Parameters
    ----------
    files : object
        A job's inputs, those of ``known_skill`` (rules/inputs.smk) among them: ``predictions`` of each network,
        ``known_ratings``, which hold what people say of each attribute, and ``rated_split``.
    attributes : list of str
        What each network predicts.

    Returns
    -------
    list of str
    """
    split = read_table(files.rated_split)
    train = set(split["face_id"][split["split"] == "train"])
    means = {}
    for path in files.known_ratings:
        ratings = read_table(path).set_index("face_id")
        means |= ratings[ratings.index.isin(train)].mean(numeric_only=True)
    tables = [read_table(path) for path in files.predictions]
    return [
        better_than_mean(table["rating"], table["prediction"], means[attribute])
        for table, attribute in zip(tables, attributes, strict=True)
    ]


def skill_remark(files, attributes, names=("",)):
    """Return what a figure must say of its networks: "" if all predict better than the mean rating.

    Parameters
    ----------
    files, attributes
        See `answers`.
    names : sequence of str
        By which the figure tells its networks apart.
    """
    unable = [name for name, answer in zip(names, answers(files, attributes), strict=True) if answer == NO]
    if not unable:
        return ""
    if len(names) == 1:
        return f"this network {NO_BETTER}"
    return f"{' and '.join(unable)}: {'this network' if len(unable) == 1 else 'each of these networks'} {NO_BETTER}"
