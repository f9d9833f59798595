"""The paper's claims, judged by this experiment's tables."""


rule write_findings:
    input:
        unpack(evidence),
        code=code("write_findings"),
    output:
        table="<results>/tables/findings.csv",
        captions="<results>/tables/findings.rst",
        page="<results>/findings.md",
    log:
        "<logs>/write_findings.log",
    benchmark:
        "<benchmarks>/write_findings.tsv"
    localrule: True
    conda:
        "../envs/plot.yaml"
    params:
        settings=setting("figures"),
    message:
        "Judge each claim of the paper"
    script:
        "../workflow_scripts/write_findings.py"
