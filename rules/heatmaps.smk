"""Heatmaps of the whole test set: what in each face makes the network say so."""


rule explain:
    input:
        weights="results/{experiment}/networks/{base}/{mode}/{attribute}/weights.safetensors",
        images="results/{experiment}/faces/rated/images.npy",
        faces="results/{experiment}/faces/rated/faces.csv",
        split="results/{experiment}/faces/split.csv",
        code=code("explain"),
    output:
        relevance=part("results/{experiment}/heatmaps/{base}/{mode}/{attribute}", "relevance.npy"),
        scores=part("results/{experiment}/heatmaps/{base}/{mode}/{attribute}", "scores.csv"),
        ledger=part("results/{experiment}/heatmaps/{base}/{mode}/{attribute}", "ledger.csv"),
    log:
        by_shard("results/{experiment}/logs/explain/{base}/{mode}/{attribute}", ".log"),
    benchmark:
        by_shard("results/{experiment}/benchmarks/explain/{base}/{mode}/{attribute}", ".tsv")
    conda:
        "../envs/torch.yaml"
    threads: config["compute"]["threads"]
    resources:
        gpu=GPUS,
        mem_mb=3000,
    params:
        heatmaps=of_experiment("heatmaps"),
        shard=shard,
        compute=config["compute"],
    message:
        "Explain {wildcards.attribute} ({wildcards.base}, {wildcards.mode}) for the whole test set"
    script:
        "../workflow_scripts/explain.py"


use rule explain as explain_base with:
    input:
        weights="results/{experiment}/bases/{base}/weights.safetensors",
        images="results/{experiment}/faces/rated/images.npy",
        faces="results/{experiment}/faces/rated/faces.csv",
        split="results/{experiment}/faces/split.csv",
        code=code("explain"),
    output:
        relevance=part("results/{experiment}/heatmaps/{base}/base", "relevance.npy"),
        scores=part("results/{experiment}/heatmaps/{base}/base", "scores.csv"),
        ledger=part("results/{experiment}/heatmaps/{base}/base", "ledger.csv"),
    log:
        by_shard("results/{experiment}/logs/explain_base/{base}", ".log"),
    benchmark:
        by_shard("results/{experiment}/benchmarks/explain_base/{base}", ".tsv")
    message:
        "Explain the class that base model {wildcards.base} sees, for the whole test set"


rule trace_relevance:
    input:
        weights=of_shown_network(
            "results/{experiment}/networks/{base}/{mode}/{attribute}/weights.safetensors", "expression"
        ),
        images="results/{experiment}/faces/rated/images.npy",
        faces="results/{experiment}/faces/rated/faces.csv",
        split="results/{experiment}/faces/split.csv",
        code=code("trace_relevance"),
    output:
        layers="results/{experiment}/heatmaps/flow/layers.npz",
        ledger="results/{experiment}/heatmaps/flow/ledger.csv",
    log:
        "results/{experiment}/logs/trace_relevance.log",
    benchmark:
        "results/{experiment}/benchmarks/trace_relevance.tsv"
    conda:
        "../envs/torch.yaml"
    params:
        attribute=of_experiment("figures/expression"),
        heatmaps=of_experiment("heatmaps"),
        publishable_only=of_experiment("figures/publishable_only"),
        compute=config["compute"],
    message:
        "Follow the relevance of one face through all layers"
    script:
        "../workflow_scripts/trace_relevance.py"
