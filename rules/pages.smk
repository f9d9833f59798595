"""Tables as pages of the report, which can be sorted, searched and filtered."""


rule write_pages:
    input:
        **tables(".csv", pairs=False),
        code=code("write_pages"),
    output:
        **table_pages(pairs=False),
    log:
        "<logs>/write_pages.log",
    benchmark:
        "<benchmarks>/write_pages.tsv"
    localrule: True
    conda:
        "../envs/plot.yaml"
    params:
        titles=titles(pairs=False),
    message:
        "Write the tables as pages of the report"
    script:
        "../workflow_scripts/write_pages.py"


use rule write_pages as write_pages_of_pairs with:
    input:
        **tables(".csv", pairs=True),
        code=code("write_pages"),
    output:
        **table_pages(pairs=True),
    log:
        "<logs>/write_pages_of_pairs.log",
    benchmark:
        "<benchmarks>/write_pages_of_pairs.tsv"
    localrule: True
    params:
        titles=titles(pairs=True),
    message:
        "Write the tables of pairs as pages of the report"
