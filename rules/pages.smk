"""The tables as pages of the report, where they can be sorted, searched and filtered."""


rule write_pages:
    input:
        **of_pages(OF_ALL, ".csv"),
        code=code("write_pages"),
    output:
        **pages(OF_ALL),
    log:
        "results/{experiment}/logs/write_pages.log",
    benchmark:
        "results/{experiment}/benchmarks/write_pages.tsv"
    conda:
        "../envs/plot.yaml"
    message:
        "Write the tables as pages of the report"
    script:
        "../workflow_scripts/write_pages.py"


use rule write_pages as write_pages_of_pairs with:
    input:
        **of_pages(OF_PAIRS, ".csv"),
        code=code("write_pages"),
    output:
        **pages(OF_PAIRS),
    log:
        "results/{experiment}/logs/write_pages_of_pairs.log",
    benchmark:
        "results/{experiment}/benchmarks/write_pages_of_pairs.tsv"
    message:
        "Write the tables of pairs as pages of the report"
