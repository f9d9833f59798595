"""The claims of the paper, each with the rule that decides whether it holds.

Each claim has a function that judges it; the function's parameters name the tables it needs, see
`facelrp.report.verdicts.Claim`. To add a claim, write its function below and give its table to the rule
``write_findings``.
"""

from facelrp.report.verdicts import CannotBeTestedError, Claim, interval, select
from facelrp.statistics.inference import SIGNIFICANT, bootstrap_interval, share_interval
from facelrp.statistics.summary import ALL

#: In the order of the paper.
CLAIMS = []

#: Improvements in Table 1 up to this are small, in points of the 1–9 scale.
SMALL = 0.1

#: Differences over fewer networks do not generalise to others.
FEWEST = 5

#: "Sometimes": for more than one face in twenty.
SOMETIMES = 0.05

#: The smallest and the largest error of the paper's Table 1, in points.
PAPER_MAE = (0.29, 0.52)


def claim(section, text, rule):
    """Return a decorator that adds a claim and the function that judges it to `CLAIMS`."""

    def add(judge):
        CLAIMS.append(Claim(section, text, rule, judge))
        return judge

    return add


def count(kept):
    """Return how many values are True, and of how many, as text."""
    return f"{int(kept.sum())} of {len(kept)}"


def tally(parts):
    """Return how often each part occurs, the most frequent first, as text."""
    return ", ".join(f"{part} ({number})" for part, number in parts.value_counts().items())


def over_networks(rows, column, digits=2, percent=False):
    """Return the range of a column over networks, as text."""
    form = f"{{:+.{digits}{'%' if percent else 'f'}}}"
    return f"{form.format(rows[column].min())} to {form.format(rows[column].max())}"


@claim(
    "2, eq. 1",
    "The relevance of all pixels adds up to the network's output",
    "if in each network the median over faces of the pixels' sum, as a share of f(x), is 1 within 0.1 %",
)
def relevance_is_conserved(conservation):
    share = conservation["median_relevance_share"]
    return bool(((share - 1).abs() <= 1e-3).all()), f"ΣR / f(x) is {share.min():.4f} to {share.max():.4f}"


@claim(
    "3.2, Table 1",
    f"The networks' mean absolute errors are {PAPER_MAE[0]} to {PAPER_MAE[1]} points of the 1–9 scale",
    f"if no network errs by more than the worst of the paper, {PAPER_MAE[1]} points",
)
def errors_are_small(table1):
    found, baseline = (f"{table1[one].min():.2f} to {table1[one].max():.2f}" for one in ("mae", "mae_baseline"))
    return bool((table1["mae"] <= PAPER_MAE[1]).all()), f"{found} points; of always answering the mean: {baseline}"


@claim(
    "3.2, Table 1",
    "Retraining all layers predicts ratings better than retraining the dense layers alone",
    "if the mean difference of errors over all attributes and base models lies below zero with its whole interval",
)
def full_beats_dense(comparisons):
    return below_zero(select(comparisons, factor="mode"))


@claim(
    "3.2, Table 1",
    "For attractiveness, retraining all layers improves little on the dense layers alone",
    f"if in each base model no improvement above {SMALL} points lies within the interval",
)
def attractiveness_gains_little(comparisons, attractiveness):
    rows = select(comparisons, factor="mode", attribute=attractiveness)
    each = (f"{one.first.split()[0]} {interval(one.difference, one.low, one.high)}" for one in rows.itertuples())
    return bool((rows["low"] > -SMALL).all()), f"{attractiveness}: error, full − dense, points: {', '.join(each)}"


@claim(
    "3.2, Table 1",
    "Networks made from the age base model predict ratings better than those made from the gender base model",
    "if the mean of errors, age − gender, over all attributes and modes lies below zero with its whole interval",
)
def age_beats_gender(comparisons):
    rows = select(comparisons, factor="base")
    pairs = rows["first"].str.split().str[0] + " " + rows["second"].str.split().str[0]
    # The order of the experiment's base models decides which of the two comes second.
    found, turned = rows[pairs == "gender age"], rows[pairs == "age gender"]
    if found.empty:
        found = turned.assign(difference=-turned["difference"], low=-turned["high"], high=-turned["low"])
    if found.empty:
        raise CannotBeTestedError("the base models are not age and gender")
    return below_zero(found)


def below_zero(rows):
    """Return whether the mean difference of errors is below zero with its whole interval, and the numbers as text."""
    whole, each = select(rows, attribute=ALL).iloc[0], rows[rows["attribute"] != ALL]
    better = ((each["difference"] < 0) & (each["q"] < SIGNIFICANT)).sum()
    worse = ((each["difference"] > 0) & (each["q"] < SIGNIFICANT)).sum()
    mean = interval(whole["difference"], whole["low"], whole["high"], 3)
    text = f"{mean} points; of {len(each)} comparisons {better} better, {worse} worse (q < {SIGNIFICANT})"
    return bool(whole["high"] < 0), text


@claim(
    "3.2, Figure 2",
    "The age base model picks up more details of the face, the gender base model more of its outline",
    "if the share of positive relevance on inner parts is larger in age's own heatmaps, the two intervals apart",
)
def age_sees_more_details(aptitude):
    rows = select(aptitude, mode="base").set_index("base")
    if not {"age", "gender"} <= set(rows.index):
        raise CannotBeTestedError("the base models are not age and gender")
    age, gender = rows.loc["age"], rows.loc["gender"]
    shares = (
        f"{name} {interval(one.inner_share, one.inner_share_low, one.inner_share_high, 0, sign=False, percent=True)}"
        for name, one in (("age", age), ("gender", gender))
    )
    return bool(age.inner_share_low > gender.inner_share_high), f"share on inner parts: {', '.join(shares)}"


@claim(
    "3.3",
    "Of two base models, the one whose heatmaps show more features learns faster",
    "if so in more than half of the attributes and modes, with the whole interval, by the number of effective pixels",
)
def richer_learns_faster(aptitude_correlation):
    rows = select(aptitude_correlation, of="base", measure="effective_pixels")
    fastest, total = rows["richest_is_fastest"].sum(), rows["attributes"].sum()
    if not (total and (rows["base_models"] == 2).all()):
        raise CannotBeTestedError("there are not two base models whose networks' errors fell")
    low, high = share_interval(fastest, total)
    share = interval(fastest / total, low, high, 0, sign=False, percent=True)
    return bool(low > 0.5), f"in {fastest} of {total} attributes and modes: {share}"


@claim(
    "3.3, Figure 3",
    "The training error of networks made from the age base model falls faster than of those from the gender base model",
    "if the mean difference of the areas under the curves lies below zero with its whole interval",
)
def age_learns_faster(convergence):
    wide = convergence.pivot(index=["mode", "attribute"], columns="base", values="area")
    if not {"age", "gender"} <= set(wide):
        raise CannotBeTestedError("the base models are not age and gender")
    change = (wide["age"] - wide["gender"]).dropna()
    if len(change) < FEWEST:
        raise CannotBeTestedError(f"errors of {len(change)} networks fell, fewer than {FEWEST}, with either base model")
    low, high = bootstrap_interval(change)
    text = f"area, age − gender: {interval(change.mean(), low, high, 3)}; faster in {count(change < 0)}"
    return bool(high < 0), text


@claim(
    "3.4",
    "The network sees more happiness in the happy face of the same person",
    "if in each network of the attribute the mean difference of scores lies above zero with its whole interval",
)
def happy_faces_score_higher(pair_scores, expression):
    rows = select(pair_scores, attribute=expression)
    best = rows.loc[rows["higher"].idxmax()]
    share = interval(best.higher, best.higher_low, best.higher_high, 0, sign=False, percent=True)
    text = f"{over_networks(rows, 'difference', 1)} points; higher for up to {share} of people"
    return bool((rows["low"] > 0).all()), text


def more_relevant(section, text, part):
    """Add the claim that a part is more relevant in the happy face, judged by its share of positive relevance."""

    @claim(
        section,
        text,
        f"if in each network of the attribute the part's share of positive relevance is larger with q < {SIGNIFICANT}",
    )
    def judge(pairs, expression):
        rows = select(pairs, attribute=expression, part=part)
        found = (rows["difference"] > 0) & (rows["q"] < SIGNIFICANT)
        points = over_networks(100 * rows[["difference"]], "difference", 1)
        finding = f"share of positive relevance {points} percentage points"
        return bool(found.all()), f"{finding}; q < {SIGNIFICANT} in {count(found)} networks"


more_relevant("3.4, Figure 4 (c)", "The mouth, smile and teeth, is more relevant in the happy face", "mouth")
more_relevant("3.4, Figure 4 (b)", "The cheeks, with their dimples, are more relevant in the happy face", "cheeks")
more_relevant("3.4, Figure 4 (b)", "The nose, with wider nostrils, is more relevant in the happy face", "nose")
more_relevant("3.4, Figure 4 (a)", "The brows are more relevant in the happy face", "brows")


@claim(
    "3.4",
    "Of all parts, the mouth tells the happy from the other face most",
    f"if in each network of the attribute no part has a larger difference of its share, with q < {SIGNIFICANT}",
)
def mouth_differs_most(pairs, expression):
    rows = select(pairs, attribute=expression)
    networks = rows.groupby(["base", "mode", "against"])
    largest = rows.loc[networks["difference"].idxmax()]
    of_all = rows.loc[networks["relevance_difference"].idxmax(), "part"]
    text = f"largest difference: {tally(largest['part'])} of {len(largest)} networks"
    kept = (largest["part"] == "mouth") & (largest["q"] < SIGNIFICANT)
    return bool(
        kept.all()
    ), f"{text} (q < {SIGNIFICANT} in {count(largest['q'] < SIGNIFICANT)}); of relevance in points: {tally(of_all)}"


def select_happy_faces(occlusion, expression, **columns):
    """Return the rows of occlusions of at least two faces that are rated above the middle."""
    rows = select(occlusion, attribute=expression, **columns)
    rows = rows[rows["faces_of_high"] > 1]
    if rows.empty:
        raise CannotBeTestedError(f"fewer than two test faces are rated above the middle ({expression})")
    return rows


@claim(
    "3.7, Figure 7",
    "Occluding the mouth lowers the happiness of happy faces",
    "if in each network of the attribute the mean change of happy faces lies below zero with its whole interval",
)
def mouth_lowers_happiness(occlusion, expression):
    rows = select_happy_faces(occlusion, expression, part="mouth")
    falls = f"{rows['falls_of_high'].min():.0%} to {rows['falls_of_high'].max():.0%}"
    text = f"{over_networks(rows, 'change_of_high')} points; falls for {falls} of happy faces"
    return bool((rows["high_of_high"] < 0).all()), text


@claim(
    "3.7, Figure 7",
    "Only the mouth lowers happiness when it is occluded",
    "if in each network of the attribute happy faces' mean change lies below zero, wholly, for the mouth alone",
)
def only_mouth_lowers_happiness(occlusion, expression):
    rows = select_happy_faces(occlusion, expression)
    mouths, others = select(rows, part="mouth"), rows[~rows["part"].isin(["mouth", "control"])]
    if others.empty:
        raise CannotBeTestedError("no other part was occluded")
    lowering = others[others["high_of_high"] < 0]
    named = tally(lowering["part"]) or "none"
    text = f"other parts that lower it, in how many of {len(mouths)} networks: {named}"
    return bool((mouths["high_of_high"] < 0).all() and lowering.empty), text


@claim(
    "3.7",
    "The mouth's occlusion lowers happiness more than that of any other part",
    "if in each network of the attribute happy faces' mean change is lowest for the mouth, the control included, and "
    "below zero",
)
def mouth_lowers_happiness_most(occlusion, expression):
    rows = select_happy_faces(occlusion, expression)
    mouths, control = select(rows, part="mouth"), select(rows, part="control")
    lowest = rows.loc[rows.groupby(["base", "mode"])["change_of_high"].idxmin(), "part"]
    patch = f"the control's patch: {over_networks(control, 'change_of_high')} points"
    text = f"lowest: {tally(lowest)} of {len(lowest)} networks; {patch}"
    return bool((lowest == "mouth").all() and (mouths["change_of_high"] < 0).all()), text


@claim(
    "3.7, Figure 7",
    "Occluding both eyes does not lower happiness",
    "if in no network of the attribute the mean change of happy faces lies below zero with its whole interval",
)
def eyes_do_not_lower_happiness(occlusion, expression):
    rows = select_happy_faces(occlusion, expression, part="eyes")
    text = f"{over_networks(rows, 'change_of_high')} points; lower in {count(rows['high_of_high'] < 0)} networks"
    return bool((rows["high_of_high"] >= 0).all()), text


@claim(
    "3.7",
    "Removing the eyes sometimes even raises happiness",
    "if in each network of the attribute it does so for more than one happy face in twenty, with the whole interval",
)
def eyes_sometimes_raise_happiness(occlusion, expression):
    rows = select_happy_faces(occlusion, expression, part="eyes")
    text = f"rises for {rows['rises_of_high'].min():.0%} to {rows['rises_of_high'].max():.0%} of happy faces"
    return bool((rows["rises_of_high_low"] > SOMETIMES).all()), text


@claim(
    "3.7, Figure 7",
    "Relevance in the region of the mouth drops when the mouth is occluded",
    "if in each network of the attribute its mean change in happy faces lies below zero with its whole interval",
)
def relevance_of_the_mouth_drops(occlusion, expression):
    rows = select_happy_faces(occlusion, expression, part="mouth")
    if rows["explained_of_high"].min() < 2:
        raise CannotBeTestedError("of a network fewer than two happy faces were explained, see occlusion/explained")
    drops = rows["relevance_change_high_of_high"] < 0
    change = over_networks(rows, "relevance_change_of_high", 3)
    before, after = rows["share_before_of_high"].mean(), rows["share_after_of_high"].mean()
    text = f"{change} of f(x), lower in {count(drops)} networks; share of positive relevance {before:.1%} before"
    return bool(drops.all()), f"{text}, {after:.1%} after (mean)"
