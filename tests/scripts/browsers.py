"""Chromium for tests of pages."""

import os
import shutil

import pytest
from selenium import webdriver


def start_chromium(*arguments, logs=("browser",)):
    """Start Chromium without a window, to be used in ``with``; the test is skipped where there is none.

    ``arguments`` are those of its command line, ``logs`` what it keeps for `get_log`.
    """
    program, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not (program and driver):
        pytest.skip("no Chromium that can be driven: make packages installs it, and its driver")
    options = webdriver.ChromeOptions()
    options.binary_location = program
    for argument in ("headless=new", *arguments, *(["no-sandbox"] if os.getuid() == 0 else [])):
        options.add_argument(f"--{argument}")
    options.set_capability("goog:loggingPrefs", dict.fromkeys(logs, "ALL"))
    return webdriver.Chrome(options, webdriver.ChromeService(driver))
