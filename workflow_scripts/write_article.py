"""Write the article of an experiment: findings, methods, figures and tables on one page, in the form of a paper."""

import base64
import io
import json
from pathlib import Path

import yaml
from PIL import Image

from facelrp.faces.rating_scales import RatingScale
from facelrp.report.article.facts import facts
from facelrp.report.article.page import as_article
from facelrp.report.article.references import entries
from facelrp_workflow.files import read_table, replacing
from facelrp_workflow.job import job

#: Figures are embedded as WebP of this quality, which needs a fifth of the PNG's size: a page that can be sent.
QUALITY = 90


def embedded(path):
    """Return an image as the page holds it: its address, which is the image itself, and its size in pixels."""
    stored = io.BytesIO()
    with Image.open(path) as image:
        image.save(stored, "webp", quality=QUALITY, method=4)
        width, height = image.size
    return {
        "src": f"data:image/webp;base64,{base64.b64encode(stored.getvalue()).decode()}",
        "width": width,
        "height": height,
    }


def read_text(path):
    return Path(path).read_text(encoding="utf-8")


def as_yaml(experiment, settings):
    """Return the configuration as YAML. Numbers and lists that occur twice are written twice."""

    class Dumper(yaml.SafeDumper):
        def ignore_aliases(self, data):
            return True

    return yaml.dump({experiment: settings}, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=100)


def main(
    files, experiment, sections, figures, tables, sets, settings, titles, cited, drawn, network, scale, output, log
):
    read = {
        name: described | {"table": read_table(path)}
        for (name, described), path in zip(tables.items(), files.tables, strict=True)
    }
    faces = {name: read_table(path) for name, path in zip(sets, files.faces, strict=True)}
    captions = {f"{Path(path).parent.name}/{Path(path).stem}": read_text(path) for path in files.captions}
    environments = json.loads(read_text(files.environment))
    known = facts(
        {name: one["table"] for name, one in read.items()},
        faces,
        read_table(files.split),
        settings,
        titles,
        drawn,
        network,
        RatingScale(*scale),
    )
    page = as_article(
        sections,
        [one | embedded(path) for one, path in zip(figures, files.figures, strict=True)],
        read,
        captions,
        experiment=experiment,
        references=entries(yaml.safe_load(read_text(files.citation)), set(cited)),
        environments=environments,
        packages=[name for name in environments[0] if name not in ("python", "platform", "processor", "device")],
        configuration=as_yaml(experiment, settings),
        **known,
    )
    with replacing(output) as temporary:
        temporary.write_text(page, encoding="utf-8")
    log.info("%d figures, %d tables, %d characters", len(figures), len(read), len(page))


if __name__ == "__main__":
    with job(snakemake) as log:
        main(
            snakemake.input,
            snakemake.wildcards.experiment,
            **snakemake.params,
            output=snakemake.output[0],
            log=log,
        )
