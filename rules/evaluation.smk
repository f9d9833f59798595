"""Whether the heatmaps can be trusted."""


rule tabulate_conservation:
    input:
        scores=of_networks("results/{experiment}/heatmaps/{base}/{mode}/{attribute}/scores.csv"),
        ledgers=of_networks("results/{experiment}/heatmaps/{base}/{mode}/{attribute}/ledger.csv"),
        code=code("tabulate_conservation"),
    output:
        report(
            "results/{experiment}/evaluation/conservation.csv",
            category="Evaluation",
            labels={"table": "conservation"},
            caption="report/conservation.rst",
        ),
    log:
        "results/{experiment}/logs/tabulate_conservation.log",
    benchmark:
        "results/{experiment}/benchmarks/tabulate_conservation.tsv"
    conda:
        "../envs/plot.yaml"
    params:
        networks=networks,
    message:
        "Tabulate whether relevance is conserved in every network"
    script:
        "../workflow_scripts/tabulate_conservation.py"
