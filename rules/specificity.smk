"""Specificity: what networks of other attributes, and networks trained on permuted ratings, show as well."""


rule finetune_permuted:
    input:
        base="<results>/bases/{base}/weights.safetensors",
        features="<results>/bases/{base}/features.npy",
        faces="<results>/faces/rated/people.csv",
        ratings=ratings(of_expression),
        split="<results>/faces/split.csv",
        code=code("finetune_permuted"),
    output:
        weights="<results>/permuted/{base}/weights.safetensors",
        ratings="<results>/permuted/{base}/ratings.csv",
        history="<results>/permuted/{base}/history.csv",
        predictions="<results>/permuted/{base}/predictions.csv",
    log:
        "<logs>/finetune_permuted/{base}.log",
    benchmark:
        "<benchmarks>/finetune_permuted/{base}.tsv"
    conda:
        "../envs/torch.yaml"
    threads: config["compute"]["threads"]
    resources:
        gpu=GPUS,
        device=DEVICE,
        mem_mb=6000,
    params:
        attribute=attribute_of_figures,
        recipe=recipe("finetuning/dense"),
        head=head_of_base,
        numbers=permutation_numbers,
        scale=rating_scale,
        compute=TRAINING,
    message:
        "Fine-tune base model {wildcards.base} (dense) to predict permuted ratings"
    script:
        "../workflow_scripts/finetune_permuted.py"


# Not in shards: few faces.
rule explain_permuted:
    input:
        unpack(compared_by("heatmaps/rule")),
        unpack(pairs_if_any),
        base="<results>/bases/{base}/weights.safetensors",
        weights="<results>/permuted/{base}/weights.safetensors",
        images="<results>/faces/rated/images.npy",
        parts="<results>/faces/rated/parts.npy",
        faces="<results>/faces/rated/people.csv",
        truth="<results>/faces/rated/truth.csv",
        split="<results>/faces/split.csv",
        code=code("explain_permuted"),
    output:
        relevance="<results>/permuted/{base}/relevance.npy",
        scores="<results>/permuted/{base}/scores.csv",
        shares="<results>/permuted/{base}/shares.csv",
        localisation="<results>/permuted/{base}/localisation.csv",
        perturbation="<results>/permuted/{base}/perturbation.csv",
    log:
        "<logs>/explain_permuted/{base}.log",
    benchmark:
        "<benchmarks>/explain_permuted/{base}.tsv"
    conda:
        "../envs/torch.yaml"
    threads: config["compute"]["threads"]
    resources:
        gpu=GPUS,
        device=DEVICE,
        mem_mb=4000,
    params:
        attribute=attribute_of_figures,
        permuted=setting("finetuning/permuted"),
        evaluation=perturbation_settings,
        heatmaps=heatmap_settings,
        scale=rating_scale,
        compute=COMPUTING,
    message:
        "Explain the networks made from {wildcards.base} that were trained on permuted ratings"
    script:
        "../workflow_scripts/explain_permuted.py"


rule tabulate_permuted:
    input:
        permuted=each("<results>/permuted/{base}/predictions.csv", bases),
        permuted_localisation=each("<results>/permuted/{base}/localisation.csv", bases),
        permuted_curves=each("<results>/permuted/{base}/perturbation.csv", bases),
        predictions=each("<results>/networks/{base}/{mode}/{attribute}/predictions.csv", networks_of_expression),
        localisation=each("<results>/evaluation/{base}/{mode}/localisation.csv", base_modes),
        curves=each("<results>/evaluation/{base}/{mode}/perturbation.csv", base_modes),
        faces="<results>/faces/rated/people.csv",
        ratings=ratings(of_expression),
        split="<results>/faces/split.csv",
        code=code("tabulate_permuted"),
    output:
        permuted_networks="<results>/tables/permuted_networks.csv",
        permuted_heatmaps="<results>/evaluation/permuted_heatmaps.csv",
    log:
        "<logs>/tabulate_permuted.log",
    benchmark:
        "<benchmarks>/tabulate_permuted.tsv"
    localrule: True
    conda:
        "../envs/plot.yaml"
    params:
        networks=networks_of_expression,
        base_modes=base_modes,
        bases=base_names,
    message:
        "Tabulate what networks trained on permuted ratings know, and how their heatmaps compare with others"
    script:
        "../workflow_scripts/tabulate_permuted.py"


rule tabulate_specificity:
    input:
        faces="<results>/faces/pairs/people.csv",
        parts="<results>/faces/pairs/parts.npy",
        shares=each("<results>/pairs/{base}/{mode}/shares.csv", base_modes),
        permuted=each("<results>/permuted/{base}/shares.csv", bases),
        code=code("tabulate_specificity"),
    output:
        "<results>/tables/specificity.csv",
    log:
        "<logs>/tabulate_specificity.log",
    benchmark:
        "<benchmarks>/tabulate_specificity.tsv"
    conda:
        "../envs/plot.yaml"
    params:
        base_modes=base_modes,
        bases=base_names,
        attribute=attribute_of_figures,
        level=setting("level"),
    message:
        "Tabulate whether relevance differs more between expressions than in networks that should not see them"
    script:
        "../workflow_scripts/tabulate_specificity.py"


rule tabulate_cross_prediction:
    input:
        predictions=each("<results>/networks/{base}/{mode}/{attribute}/predictions.csv", networks),
        faces="<results>/faces/rated/people.csv",
        ratings=ratings(attributes),
        split="<results>/faces/split.csv",
        code=code("tabulate_cross_prediction"),
    output:
        "<results>/tables/cross_prediction.csv",
    log:
        "<logs>/tabulate_cross_prediction.log",
    benchmark:
        "<benchmarks>/tabulate_cross_prediction.tsv"
    localrule: True
    conda:
        "../envs/plot.yaml"
    params:
        networks=networks,
        attributes=attribute_names,
    message:
        "Tabulate how well each network predicts the ratings of every attribute"
    script:
        "../workflow_scripts/tabulate_cross_prediction.py"
