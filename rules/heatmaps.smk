"""Heatmaps of the whole test set."""


rule explain:
    input:
        unpack(compared_by("heatmaps/rule")),
        weights="<results>/networks/{base}/{mode}/{attribute}/weights.safetensors",
        images="<results>/faces/rated/images.npy",
        faces="<results>/faces/rated/people.csv",
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
        contrast=False,
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
        faces="<results>/faces/rated/people.csv",
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


# Not in shards: one network.
use rule explain as explain_ageing with:
    input:
        unpack(compared_by("heatmaps/rule")),
        weights=one("<results>/bases/{base}/weights.safetensors", age_base),
        images="<results>/faces/rated/images.npy",
        faces="<results>/faces/rated/people.csv",
        split="<results>/faces/split.csv",
        code=code("explain"),
    output:
        relevance="<results>/heatmaps/ageing/relevance.npy",
        scores="<results>/heatmaps/ageing/scores.csv",
        ledger="<results>/heatmaps/ageing/ledger.csv",
    log:
        "<logs>/explain_ageing.log",
    benchmark:
        "<benchmarks>/explain_ageing.tsv"
    params:
        heatmaps=heatmap_settings,
        shard=[0, 1],
        contrast=True,
        compute=COMPUTING,
    message:
        "Explain why the age base model takes a face for old rather than young, for the whole test set"


rule explain_by_rules:
    input:
        unpack(compared_by("heatmaps/rule", "evaluation/rules_intervened")),
        unpack(effects_if_any("redrawn_faces")),
        weights=one("<results>/networks/{base}/{mode}/{attribute}/weights.safetensors", expression_network),
        images="<results>/faces/rated/images.npy",
        faces="<results>/faces/rated/people.csv",
        ratings=ratings(of_expression),
        split="<results>/faces/split.csv",
        code=code("explain_by_rules"),
    output:
        relevance="<results>/heatmaps/rules/relevance.npy",
        scores="<results>/heatmaps/rules/scores.csv",
    log:
        "<logs>/explain_by_rules.log",
    benchmark:
        "<benchmarks>/explain_by_rules.tsv"
    conda:
        "../envs/torch.yaml"
    threads: config["compute"]["threads"]
    resources:
        gpu=GPUS,
        device=DEVICE,
        mem_mb=3000,
    params:
        attribute=attribute_of_figures,
        heatmaps=heatmap_settings,
        rules=shown_rules,
        publishable_only=setting("figures/publishable_only"),
        compute=COMPUTING,
    message:
        "Explain a few faces by several LRP rules"
    script:
        "../workflow_scripts/explain_by_rules.py"


rule measure_heatmaps:
    input:
        relevance=each("<results>/heatmaps/{base}/{mode}/{attribute}/relevance.npy", attributes),
        parts="<results>/faces/rated/parts.npy",
        faces="<results>/faces/rated/people.csv",
        split="<results>/faces/split.csv",
        code=code("measure_heatmaps"),
    output:
        parts="<results>/heatmaps/{base}/{mode}/parts.csv",
        shapes="<results>/heatmaps/{base}/{mode}/shapes.csv",
        richness="<results>/heatmaps/{base}/{mode}/richness.csv",
    log:
        "<logs>/measure_heatmaps/{base}/{mode}.log",
    benchmark:
        "<benchmarks>/measure_heatmaps/{base}/{mode}.tsv"
    conda:
        "../envs/plot.yaml"
    params:
        attributes=attribute_names,
    message:
        "Measure parts and shapes in the heatmaps of the networks made from {wildcards.base} ({wildcards.mode})"
    script:
        "../workflow_scripts/measure_heatmaps.py"


use rule measure_heatmaps as measure_base_heatmaps with:
    input:
        relevance=["<results>/heatmaps/{base}/base/relevance.npy"],
        parts="<results>/faces/rated/parts.npy",
        faces="<results>/faces/rated/people.csv",
        split="<results>/faces/split.csv",
        code=code("measure_heatmaps"),
    output:
        parts="<results>/heatmaps/{base}/base/parts.csv",
        shapes="<results>/heatmaps/{base}/base/shapes.csv",
        richness="<results>/heatmaps/{base}/base/richness.csv",
    log:
        "<logs>/measure_base_heatmaps/{base}.log",
    benchmark:
        "<benchmarks>/measure_base_heatmaps/{base}.tsv"
    params:
        attributes=[""],
    message:
        "Measure parts and shapes in the heatmaps of base model {wildcards.base}"


# Not in shards: few faces.
rule explain_random_base:
    input:
        unpack(compared_by("heatmaps/rule")),
        weights="<results>/bases/{base}/weights.safetensors",
        images="<results>/faces/rated/images.npy",
        parts="<results>/faces/rated/parts.npy",
        faces="<results>/faces/rated/people.csv",
        split="<results>/faces/split.csv",
        code=code("explain_random_base"),
    output:
        "<results>/heatmaps/{base}/base/random_shapes.csv",
    log:
        "<logs>/explain_random_base/{base}.log",
    benchmark:
        "<benchmarks>/explain_random_base/{base}.tsv"
    conda:
        "../envs/torch.yaml"
    threads: config["compute"]["threads"]
    resources:
        gpu=GPUS,
        device=DEVICE,
        mem_mb=3000,
    params:
        evaluation=random_base_settings,
        heatmaps=heatmap_settings,
        compute=COMPUTING,
    message:
        "Measure shapes in the heatmaps of base model {wildcards.base} with random weights"
    script:
        "../workflow_scripts/explain_random_base.py"


use rule measure_heatmaps as measure_ageing with:
    input:
        relevance=["<results>/heatmaps/ageing/relevance.npy"],
        parts="<results>/faces/rated/parts.npy",
        faces="<results>/faces/rated/people.csv",
        split="<results>/faces/split.csv",
        code=code("measure_heatmaps"),
    output:
        parts="<results>/heatmaps/ageing/parts.csv",
        shapes="<results>/heatmaps/ageing/shapes.csv",
        richness="<results>/heatmaps/ageing/richness.csv",
    log:
        "<logs>/measure_ageing.log",
    benchmark:
        "<benchmarks>/measure_ageing.tsv"
    params:
        attributes=[""],
    message:
        "Measure parts and shapes in the heatmaps of old rather than young"


rule trace_relevance:
    input:
        unpack(compared_by("heatmaps/rule")),
        weights=one("<results>/networks/{base}/{mode}/{attribute}/weights.safetensors", expression_network),
        images="<results>/faces/rated/images.npy",
        faces="<results>/faces/rated/people.csv",
        ratings=ratings(of_expression),
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
        attribute=attribute_of_figures,
        heatmaps=heatmap_settings,
        publishable_only=setting("figures/publishable_only"),
        compute=COMPUTING,
    message:
        "Trace the relevance of one face through all layers"
    script:
        "../workflow_scripts/trace_relevance.py"
