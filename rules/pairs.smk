"""The same people in two expressions: scores and heatmaps of both."""


rule explain_pairs:
    input:
        unpack(compared_by("heatmaps/rule")),
        weights=each("<results>/networks/{base}/{mode}/{attribute}/weights.safetensors", attributes),
        images="<results>/faces/pairs/images.npy",
        parts="<results>/faces/pairs/parts.npy",
        faces="<results>/faces/pairs/people.csv",
        code=code("explain_pairs"),
    output:
        relevance="<results>/pairs/{base}/{mode}/relevance.npy",
        scores="<results>/pairs/{base}/{mode}/scores.csv",
        shares="<results>/pairs/{base}/{mode}/shares.csv",
    log:
        "<logs>/explain_pairs/{base}/{mode}.log",
    benchmark:
        "<benchmarks>/explain_pairs/{base}/{mode}.tsv"
    conda:
        "../envs/torch.yaml"
    threads: config["compute"]["threads"]
    resources:
        gpu=GPUS,
        device=DEVICE,
        mem_mb=3000,
    params:
        attributes=attribute_names,
        heatmaps=heatmap_settings,
        compute=COMPUTING,
    message:
        "Explain the networks made from {wildcards.base} ({wildcards.mode}) for the pairs of expressions"
    script:
        "../workflow_scripts/explain_pairs.py"


rule swap_parts:
    input:
        weights=each("<results>/networks/{base}/{mode}/{attribute}/weights.safetensors", attributes),
        relevance="<results>/pairs/{base}/{mode}/relevance.npy",
        images="<results>/faces/pairs/images.npy",
        parts="<results>/faces/pairs/parts.npy",
        faces="<results>/faces/pairs/people.csv",
        code=code("swap_parts"),
    output:
        "<results>/pairs/{base}/{mode}/swaps.csv",
    log:
        "<logs>/swap_parts/{base}/{mode}.log",
    benchmark:
        "<benchmarks>/swap_parts/{base}/{mode}.tsv"
    conda:
        "../envs/torch.yaml"
    threads: config["compute"]["threads"]
    resources:
        gpu=GPUS,
        device=DEVICE,
        mem_mb=3000,
    params:
        attributes=attribute_names,
        scale=rating_scale,
        compute=COMPUTING,
    message:
        "Swap parts between two expressions of a person, for the networks made from {wildcards.base} ({wildcards.mode})"
    script:
        "../workflow_scripts/swap_parts.py"


rule tabulate_swaps:
    input:
        swaps=each("<results>/pairs/{base}/{mode}/swaps.csv", base_modes),
        code=code("tabulate_swaps"),
    output:
        swaps="<results>/tables/swaps.csv",
        swap_effects="<results>/tables/swap_effects.csv",
    log:
        "<logs>/tabulate_swaps.log",
    benchmark:
        "<benchmarks>/tabulate_swaps.tsv"
    conda:
        "../envs/plot.yaml"
    params:
        base_modes=base_modes,
        scale=rating_scale,
    message:
        "Tabulate what swapping parts between two expressions of the same people does, and whether relevance is like it"
    script:
        "../workflow_scripts/tabulate_swaps.py"


rule tabulate_pairs:
    input:
        faces="<results>/faces/pairs/people.csv",
        scores=each("<results>/pairs/{base}/{mode}/scores.csv", base_modes),
        shares=each("<results>/pairs/{base}/{mode}/shares.csv", base_modes),
        code=code("tabulate_pairs"),
    output:
        parts="<results>/tables/pairs.csv",
        scores="<results>/tables/pair_scores.csv",
    log:
        "<logs>/tabulate_pairs.log",
    benchmark:
        "<benchmarks>/tabulate_pairs.tsv"
    conda:
        "../envs/plot.yaml"
    params:
        networks=networks,
        base_modes=base_modes,
        level=setting("level"),
        scale=rating_scale,
    message:
        "Tabulate how scores and relevance differ between two expressions of the same people"
    script:
        "../workflow_scripts/tabulate_pairs.py"


rule draw_pairs:
    input:
        unpack(known_skill(expression_networks)),
        images="<results>/faces/pairs/images.npy",
        parts="<results>/faces/pairs/parts.npy",
        faces="<results>/faces/pairs/people.csv",
        relevance=each("<results>/pairs/{base}/{mode}/relevance.npy", expression_networks),
        scores=each("<results>/pairs/{base}/{mode}/scores.csv", expression_networks),
        parts_table="<results>/tables/pairs.csv",
        code=code("draw_pairs"),
    output:
        **figure("pairs"),
    log:
        "<logs>/draw_pairs.log",
    benchmark:
        "<benchmarks>/draw_pairs.tsv"
    localrule: True
    conda:
        "../envs/plot.yaml"
    params:
        bases=base_names,
        mode=setting("figures/mode"),
        attributes=attribute_names,
        attribute=attribute_of_figures,
    message:
        "Draw where relevance differs between two expressions"
    script:
        "../workflow_scripts/draw_pairs.py"
