"""What became of the paper's claims."""


rule write_findings:
    input:
        unpack(of_findings),
        code=code("write_findings"),
    output:
        table="results/{experiment}/tables/findings.csv",
        captions="results/{experiment}/tables/findings.rst",
        page="results/{experiment}/findings.md",
    log:
        "results/{experiment}/logs/write_findings.log",
    benchmark:
        "results/{experiment}/benchmarks/write_findings.tsv"
    conda:
        "../envs/plot.yaml"
    params:
        settings=of_experiment("figures"),
    message:
        "Write what became of each claim of the paper"
    script:
        "../workflow_scripts/write_findings.py"
