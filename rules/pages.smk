"""Tables as pages of the report, which can be sorted, searched and filtered."""


rule write_pages:
    input:
        **tables(".csv", always),
        code=code("write_pages"),
    output:
        **table_pages(always),
    log:
        "<logs>/write_pages.log",
    benchmark:
        "<benchmarks>/write_pages.tsv"
    localrule: True
    conda:
        "../envs/plot.yaml"
    params:
        titles=titles(always),
        scale=rating_scale,
    message:
        "Write the tables as pages of the report"
    script:
        "../workflow_scripts/write_pages.py"


use rule write_pages as write_pages_of_pairs with:
    input:
        **tables(".csv", has_pairs),
        code=code("write_pages"),
    output:
        **table_pages(has_pairs),
    log:
        "<logs>/write_pages_of_pairs.log",
    benchmark:
        "<benchmarks>/write_pages_of_pairs.tsv"
    localrule: True
    params:
        titles=titles(has_pairs),
    message:
        "Write the tables of pairs as pages of the report"


use rule write_pages as write_pages_of_drawn_faces with:
    input:
        **tables(".csv", can_redraw),
        code=code("write_pages"),
    output:
        **table_pages(can_redraw),
    log:
        "<logs>/write_pages_of_drawn_faces.log",
    benchmark:
        "<benchmarks>/write_pages_of_drawn_faces.tsv"
    localrule: True
    params:
        titles=titles(can_redraw),
    message:
        "Write the tables of drawn faces as pages of the report"


use rule write_pages as write_pages_of_replicates with:
    input:
        **tables(".csv", has_replicates),
        code=code("write_pages"),
    output:
        **table_pages(has_replicates),
    log:
        "<logs>/write_pages_of_replicates.log",
    benchmark:
        "<benchmarks>/write_pages_of_replicates.tsv"
    localrule: True
    params:
        titles=titles(has_replicates),
    message:
        "Write the tables over seeds as pages of the report"
