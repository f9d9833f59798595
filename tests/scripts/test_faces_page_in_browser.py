"""The page of faces in a real browser: Chromium without a window, from a file."""

import base64
import io
import json
from urllib.parse import unquote, urlparse

import matplotlib
import numpy as np
import pandas as pd
import pytest
from page_of_faces import chromium, read_data, write_experiment, write_page
from PIL import Image
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait

#: What opening the page may take, in milliseconds and in bytes.
MILLISECONDS, BYTES = 2000, 100_000
#: Canvas pixels, row by row.
PIXELS = """const canvas = document.querySelector(arguments[0]);
return [...canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data]"""

#: Controls that a person who listens could not tell apart.
NAMELESS = """return [...document.querySelectorAll("button, input, select")].filter((one) => one.checkVisibility()
    && !one.ariaLabel && !one.textContent.trim() && !one.labels?.length).map((one) => one.outerHTML)"""


class Reader:
    """A person who looks at faces."""

    def __init__(self, driver, page):
        self.driver, self.page = driver, page
        self.waiting = WebDriverWait(driver, 30, 0.05, [StaleElementReferenceException])
        self.index = read_data(page, "index")

    def open(self, link=""):
        self.driver.get("about:blank")
        self.driver.get_log("performance")
        self.driver.get(self.page.resolve().as_uri() + link)
        self.until(lambda: self.driver.execute_script("return performance.getEntriesByName('shown').length"))

    def until(self, condition):
        return self.waiting.until(lambda _: condition())

    def one(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def text(self, selector):
        return self.one(selector).text

    def names(self):
        script = "return [...document.querySelectorAll('#grid button')].map((button) => button.dataset.face)"
        return self.driver.execute_script(script)

    def name(self):
        return self.driver.execute_script("return document.querySelector('dialog[open] #name')?.textContent")

    def milliseconds(self):
        return self.driver.execute_script("return performance.getEntriesByName('shown')[0].startTime")

    def loaded(self):
        """The files that were loaded since the page was opened."""
        events = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        urls = [one["params"]["request"]["url"] for one in events if one["method"] == "Network.requestWillBeSent"]
        return {self.page.parent / unquote(urlparse(url).path) for url in urls if url.startswith("file:")}

    def errors(self):
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] != "INFO"]


def values(uri, end):
    """A heatmap of the page's data."""
    with Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2]))) as image:
        return (np.asarray(image).astype(float) - 128) / 127 * end


#: For all but how fast it opens, few faces are enough.
FEW = pytest.mark.parametrize("made", [120], indirect=True)


@pytest.fixture(scope="module", params=[120, 1111])
def made(request, tmp_path_factory):
    """The inputs of the page, and the page."""
    files = write_experiment(tmp_path_factory.mktemp("experiment"), request.param)
    return files, write_page(files, tmp_path_factory.mktemp("page"))


@pytest.fixture(scope="module")
def reader(made):
    with chromium() as driver:
        yield Reader(driver, made[1])


def test_it_opens_at_once_and_loads_little(reader):
    times = []
    for _ in range(3):  # this host may be busy
        reader.open()
        times.append(reader.milliseconds())
    assert min(times) < MILLISECONDS
    files = reader.loaded()
    assert {path.name for path in files} >= {"faces.html", "page.js", "page.css", "index.js"}
    assert 20 < sum(path.parent.name == "thumbnails" for path in files) < 50
    assert not any(path.parent.name == "faces" for path in files)
    assert sum(path.stat().st_size for path in files) < BYTES
    count = len(reader.index["faces"])
    assert reader.text("output") == f"{count} of {count} faces"
    assert reader.errors() == []


@FEW
def test_it_sorts_and_filters(reader, made):
    reader.open()
    table = pd.read_csv(made[0].faces)[1::2].set_index("face_id")
    scores = pd.read_csv(made[0].scores[2]).set_index("face_id")["output"]
    table = table.assign(prediction=(1 + 8 * scores).round(2), rating=table["happy"].round(2))
    table["error"] = table["prediction"] - table["rating"]
    expected = table.sort_values("prediction", ascending=False, kind="stable").index.tolist()
    assert reader.names() == expected
    Select(reader.one("[name=sort]")).select_by_visible_text("error")
    reader.one("#order").click()
    errors = table["error"].round(2).sort_values(kind="stable")
    reader.until(lambda: reader.names() == errors.index.tolist())
    reader.one("summary").click()
    Select(reader.one("[name=sex]")).select_by_visible_text("female")
    reader.one("[name='age.min']").send_keys("40")
    kept = table[(table["gender"] < 50) & (table["age"] >= 40)]
    reader.until(lambda: set(reader.names()) == set(kept.index))
    assert reader.text("output") == f"{len(kept)} of {len(table)} faces"
    link = reader.driver.current_url.partition("#")[2]
    reader.open("#" + link)
    assert set(reader.names()) == set(kept.index)
    assert reader.names() == [name for name in errors.index if name in kept.index]
    assert reader.errors() == []


@FEW
def test_a_click_opens_a_face_with_its_numbers(reader, made):
    reader.open()
    button = reader.one("#grid button")
    face = button.get_dom_attribute("data-face")
    button.click()
    reader.until(lambda: reader.name() == face)
    row = reader.index["faces"].index(face)
    own = read_data(reader.page, f"faces/{row}")
    prediction, rating = own["predictions"][2], own["ratings"][2]
    assert f"Predicted {prediction:.2f}, rated {rating:.2f}, error " in reader.text("#scores")
    cells = [one.text for one in reader.driver.find_elements(By.CSS_SELECTOR, "#matrix b")]
    assert cells == [f"{value:.2f}" for value in own["predictions"]]
    assert "f(x) − mean f(x′)" in reader.text("#legend")
    assert reader.text("#single").endswith(f"figures/faces/{face}.png")
    reader.driver.find_elements(By.CSS_SELECTOR, "#matrix button")[1].click()
    reader.until(lambda: reader.text("#scores").startswith(f"Predicted {own['predictions'][1]:.2f}"))
    assert "network=age/dense/warm" in reader.driver.current_url
    reader.one("dialog").send_keys(Keys.ARROW_RIGHT)
    reader.until(lambda: reader.name() not in (None, face))
    reader.one("dialog").send_keys(Keys.ESCAPE)
    reader.until(lambda: reader.name() is None)
    assert reader.errors() == []


@FEW
def test_heatmaps_are_drawn_in_the_colours_of_figures(reader):
    """Also without the mean heatmap; and the canvas can be read, so it is not tainted."""
    face, means = read_data(reader.page, "faces/1"), read_data(reader.page, "means")
    for individual in (False, True):
        link = f"#network=age/full/happy&face={reader.index['faces'][1]}&mix=100" + "&individual=1" * individual
        reader.open(link)
        heatmap = values(face["heatmaps"][2], face["end"])
        if individual:
            heatmap = heatmap - values(means["heatmaps"][2], means["ends"][2])
        expected = 255 * matplotlib.colormaps["RdBu_r"](0.5 + heatmap / face["end"] / 2)[..., :3]
        drawn = np.reshape(reader.driver.execute_script(PIXELS, "#map"), (*heatmap.shape, 4))
        assert (drawn[..., 3] == 255).all()
        assert np.abs(drawn[..., :3] - expected).max() < 5
    assert reader.errors() == []


@FEW
def test_parts_and_occlusions_are_shown(reader):
    reader.open(f"#network=age/full/happy&face={reader.index['faces'][1]}&outlines=1")
    face = read_data(reader.page, "faces/1")
    lines = [line.text.split() for line in reader.driver.find_elements(By.CSS_SELECTOR, "#parts tr")]
    assert [line[0] for line in lines] == reader.index["parts"]
    assert [float(line[1].replace("−", "-")) for line in lines] == pytest.approx(face["relevance"][2], abs=0.0051)
    covered = [one.text.split("\n") for one in reader.driver.find_elements(By.CSS_SELECTOR, "#covered figcaption")]
    assert [name for _, name in covered] == ["mouth", "eyes", "forehead (control)"]
    assert [float(value.replace("−", "-")) for value, _ in covered] == pytest.approx(face["effects"][2], abs=0.0051)
    assert len(reader.driver.find_elements(By.CSS_SELECTOR, "#outlines path")) == len(face["outlines"])
    row = reader.one("#parts tr[data-part=eyes] th")
    reader.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", row)
    ActionChains(reader.driver).move_to_element(row).perform()
    marked = "return [...document.querySelectorAll('#outlines .marked')].map((path) => path.dataset.part)"
    assert reader.until(lambda: reader.driver.execute_script(marked)) == ["right_eye", "left_eye"]
    assert reader.errors() == []


@FEW
@pytest.mark.parametrize("width", [1280, 800, 400])
def test_nothing_is_wider_than_the_window(reader, width):
    for link in ("", f"#network=age/full/happy&face={reader.index['faces'][0]}"):
        size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False}
        reader.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        reader.open(link)
        script = "return [document.documentElement, document.querySelector('dialog')].map((one) => one.scrollWidth)"
        assert max(reader.driver.execute_script(script)) <= width
        assert reader.driver.execute_script(NAMELESS) == []
