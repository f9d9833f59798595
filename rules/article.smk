"""The article: one page in the form of a paper, with findings, methods, figures and tables."""


rule write_article:
    input:
        figures=lambda wildcards: [figure["path"] for figure in illustrations(wildcards)],
        tables=lambda wildcards: [
            filled(table.path(name, ".csv"), wildcards) for name, table in tables_in_article(wildcards).items()
        ],
        faces=lambda wildcards: [
            filled(f"<results>/faces/{name}/people.csv", wildcards) for name in settings_of(wildcards)["faces"]
        ],
        split="<results>/faces/split.csv",
        environment="<results>/environment.json",
        captions=captions_in_article,
        citation=ours(ROOT / "CITATION.cff"),
        templates=[ours(path) for path in sorted(TEMPLATES.iterdir())],
        code=code("write_article"),
    output:
        "<results>/article.html",
    log:
        "<logs>/write_article.log",
    benchmark:
        "<benchmarks>/write_article.tsv"
    localrule: True
    conda:
        "../envs/plot.yaml"
    params:
        sections=SECTIONS,
        figures=lambda wildcards: [
            {key: value for key, value in figure.items() if key != "path"} for figure in illustrations(wildcards)
        ],
        tables=lambda wildcards: {
            name: {"section": table.section, "title": table.title, "path": f"{table.folder}/{name}"}
            for name, table in tables_in_article(wildcards).items()
        },
        sets=lambda wildcards: list(settings_of(wildcards)["faces"]),
        settings=settings_in_article,
        network=expression_network,
        scale=rating_scale,
        titles=lambda wildcards: {
            name: DATASETS[faces["dataset"]]["title"] for name, faces in settings_of(wildcards)["faces"].items()
        },
        cited=cited_in_article,
        drawn=lambda wildcards: can_redraw(settings_of(wildcards)),
    message:
        "Write the article: findings, methods, figures and tables on one page"
    script:
        "../workflow_scripts/write_article.py"
