"""The same people in two expressions: scores and heatmaps of both."""


use rule explain as explain_pairs with:
    input:
        weights="results/{experiment}/networks/{base}/{mode}/{attribute}/weights.safetensors",
        images="results/{experiment}/faces/pairs/images.npy",
        faces="results/{experiment}/faces/pairs/faces.csv",
        code=code("explain"),
    output:
        relevance="results/{experiment}/pairs/{base}/{mode}/{attribute}/relevance.npy",
        scores="results/{experiment}/pairs/{base}/{mode}/{attribute}/scores.csv",
        ledger="results/{experiment}/pairs/{base}/{mode}/{attribute}/ledger.csv",
    log:
        "results/{experiment}/logs/explain_pairs/{base}/{mode}/{attribute}.log",
    benchmark:
        "results/{experiment}/benchmarks/explain_pairs/{base}/{mode}/{attribute}.tsv"
    message:
        "Explain {wildcards.attribute} ({wildcards.base}, {wildcards.mode}) for the pairs of expressions"


rule measure_shares:
    input:
        relevance="results/{experiment}/pairs/{base}/{mode}/{attribute}/relevance.npy",
        parts="results/{experiment}/faces/pairs/parts.npy",
        faces="results/{experiment}/faces/pairs/faces.csv",
        code=code("measure_shares"),
    output:
        "results/{experiment}/pairs/{base}/{mode}/{attribute}/shares.csv",
    log:
        "results/{experiment}/logs/measure_shares/{base}/{mode}/{attribute}.log",
    benchmark:
        "results/{experiment}/benchmarks/measure_shares/{base}/{mode}/{attribute}.tsv"
    conda:
        "../envs/plot.yaml"
    message:
        "Measure what each part of the pairs' faces adds to {wildcards.attribute} ({wildcards.base}, {wildcards.mode})"
    script:
        "../workflow_scripts/measure_shares.py"


rule tabulate_pairs:
    input:
        faces="results/{experiment}/faces/pairs/faces.csv",
        scores=of_networks("results/{experiment}/pairs/{base}/{mode}/{attribute}/scores.csv"),
        shares=of_networks("results/{experiment}/pairs/{base}/{mode}/{attribute}/shares.csv"),
        code=code("tabulate_pairs"),
    output:
        parts=report(
            "results/{experiment}/tables/pairs.csv",
            category="Pairs",
            labels={"table": "relevance by part"},
            caption="report/pairs.rst",
        ),
        scores=report(
            "results/{experiment}/tables/pair_scores.csv",
            category="Pairs",
            labels={"table": "scores"},
            caption="report/pair_scores.rst",
        ),
    log:
        "results/{experiment}/logs/tabulate_pairs.log",
    benchmark:
        "results/{experiment}/benchmarks/tabulate_pairs.tsv"
    conda:
        "../envs/plot.yaml"
    params:
        networks=networks,
    message:
        "Tabulate how scores and relevance differ between two expressions of the same people"
    script:
        "../workflow_scripts/tabulate_pairs.py"


rule draw_pairs:
    input:
        images="results/{experiment}/faces/pairs/images.npy",
        parts="results/{experiment}/faces/pairs/parts.npy",
        faces="results/{experiment}/faces/pairs/faces.csv",
        relevance=of_expression_networks("results/{experiment}/pairs/{base}/{mode}/{attribute}/relevance.npy"),
        parts_table="results/{experiment}/tables/pairs.csv",
        code=code("draw_pairs"),
    output:
        png=report(
            "results/{experiment}/figures/pairs.png",
            category="Pairs",
            labels={"figure": "mean difference"},
            caption="report/pairs_figure.rst",
        ),
        pdf="results/{experiment}/figures/pairs.pdf",
    log:
        "results/{experiment}/logs/draw_pairs.log",
    benchmark:
        "results/{experiment}/benchmarks/draw_pairs.tsv"
    conda:
        "../envs/plot.yaml"
    params:
        bases=base_names,
        mode=of_experiment("figures/mode"),
        attribute=of_experiment("figures/expression"),
    message:
        "Draw where relevance differs between two expressions"
    script:
        "../workflow_scripts/draw_pairs.py"
