"""The claims of the paper, each with the rule by which a table decides on it.

A claim is a function whose arguments name the tables it needs, see `facelrp.report.verdicts.Claim`. To add one: write
the function below, and give its table to the rule ``write_findings``.
"""

from facelrp.report.verdicts import CannotBeTestedError, Claim, Q, interval, of
from facelrp.statistics.inference import bootstrap_interval, share_interval
from facelrp.statistics.summary import ALL

#: In the order of the paper.
CLAIMS = []

#: Of the 8 points from 1 to 9: an improvement of Table 1 below it is called small.
SMALL = 0.1

#: Differences over fewer networks say nothing of others.
FEWEST = 5

#: The smallest and the largest error of the paper's Table 1, in points.
PAPER_MAE = (0.29, 0.52)


def claim(section, text, rule):
    """Enter a judging function among the `CLAIMS`."""

    def enter(judge):
        CLAIMS.append(Claim(section, text, rule, judge))
        return judge

    return enter


def count(kept):
    """Return how many of how many are True, as text."""
    return f"{int(kept.sum())} of {len(kept)}"


def tally(parts):
    """Return how often each part occurs, the most frequent first, as text."""
    return ", ".join(f"{part} ({number})" for part, number in parts.value_counts().items())


def over_networks(lines, column, digits=2, percent=False):
    """Return the range of a column over networks, as text."""
    form = f"{{:+.{digits}{'%' if percent else 'f'}}}"
    return f"{form.format(lines[column].min())} to {form.format(lines[column].max())}"


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
    return below_zero(of(comparisons, factor="mode"))


@claim(
    "3.2, Table 1",
    "For attractiveness, retraining all layers improves little on the dense layers alone",
    f"if in each base model no improvement above {SMALL} points lies within the interval",
)
def attractiveness_gains_little(comparisons, attractiveness):
    lines = of(comparisons, factor="mode", attribute=attractiveness)
    each = (f"{one.first.split()[0]} {interval(one.difference, one.low, one.high)}" for one in lines.itertuples())
    return bool((lines["low"] > -SMALL).all()), f"{attractiveness}: error, full − dense, points: {', '.join(each)}"


@claim(
    "3.2, Table 1",
    "Networks made from the age base model predict ratings better than those made from the gender base model",
    "if the mean of errors, age − gender, over all attributes and modes lies below zero with its whole interval",
)
def age_beats_gender(comparisons):
    lines = of(comparisons, factor="base")
    pairs = lines["first"].str.split().str[0] + " " + lines["second"].str.split().str[0]
    # Which of the two is the second depends on the order of the experiment's base models.
    found, turned = lines[pairs == "gender age"], lines[pairs == "age gender"]
    if found.empty:
        found = turned.assign(difference=-turned["difference"], low=-turned["high"], high=-turned["low"])
    if found.empty:
        raise CannotBeTestedError("the base models are not age and gender")
    return below_zero(found)


def below_zero(lines):
    """Whether differences of errors lie below zero on the whole, with the numbers as text."""
    whole, each = of(lines, attribute=ALL).iloc[0], lines[lines["attribute"] != ALL]
    better = ((each["difference"] < 0) & (each["q"] < Q)).sum()
    worse = ((each["difference"] > 0) & (each["q"] < Q)).sum()
    mean = interval(whole["difference"], whole["low"], whole["high"], 3)
    text = f"{mean} points; of {len(each)} comparisons {better} better, {worse} worse (q < {Q})"
    return bool(whole["high"] < 0), text


@claim(
    "3.2, Figure 2",
    "The age base model picks up more details of the face, the gender base model more of its outline",
    "if the share of positive relevance on inner parts is larger in age's own heatmaps, the two intervals apart",
)
def age_sees_more_details(aptitude):
    lines = of(aptitude, mode="base").set_index("base")
    if not {"age", "gender"} <= set(lines.index):
        raise CannotBeTestedError("the base models are not age and gender")
    age, gender = lines.loc["age"], lines.loc["gender"]
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
    lines = of(aptitude_correlation, of="base", measure="effective_pixels")
    count, total = lines["richest_is_fastest"].sum(), lines["attributes"].sum()
    if not (total and (lines["base_models"] == 2).all()):
        raise CannotBeTestedError("there are not two base models whose networks' errors fell")
    low, high = share_interval(count, total)
    share = interval(count / total, low, high, 0, sign=False, percent=True)
    return bool(low > 0.5), f"in {count} of {total} attributes and modes: {share}"


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
    lines = of(pair_scores, attribute=expression)
    best = lines.loc[lines["higher"].idxmax()]
    share = interval(best.higher, best.higher_low, best.higher_high, 0, sign=False, percent=True)
    text = f"{over_networks(lines, 'difference', 1)} points; higher for up to {share} of people"
    return bool((lines["low"] > 0).all()), text


def more_relevant(pairs, expression, part):
    """Whether a part's share of positive relevance is larger in the happy face in every network of the attribute."""
    lines = of(pairs, attribute=expression, part=part)
    found = (lines["difference"] > 0) & (lines["q"] < Q)
    text = (
        f"share of positive relevance {over_networks(100 * lines[['difference']], 'difference', 1)} percentage points"
    )
    return bool(found.all()), f"{text}; q < {Q} in {count(found)} networks"


MORE = f"if in each network of the attribute the part's share of positive relevance is larger with q < {Q}"


@claim("3.4, Figure 4 (c)", "The mouth, smile and teeth, is more relevant in the happy face", MORE)
def mouth_is_more_relevant(pairs, expression):
    return more_relevant(pairs, expression, "mouth")


@claim("3.4, Figure 4 (b)", "The cheeks, with their dimples, are more relevant in the happy face", MORE)
def cheeks_are_more_relevant(pairs, expression):
    return more_relevant(pairs, expression, "cheeks")


@claim("3.4, Figure 4 (b)", "The nose, with wider nostrils, is more relevant in the happy face", MORE)
def nose_is_more_relevant(pairs, expression):
    return more_relevant(pairs, expression, "nose")


@claim("3.4, Figure 4 (a)", "The brows are more relevant in the happy face", MORE)
def brows_are_more_relevant(pairs, expression):
    return more_relevant(pairs, expression, "brows")


@claim(
    "3.4",
    "Of all parts, the mouth tells the happy from the other face most",
    f"if in each network of the attribute no part has a larger difference of its share, with q < {Q}",
)
def mouth_differs_most(pairs, expression):
    lines = of(pairs, attribute=expression)
    networks = lines.groupby(["base", "mode", "against"])
    largest = lines.loc[networks["difference"].idxmax()]
    of_all = lines.loc[networks["relevance_difference"].idxmax(), "part"]
    text = f"largest difference: {tally(largest['part'])} of {len(largest)} networks"
    kept = (largest["part"] == "mouth") & (largest["q"] < Q)
    return bool(kept.all()), f"{text} (q < {Q} in {count(largest['q'] < Q)}); of relevance in points: {tally(of_all)}"


def of_happy_faces(occlusion, expression, **columns):
    """The lines of what was painted over in faces rated above the middle, of which there must be two to judge by."""
    lines = of(occlusion, attribute=expression, **columns)
    lines = lines[lines["faces_of_high"] > 1]
    if lines.empty:
        raise CannotBeTestedError(f"fewer than two test faces are rated above the middle ({expression})")
    return lines


@claim(
    "3.7, Figure 7",
    "Occluding the mouth lowers the happiness of happy faces",
    "if in each network of the attribute the mean change of happy faces lies below zero with its whole interval",
)
def mouth_lowers_happiness(occlusion, expression):
    lines = of_happy_faces(occlusion, expression, part="mouth")
    falls = f"{lines['falls_of_high'].min():.0%} to {lines['falls_of_high'].max():.0%}"
    text = f"{over_networks(lines, 'change_of_high')} points; falls for {falls} of happy faces"
    return bool((lines["high_of_high"] < 0).all()), text


@claim(
    "3.7, Figure 7",
    "Only the mouth lowers happiness when it is occluded",
    "if in each network of the attribute happy faces' mean change lies below zero, wholly, for the mouth alone",
)
def only_mouth_lowers_happiness(occlusion, expression):
    lines = of_happy_faces(occlusion, expression)
    mouths, others = of(lines, part="mouth"), lines[~lines["part"].isin(["mouth", "control"])]
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
    lines = of_happy_faces(occlusion, expression)
    mouths, control = of(lines, part="mouth"), of(lines, part="control")
    lowest = lines.loc[lines.groupby(["base", "mode"])["change_of_high"].idxmin(), "part"]
    patch = f"the control's patch: {over_networks(control, 'change_of_high')} points"
    text = f"lowest: {tally(lowest)} of {len(lowest)} networks; {patch}"
    return bool((lowest == "mouth").all() and (mouths["change_of_high"] < 0).all()), text


@claim(
    "3.7, Figure 7",
    "Occluding both eyes does not lower happiness",
    "if in no network of the attribute the mean change of happy faces lies below zero with its whole interval",
)
def eyes_do_not_lower_happiness(occlusion, expression):
    lines = of_happy_faces(occlusion, expression, part="eyes")
    text = f"{over_networks(lines, 'change_of_high')} points; lower in {count(lines['high_of_high'] < 0)} networks"
    return bool((lines["high_of_high"] >= 0).all()), text


@claim(
    "3.7",
    "Removing the eyes sometimes even raises happiness",
    "if in each network of the attribute it does so for more than one happy face in twenty, with the whole interval",
)
def eyes_sometimes_raise_happiness(occlusion, expression):
    lines = of_happy_faces(occlusion, expression, part="eyes")
    text = f"rises for {lines['rises_of_high'].min():.0%} to {lines['rises_of_high'].max():.0%} of happy faces"
    return bool((lines["rises_of_high_low"] > 0.05).all()), text


@claim(
    "3.7, Figure 7",
    "Relevance in the region of the mouth drops when the mouth is occluded",
    "if in each network of the attribute its mean change in happy faces lies below zero with its whole interval",
)
def relevance_of_the_mouth_drops(occlusion, expression):
    lines = of_happy_faces(occlusion, expression, part="mouth")
    if lines["explained_of_high"].min() < 2:
        raise CannotBeTestedError("of a network fewer than two happy faces were explained, see occlusion/explained")
    drops = lines["relevance_change_high_of_high"] < 0
    change = over_networks(lines, "relevance_change_of_high", 3)
    before, after = lines["share_before_of_high"].mean(), lines["share_after_of_high"].mean()
    text = f"{change} of f(x), lower in {count(drops)} networks; share of positive relevance {before:.1%} before"
    return bool(drops.all()), f"{text}, {after:.1%} after (mean)"
