"""The article and the report of the tiny experiment in a real browser: Chromium without a window, by Selenium."""

import re
import zipfile
from html import unescape

import pandas as pd
import pytest
from browsers import start_chromium
from PIL import Image
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait

from facelrp.findings.claims import CLAIMS

SECTIONS = [
    "1 Findings",
    "2 Relevance",
    "3 Networks",
    "4 Base models",
    "5 Convergence",
    "6 Expressions",
    "7 Heatmaps",
    "8 Occlusion",
    "9 Evaluation",
]
LABEL = "figure or table"
#: An argument of the browser.
WINDOW = "window-size=1600,1000"


class Reader:
    """A person who reads a report: clicks, and waits for the effect of each click."""

    def __init__(self, driver, path):
        self.driver = driver
        self.waiting = WebDriverWait(
            driver, 30, poll_frequency=0.05, ignored_exceptions=[StaleElementReferenceException]
        )
        driver.get(path.resolve().as_uri())
        self.until(self.menu)
        #: Each result as the page describes it, by its path: labels, mime_type, caption, data_uri.
        self.known = driver.execute_script("return results")

    def until(self, condition):
        return self.waiting.until(lambda _: condition())

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def menu(self):
        return [entry.text for entry in self.all("nav > div > div > ul > li")]

    def go_home(self):
        self.all("nav nav a")[0].click()
        self.until(lambda: "Statistics" in self.menu())

    def section(self, name):
        """Open a section; return the label texts of the results that it lists."""
        self.go_home()
        self.driver.find_element(By.LINK_TEXT, name).click()
        return self.until(self.listed)

    def listed(self):
        return [[cell.text for cell in row.find_elements(By.TAG_NAME, "td")[:-1]] for row in self.all("nav tbody tr")]

    def click(self, labels, icon):
        """Click an icon of a result in the list; return the result's path."""
        self.all(f"nav tbody tr a[iconname={icon}]")[self.listed().index(labels)].click()
        own = sorted(filter(None, labels))
        (path,) = (path for path, result in self.known.items() if sorted(result["labels"].values()) == own)
        return path

    def view(self, labels):
        """View a result of the list; return the image or the frame that shows it."""
        path = self.click(labels, "eye")
        selector = "#app > div > div:last-child :is(img, iframe)"
        script = f"return document.querySelector('{selector}')?.getAttribute('src') === results[arguments[0]].data_uri"
        self.until(lambda: self.driver.execute_script(script, path))
        return self.all(selector)[0]

    def caption(self, path):
        """Read the caption of the result that is open."""
        self.until(lambda: self.all("nav nav")[0].text.endswith(path))
        return self.all("nav li.prose")[0].text

    def errors(self):
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] == "SEVERE"]


@pytest.fixture(scope="module")
def reports(workflow, results):
    """The report in both forms: the page, and the page in the unpacked archive."""
    for form in ("zip", "html"):
        workflow.run("--report", f"report.{form}")
    with zipfile.ZipFile(workflow.folder / "report.zip") as archive:
        archive.extractall(workflow.folder / "unpacked")
    return {"html": workflow.folder / "report.html", "zip": workflow.folder / "unpacked" / "report" / "report.html"}


@pytest.fixture(scope="module", params=["html", "zip"])
def reader(request):
    """A reader who has just opened the report."""
    path = request.getfixturevalue("reports")[request.param]
    with start_chromium(WINDOW) as driver:
        yield Reader(driver, path)


def test_the_report_is_small_enough_to_send(workflow, reports):
    for form in ("zip", "html"):
        assert (workflow.folder / f"report.{form}").stat().st_size < 20e6


def test_it_opens_with_title_abstract_and_sections(reader):
    reader.go_home()
    (head,) = reader.all("#app h1.title")
    assert head.text == "What does a neural network see in a face?"
    assert head.rect["y"] >= 0  # not above the area that can be scrolled to
    assert f"Of {len(CLAIMS)} claims: " in reader.all("#app .prose")[0].text
    assert [entry for entry in reader.menu() if entry[0].isdigit()] == SECTIONS
    assert reader.errors() == []


def test_every_result_of_every_section_can_be_viewed(reader, results):
    seen = {"img": [], "iframe": []}
    for section in SECTIONS:
        for labels in reader.section(section):
            shown = reader.view(labels)
            if shown.tag_name == "img":
                width = reader.until(lambda image=shown: image.get_property("naturalWidth"))
                assert width > 600
            else:
                reader.driver.switch_to.frame(shown)
                assert reader.until(lambda: reader.all("h1"))[0].text == labels[0]
                assert reader.until(lambda: reader.all("tbody tr"))
                reader.driver.switch_to.default_content()
            seen[shown.tag_name].append(labels[0])
    # All pages but the article, which has them all, and the page of faces, which has a folder beside it.
    pages = {path.name for path in results.glob("**/*.html")} - {"article.html", "faces.html"}
    assert len(seen["iframe"]) == len(set(seen["iframe"])) == len(pages) > 10
    assert len(seen["img"]) == len(list(results.glob("figures/**/*.png"))) > 8
    assert reader.errors() == []


def test_every_result_has_a_caption_without_faults(reader):
    for result in reader.known.values():
        assert len(result["caption"]) > 80
        assert "system-message" not in result["caption"]
    in_points = [result["caption"] for result in reader.known.values() if "points of the" in result["caption"]]
    assert len(in_points) > 10
    assert all("points of the 1–9" in caption for caption in in_points)
    path = reader.click(reader.section("8 Occlusion")[0], "information-circle")
    assert "Left and right are the person's own." in reader.caption(path)


def test_captions_give_our_numbers_beside_those_of_the_paper(reader, results):
    findings = pd.read_csv(results / "tables/findings.csv")
    for figure in ("Table 1", "Figure 2", "Figure 3", "Figure 4", "Figure 7"):
        (path,) = (path for path, result in reader.known.items() if result["labels"][LABEL].startswith(f"{figure}:"))
        reader.driver.execute_script("app.showResultInfo(arguments[0])", path)
        text = reader.caption(path)
        own = findings[findings["section"].str.contains(figure)]
        assert len(own)
        for row in own.itertuples():
            assert f"{row.claim}: {row.verdict}. Here: {row.finding}." in text


def test_labels_name_the_network_that_a_figure_shows(reader):
    assert reader.section("6 Expressions")[0] == ["Figure 4: two people in two expressions", "age", "full", "happy"]


def test_results_can_be_searched(reader):
    reader.go_home()
    reader.all("nav nav input")[0].send_keys("figure4", Keys.ENTER)
    reader.until(lambda: [one[0] for one in reader.listed()] == ["Figure 4: two people in two expressions"])


def test_tables_can_be_sorted_searched_filtered_and_saved(reader, results):
    (labels,) = (labels for labels in reader.section("3 Networks") if labels[0] == "Table 1: mean absolute errors")
    reader.driver.switch_to.frame(reader.view(labels))
    try:
        table = pd.read_csv(results / "tables/table1.csv")
        heads = [head.text.split()[0] for head in reader.until(lambda: reader.all("th"))]
        assert "paper_mae" not in heads  # it is empty

        def column(name):
            number = heads.index(name) + 1
            return [cell.text for cell in reader.all(f"tbody tr:not([hidden]) td:nth-child({number})")]

        button = reader.all("th button")[heads.index("mae")]
        for ascending in (True, False):
            button.click()
            expected = table.sort_values("mae", ascending=ascending)["mae"]
            assert [cell.split()[0] for cell in column("mae")] == [f"{mae:.3f}" for mae in expected]
        Select(reader.all("select")[heads.index("base")]).select_by_visible_text("age")
        assert column("base") == ["age"] * 4
        reader.all("input")[0].send_keys("full happy")
        assert column("attribute") == ["happy"]
        assert reader.all("output")[0].text == "1 of 8 rows"
        assert reader.all("a[download]")[0].get_dom_attribute("download") == "table1.csv"
    finally:
        reader.driver.switch_to.default_content()
    assert reader.errors() == []


def test_figures_are_sharp(results):
    """Figures are as wide as a page at 200 dots per inch; contact sheets and the noise of random weights have 130."""
    for path in results.glob("figures/**/*.png"):
        low = path.parent.name in ("contact_sheets", "regions") or path.stem == "randomised"
        with Image.open(path) as image:
            assert image.width >= (880 if low else 1350)


def test_a_run_ends_with_table_1_and_the_paths_of_results(workflow, results):
    page = results / "tables/pairs.html"
    page.unlink()
    alone = workflow.run("results/tiny/tables/pairs.html")
    assert "on unseen faces" not in alone
    page.unlink()
    said = workflow.run()
    assert "Table 1: mean absolute error (mae) on unseen faces, in points of the 1–9 scale" in said
    for path in ("faces.html", "tables", "figures", "heatmaps"):
        assert f"  results/tiny/{path}\n" in said
    assert "article   results/tiny/article.html\n" in said


@pytest.fixture(scope="module")
def article(results):
    """The browser, with the article in it."""
    with start_chromium(WINDOW) as driver:
        driver.get((results / "article.html").resolve().as_uri())
        yield driver


@pytest.mark.parametrize("width", [1280, 800, 400])
def test_the_article_can_be_read_at_every_width(article, width):
    size = {"width": width, "height": 1000, "deviceScaleFactor": 1, "mobile": False}
    article.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    article.refresh()
    assert article.execute_script("return document.documentElement.scrollWidth") <= width
    assert article.execute_script("return [...document.images].every((image) => image.naturalWidth > 600)")
    texts = article.execute_script("""
        return [...document.querySelectorAll("section > p, figcaption > p")].map((text) => {
          const lines = text.getBoundingClientRect().height / parseFloat(getComputedStyle(text).lineHeight);
          return [text.textContent.replace(/\\s+/g, " ").length, Math.round(lines)];
        }).filter(([letters, lines]) => lines > 3);""")
    assert len(texts) > 5
    assert max(letters / lines for letters, lines in texts) <= 75
    assert [entry for entry in article.get_log("browser") if entry["level"] == "SEVERE"] == []


def plain(html):
    """The words of a piece of HTML."""
    return " ".join(unescape(re.sub("<[^>]*>", "", html)).split())


def test_the_article_has_every_figure_table_and_claim(article, results):
    text = plain(article.find_element(By.TAG_NAME, "main").get_attribute("innerHTML"))
    for row in pd.read_csv(results / "tables/findings.csv").itertuples():
        assert f"{row.claim}. " in text
        assert row.finding[1:].replace("_", " ") in text
    hrefs = {link.get_dom_attribute("href") for link in article.find_elements(By.TAG_NAME, "a")}
    outside = {href for href in hrefs if not href.startswith(("#", "http"))}
    assert all((results / href).is_file() for href in outside)
    named = {path.relative_to(results).as_posix() for path in results.glob("*/*.html")}
    named |= {path.relative_to(results).as_posix() for path in results.glob("figures/**/*.png")}
    assert named <= outside
    assert "Nobody rated these faces." in text


def test_captions_of_the_article_are_those_of_the_report(article, reader):
    text = plain(article.find_element(By.TAG_NAME, "main").get_attribute("innerHTML"))
    for path, result in reader.known.items():
        if path.endswith(".png"):
            first = re.search("<p>(.*?)</p>", result["caption"], re.DOTALL)[1]
            assert plain(first) in text
