"""Claims of the paper and of this tool, judged by this experiment's measurements."""


rule write_findings:
    input:
        unpack(measurements),
        table1="<results>/tables/table1.csv",
        faces="<results>/faces/rated/people.csv",
        ratings=ratings(attributes),
        split="<results>/faces/split.csv",
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
        sources=measured_networks,
        attributes=attribute_names,
        settings=claim_settings,
        scale=rating_scale,
    message:
        "Judge each claim by what was measured"
    script:
        "../workflow_scripts/write_findings.py"
