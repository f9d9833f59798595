"""The versions that results were computed with."""


rule record_environment:
    input:
        code=code("record_environment"),
    output:
        report(
            "<results>/environment.json",
            category=numbered("Findings"),
            labels={LABEL: "Versions of Python and packages"},
            caption="report/environment.rst",
        ),
    log:
        "<logs>/record_environment.log",
    benchmark:
        "<benchmarks>/record_environment.tsv"
    localrule: True
    conda:
        "../envs/plot.yaml"
    params:
        environment=environment(),
    message:
        "Record the versions of Python and packages"
    script:
        "../workflow_scripts/record_environment.py"
