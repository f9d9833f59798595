"""The same people in two expressions: scores and heatmaps of both."""


rule explain_pairs:
    input:
        weights=of_attributes("results/{experiment}/networks/{base}/{mode}/{attribute}/weights.safetensors"),
        images="results/{experiment}/faces/pairs/images.npy",
        parts="results/{experiment}/faces/pairs/parts.npy",
        faces="results/{experiment}/faces/pairs/faces.csv",
        code=code("explain_pairs"),
    output:
        relevance="results/{experiment}/pairs/{base}/{mode}/relevance.npy",
        scores="results/{experiment}/pairs/{base}/{mode}/scores.csv",
        shares="results/{experiment}/pairs/{base}/{mode}/shares.csv",
    log:
        "results/{experiment}/logs/explain_pairs/{base}/{mode}.log",
    benchmark:
        "results/{experiment}/benchmarks/explain_pairs/{base}/{mode}.tsv"
    conda:
        "../envs/torch.yaml"
    threads: config["compute"]["threads"]
    resources:
        gpu=GPUS,
        mem_mb=3000,
    params:
        attributes=attribute_names,
        heatmaps=of_experiment("heatmaps"),
        compute=config["compute"],
    message:
        "Explain the networks made from {wildcards.base} ({wildcards.mode}) for the pairs of expressions"
    script:
        "../workflow_scripts/explain_pairs.py"


rule tabulate_pairs:
    input:
        faces="results/{experiment}/faces/pairs/faces.csv",
        scores=of_modes("results/{experiment}/pairs/{base}/{mode}/scores.csv"),
        shares=of_modes("results/{experiment}/pairs/{base}/{mode}/shares.csv"),
        code=code("tabulate_pairs"),
    output:
        parts="results/{experiment}/tables/pairs.csv",
        scores="results/{experiment}/tables/pair_scores.csv",
    log:
        "results/{experiment}/logs/tabulate_pairs.log",
    benchmark:
        "results/{experiment}/benchmarks/tabulate_pairs.tsv"
    conda:
        "../envs/plot.yaml"
    params:
        networks=networks,
        groups=modes,
    message:
        "Tabulate how scores and relevance differ between two expressions of the same people"
    script:
        "../workflow_scripts/tabulate_pairs.py"


rule draw_pairs:
    input:
        images="results/{experiment}/faces/pairs/images.npy",
        parts="results/{experiment}/faces/pairs/parts.npy",
        faces="results/{experiment}/faces/pairs/faces.csv",
        relevance=of_expression_networks("results/{experiment}/pairs/{base}/{mode}/relevance.npy"),
        scores=of_expression_networks("results/{experiment}/pairs/{base}/{mode}/scores.csv"),
        parts_table="results/{experiment}/tables/pairs.csv",
        code=code("draw_pairs"),
    output:
        **picture("pairs", "Figure: mean difference of relevance", "Expressions", shown_bases, "pairs_figure"),
    log:
        "results/{experiment}/logs/draw_pairs.log",
    benchmark:
        "results/{experiment}/benchmarks/draw_pairs.tsv"
    conda:
        "../envs/plot.yaml"
    params:
        bases=base_names,
        mode=of_experiment("figures/mode"),
        attributes=attribute_names,
        attribute=of_experiment("figures/expression"),
    message:
        "Draw where relevance differs between two expressions"
    script:
        "../workflow_scripts/draw_pairs.py"
