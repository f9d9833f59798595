"""Base models and networks trained again with other seeds: is it the base model, or its seed?"""


rule tabulate_replicates:
    input:
        predictions=each("<results>/networks/{base}/{mode}/{attribute}/predictions.csv", replicated_networks),
        histories=each("<results>/networks/{base}/{mode}/{attribute}/history.csv", replicated_networks),
        ridge=each("<results>/bases/{base}/ridge/{attribute}.csv", replicated_ridges),
        transferability=each("<results>/bases/{base}/transferability.csv", replicated_bases),
        classes=each("<results>/bases/{base}/classes.csv", replicated_bases),
        richness=each("<results>/heatmaps/{base}/base/richness.csv", replicated_bases),
        parts=each("<results>/heatmaps/{base}/base/parts.csv", replicated_bases),
        truth="<results>/faces/rated/truth.csv",
        faces="<results>/faces/rated/people.csv",
        ratings=ratings(attributes),
        split="<results>/faces/split.csv",
        code=code("tabulate_replicates"),
    output:
        replicates="<results>/tables/replicates.csv",
        base_replicates="<results>/tables/base_replicates.csv",
    log:
        "<logs>/tabulate_replicates.log",
    benchmark:
        "<benchmarks>/tabulate_replicates.tsv"
    localrule: True
    conda:
        "../envs/plot.yaml"
    params:
        bases=replicated_bases,
        networks=replicated_networks,
        ridges=replicated_ridges,
        scale=rating_scale,
    message:
        "Tabulate base models and networks over their seeds"
    script:
        "../workflow_scripts/tabulate_replicates.py"


rule tabulate_predictors:
    input:
        replicates="<results>/tables/replicates.csv",
        code=code("tabulate_predictors"),
    output:
        predictors="<results>/tables/predictors.csv",
    log:
        "<logs>/tabulate_predictors.log",
    benchmark:
        "<benchmarks>/tabulate_predictors.tsv"
    localrule: True
    conda:
        "../envs/plot.yaml"
    message:
        "Tabulate what foretells how well and how fast networks learn"
    script:
        "../workflow_scripts/tabulate_predictors.py"


rule draw_replicates:
    input:
        replicates="<results>/tables/replicates.csv",
        code=code("draw_replicates"),
    output:
        **figure("replicates"),
    log:
        "<logs>/draw_replicates.log",
    benchmark:
        "<benchmarks>/draw_replicates.tsv"
    localrule: True
    conda:
        "../envs/plot.yaml"
    params:
        scale=rating_scale,
    message:
        "Draw errors of networks against measures of their base models"
    script:
        "../workflow_scripts/draw_replicates.py"


rule tabulate_similarity:
    input:
        features=each("<results>/bases/{base}/features.npy", replicated_bases),
        faces="<results>/faces/rated/people.csv",
        split="<results>/faces/split.csv",
        code=code("tabulate_similarity"),
    output:
        base_similarity="<results>/tables/base_similarity.csv",
    log:
        "<logs>/tabulate_similarity.log",
    benchmark:
        "<benchmarks>/tabulate_similarity.tsv"
    localrule: True
    conda:
        "../envs/plot.yaml"
    params:
        bases=replicated_bases,
    message:
        "Tabulate how similar the features of base models are"
    script:
        "../workflow_scripts/tabulate_similarity.py"
