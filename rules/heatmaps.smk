"""Heatmaps of the whole test set."""


rule explain:
    input:
        unpack(compared_by("heatmaps/rule")),
        weights="<results>/networks/{base}/{mode}/{attribute}/weights.safetensors",
        images="<results>/faces/rated/images.npy",
        faces="<results>/faces/rated/faces.csv",
        split="<results>/faces/split.csv",
        code=code("explain"),
    output:
        relevance=sharded("<results>/heatmaps/{base}/{mode}/{attribute}", "relevance.npy"),
        scores=sharded("<results>/heatmaps/{base}/{mode}/{attribute}", "scores.csv"),
        ledger=sharded("<results>/heatmaps/{base}/{mode}/{attribute}", "ledger.csv"),
    log:
        per_shard("<logs>/explain/{base}/{mode}/{attribute}", ".log"),
    benchmark:
        per_shard("<benchmarks>/explain/{base}/{mode}/{attribute}", ".tsv")
    conda:
        "../envs/torch.yaml"
    threads: config["compute"]["threads"]
    resources:
        gpu=GPUS,
        device=DEVICE,
        mem_mb=3000,
    params:
        heatmaps=heatmap_settings,
        shard=shard,
        compute=COMPUTING,
    message:
        "Explain {wildcards.attribute} ({wildcards.base}, {wildcards.mode}) for the whole test set"
    script:
        "../workflow_scripts/explain.py"


use rule explain as explain_base with:
    input:
        unpack(compared_by("heatmaps/rule")),
        weights="<results>/bases/{base}/weights.safetensors",
        images="<results>/faces/rated/images.npy",
        faces="<results>/faces/rated/faces.csv",
        split="<results>/faces/split.csv",
        code=code("explain"),
    output:
        relevance=sharded("<results>/heatmaps/{base}/base", "relevance.npy"),
        scores=sharded("<results>/heatmaps/{base}/base", "scores.csv"),
        ledger=sharded("<results>/heatmaps/{base}/base", "ledger.csv"),
    log:
        per_shard("<logs>/explain_base/{base}", ".log"),
    benchmark:
        per_shard("<benchmarks>/explain_base/{base}", ".tsv")
    message:
        "Explain the class that base model {wildcards.base} predicts, for the whole test set"


rule trace_relevance:
    input:
        unpack(compared_by("heatmaps/rule")),
        weights=one("<results>/networks/{base}/{mode}/{attribute}/weights.safetensors", expression_network),
        images="<results>/faces/rated/images.npy",
        faces="<results>/faces/rated/faces.csv",
        split="<results>/faces/split.csv",
        code=code("trace_relevance"),
    output:
        layers="<results>/heatmaps/flow/layers.npz",
        ledger="<results>/heatmaps/flow/ledger.csv",
    log:
        "<logs>/trace_relevance.log",
    benchmark:
        "<benchmarks>/trace_relevance.tsv"
    conda:
        "../envs/torch.yaml"
    threads: config["compute"]["threads"]
    params:
        attribute=setting("figures/expression"),
        heatmaps=heatmap_settings,
        publishable_only=setting("figures/publishable_only"),
        compute=COMPUTING,
    message:
        "Trace the relevance of one face through all layers"
    script:
        "../workflow_scripts/trace_relevance.py"
