"""Occlusion: parts of the face painted over with its skin colour, and what this does to scores and heatmaps."""


rule occlude:
    input:
        unpack(compared_by("heatmaps/rule")),
        weights=each("<results>/networks/{base}/{mode}/{attribute}/weights.safetensors", attributes),
        images="<results>/faces/rated/images.npy",
        parts="<results>/faces/rated/parts.npy",
        relevance=one("<results>/heatmaps/{base}/{mode}/{attribute}/relevance.npy", expression),
        faces="<results>/faces/rated/people.csv",
        ratings=ratings(of_expression),
        split="<results>/faces/split.csv",
        code=code("occlude"),
    output:
        scores=sharded("<results>/occlusion/{base}/{mode}", "scores.csv"),
        relevance=sharded("<results>/occlusion/{base}/{mode}", "relevance.csv"),
    log:
        per_shard("<logs>/occlude/{base}/{mode}", ".log"),
    benchmark:
        per_shard("<benchmarks>/occlude/{base}/{mode}", ".tsv")
    conda:
        "../envs/torch.yaml"
    threads: config["compute"]["threads"]
    resources:
        gpu=GPUS,
        device=DEVICE,
        mem_mb=3000,
    params:
        attributes=attribute_names,
        explained=attribute_of_figures,
        patches=setting("occlusion/patches"),
        numbers=occlusion_numbers,
        figure_face=figure_face,
        heatmaps=heatmap_settings,
        shard=shard,
        scale=rating_scale,
        compute=COMPUTING,
    message:
        "Occlude parts of the test faces, for the networks made from {wildcards.base} ({wildcards.mode})"
    script:
        "../workflow_scripts/occlude.py"


rule explain_occluded:
    input:
        unpack(compared_by("heatmaps/rule")),
        weights=one("<results>/networks/{base}/{mode}/{attribute}/weights.safetensors", expression),
        images="<results>/faces/rated/images.npy",
        parts="<results>/faces/rated/parts.npy",
        faces="<results>/faces/rated/people.csv",
        ratings=ratings(of_expression),
        split="<results>/faces/split.csv",
        code=code("explain_occluded"),
    output:
        "<results>/occlusion/{base}/{mode}/shown.npy",
    log:
        "<logs>/explain_occluded/{base}/{mode}.log",
    benchmark:
        "<benchmarks>/explain_occluded/{base}/{mode}.tsv"
    conda:
        "../envs/torch.yaml"
    threads: config["compute"]["threads"]
    resources:
        gpu=GPUS,
        device=DEVICE,
        mem_mb=3000,
    params:
        attribute=attribute_of_figures,
        patches=setting("occlusion/patches"),
        heatmaps=heatmap_settings,
        publishable_only=setting("figures/publishable_only"),
        compute=COMPUTING,
    message:
        "Explain one occluded face, for the network made from {wildcards.base} ({wildcards.mode})"
    script:
        "../workflow_scripts/explain_occluded.py"


rule tabulate_occlusion:
    input:
        scores=each("<results>/occlusion/{base}/{mode}/scores.csv", base_modes),
        relevance=each("<results>/occlusion/{base}/{mode}/relevance.csv", base_modes),
        predictions=each("<results>/networks/{base}/{mode}/{attribute}/predictions.csv", networks),
        code=code("tabulate_occlusion"),
    output:
        "<results>/tables/occlusion.csv",
    log:
        "<logs>/tabulate_occlusion.log",
    benchmark:
        "<benchmarks>/tabulate_occlusion.tsv"
    conda:
        "../envs/plot.yaml"
    params:
        networks=networks,
        base_modes=base_modes,
        scale=rating_scale,
    message:
        "Tabulate the effect of each occlusion on scores and heatmaps"
    script:
        "../workflow_scripts/tabulate_occlusion.py"
