"""Figures: each has a line in the registry (report.smk), a rule here, a script and a caption."""


rule draw_truth:
    input:
        uses="<results>/evaluation/uses.csv",
        recovery="<results>/evaluation/recovery.csv",
        code=code("draw_truth"),
    output:
        **figure("truth"),
    log:
        "<logs>/draw_truth.log",
    benchmark:
        "<benchmarks>/draw_truth.tsv"
    localrule: True
    conda:
        "../envs/plot.yaml"
    message:
        "Draw what ratings depend on, what networks use and what heatmaps show"
    script:
        "../workflow_scripts/draw_truth.py"


rule draw_figure1:
    input:
        unpack(known_skill(expression_network)),
        layers="<results>/heatmaps/flow/layers.npz",
        ledger="<results>/heatmaps/flow/ledger.csv",
        code=code("draw_figure1"),
    output:
        **figure("figure1"),
    log:
        "<logs>/draw_figure1.log",
    benchmark:
        "<benchmarks>/draw_figure1.tsv"
    localrule: True
    conda:
        "../envs/plot.yaml"
    params:
        attribute=attribute_of_figures,
    message:
        "Figure 1: the relevance of one face, layer by layer"
    script:
        "../workflow_scripts/draw_figure1.py"


rule draw_figure2:
    input:
        images="<results>/faces/rated/images.npy",
        parts="<results>/faces/rated/parts.npy",
        faces="<results>/faces/rated/people.csv",
        ratings=ratings(of_expression),
        split="<results>/faces/split.csv",
        relevance=each("<results>/heatmaps/{base}/base/relevance.npy", bases),
        scores=each("<results>/heatmaps/{base}/base/scores.csv", bases),
        classes=each("<results>/bases/{base}/classes.csv", bases),
        code=code("draw_figure2"),
    output:
        **figure("figure2"),
    log:
        "<logs>/draw_figure2.log",
    benchmark:
        "<benchmarks>/draw_figure2.tsv"
    localrule: True
    conda:
        "../envs/plot.yaml"
    params:
        smoothing_pixels=setting("figures/smoothing_pixels"),
        bases=base_names,
        attribute=attribute_of_figures,
        publishable_only=setting("figures/publishable_only"),
    message:
        "Figure 2: one face under each base model"
    script:
        "../workflow_scripts/draw_figure2.py"


rule draw_rules:
    input:
        unpack(known_skill(expression_network)),
        unpack(effects_if_any("interventions")),
        images="<results>/faces/rated/images.npy",
        parts="<results>/faces/rated/parts.npy",
        faces="<results>/faces/rated/people.csv",
        ratings=ratings(of_expression),
        relevance="<results>/heatmaps/rules/relevance.npy",
        scores="<results>/heatmaps/rules/scores.csv",
        code=code("draw_rules"),
    output:
        **figure("rules"),
    log:
        "<logs>/draw_rules.log",
    benchmark:
        "<benchmarks>/draw_rules.tsv"
    localrule: True
    conda:
        "../envs/plot.yaml"
    params:
        smoothing_pixels=setting("figures/smoothing_pixels"),
        attribute=attribute_of_figures,
        scale=rating_scale,
    message:
        "Draw a few faces with their heatmaps by several LRP rules"
    script:
        "../workflow_scripts/draw_rules.py"


rule draw_figure3:
    input:
        histories=each("<results>/networks/{base}/{mode}/{attribute}/history.csv", replicated_networks),
        convergence="<results>/tables/convergence.csv",
        code=code("draw_figure3"),
    output:
        **figure("figure3"),
    log:
        "<logs>/draw_figure3.log",
    benchmark:
        "<benchmarks>/draw_figure3.tsv"
    localrule: True
    conda:
        "../envs/plot.yaml"
    params:
        networks=curves,
    message:
        "Figure 3: learning curves"
    script:
        "../workflow_scripts/draw_figure3.py"


rule draw_figure4:
    input:
        unpack(known_skill(expression_network)),
        images="<results>/faces/pairs/images.npy",
        parts="<results>/faces/pairs/parts.npy",
        faces="<results>/faces/pairs/people.csv",
        relevance=one("<results>/pairs/{base}/{mode}/relevance.npy", expression_network),
        scores=one("<results>/pairs/{base}/{mode}/scores.csv", expression_network),
        code=code("draw_figure4"),
    output:
        **figure("figure4"),
    log:
        "<logs>/draw_figure4.log",
    benchmark:
        "<benchmarks>/draw_figure4.tsv"
    localrule: True
    conda:
        "../envs/plot.yaml"
    params:
        smoothing_pixels=setting("figures/smoothing_pixels"),
        attributes=attribute_names,
        attribute=attribute_of_figures,
        scale=rating_scale,
    message:
        "Figure 4: two people in two expressions"
    script:
        "../workflow_scripts/draw_figure4.py"


rule draw_figure5:
    input:
        images="<results>/faces/rated/images.npy",
        parts="<results>/faces/rated/parts.npy",
        faces="<results>/faces/rated/people.csv",
        split="<results>/faces/split.csv",
        relevance="<results>/heatmaps/ageing/relevance.npy",
        scores="<results>/heatmaps/ageing/scores.csv",
        classes=one("<results>/bases/{base}/classes.csv", age_base),
        code=code("draw_figure5"),
    output:
        **figure("figure5"),
    log:
        "<logs>/draw_figure5.log",
    benchmark:
        "<benchmarks>/draw_figure5.tsv"
    localrule: True
    conda:
        "../envs/plot.yaml"
    params:
        smoothing_pixels=setting("figures/smoothing_pixels"),
        base=lambda wildcards: age_base(wildcards)["base"],
        publishable_only=setting("figures/publishable_only"),
    message:
        "Figure 5: the faces that look oldest"
    script:
        "../workflow_scripts/draw_figure5.py"


rule draw_figure6:
    input:
        unpack(known_skill(attractiveness_network)),
        images="<results>/faces/rated/images.npy",
        parts="<results>/faces/rated/parts.npy",
        faces="<results>/faces/rated/people.csv",
        ratings=ratings(of_attractiveness),
        split="<results>/faces/split.csv",
        relevance=one("<results>/heatmaps/{base}/{mode}/{attribute}/relevance.npy", attractiveness_network),
        scores=one("<results>/heatmaps/{base}/{mode}/{attribute}/scores.csv", attractiveness_network),
        code=code("draw_figure6"),
    output:
        **figure("figure6"),
    log:
        "<logs>/draw_figure6.log",
    benchmark:
        "<benchmarks>/draw_figure6.tsv"
    localrule: True
    conda:
        "../envs/plot.yaml"
    params:
        smoothing_pixels=setting("figures/smoothing_pixels"),
        attribute=setting("figures/attractiveness"),
        publishable_only=setting("figures/publishable_only"),
        scale=rating_scale,
    message:
        "Figure 6: the most attractive faces"
    script:
        "../workflow_scripts/draw_figure6.py"


rule draw_figure7:
    input:
        unpack(known_skill(expression_networks)),
        images="<results>/faces/rated/images.npy",
        parts="<results>/faces/rated/parts.npy",
        faces="<results>/faces/rated/people.csv",
        ratings=ratings(of_expression),
        split="<results>/faces/split.csv",
        relevance=each("<results>/occlusion/{base}/{mode}/shown.npy", expression_networks),
        scores=each("<results>/occlusion/{base}/{mode}/scores.csv", expression_networks),
        code=code("draw_figure7"),
    output:
        **figure("figure7"),
    log:
        "<logs>/draw_figure7.log",
    benchmark:
        "<benchmarks>/draw_figure7.tsv"
    localrule: True
    conda:
        "../envs/plot.yaml"
    params:
        smoothing_pixels=setting("figures/smoothing_pixels"),
        bases=base_names,
        attribute=attribute_of_figures,
        patches=setting("occlusion/patches"),
        publishable_only=setting("figures/publishable_only"),
        scale=rating_scale,
    message:
        "Figure 7: occlusions"
    script:
        "../workflow_scripts/draw_figure7.py"


rule draw_contact_sheet:
    input:
        unpack(known_skill(figure_base_mode)),
        images="<results>/faces/rated/images.npy",
        parts="<results>/faces/rated/parts.npy",
        faces="<results>/faces/rated/people.csv",
        ratings=ratings(itself),
        split="<results>/faces/split.csv",
        relevance=one("<results>/heatmaps/{base}/{mode}/{attribute}/relevance.npy", figure_base_mode),
        scores=one("<results>/heatmaps/{base}/{mode}/{attribute}/scores.csv", figure_base_mode),
        code=code("draw_contact_sheet"),
    output:
        **figure("contact_sheets/{attribute}"),
    log:
        "<logs>/draw_contact_sheet/{attribute}.log",
    benchmark:
        "<benchmarks>/draw_contact_sheet/{attribute}.tsv"
    localrule: True
    conda:
        "../envs/plot.yaml"
    params:
        smoothing_pixels=setting("figures/smoothing_pixels"),
        attribute="{attribute}",
        network=figure_base_mode,
        publishable_only=setting("figures/publishable_only"),
        scale=rating_scale,
    message:
        "Contact sheet: faces from the lowest to the highest prediction of {wildcards.attribute}"
    script:
        "../workflow_scripts/draw_contact_sheet.py"


rule draw_evaluation:
    input:
        unpack(known_skill(expression_network)),
        curves=one("<results>/evaluation/{base}/{mode}/perturbation.csv", expression_network),
        areas="<results>/evaluation/perturbation.csv",
        code=code("draw_evaluation"),
    output:
        **figure("evaluation"),
    log:
        "<logs>/draw_evaluation.log",
    benchmark:
        "<benchmarks>/draw_evaluation.tsv"
    localrule: True
    conda:
        "../envs/plot.yaml"
    params:
        network=expression_network,
        scale=rating_scale,
    message:
        "Predictions as relevant regions are replaced"
    script:
        "../workflow_scripts/draw_evaluation.py"


rule draw_randomised:
    input:
        images="<results>/faces/rated/images.npy",
        parts="<results>/faces/rated/parts.npy",
        faces="<results>/faces/rated/people.csv",
        relevance="<results>/heatmaps/randomised/relevance.npy",
        layers="<results>/heatmaps/randomised/layers.csv",
        code=code("draw_randomised"),
    output:
        **figure("randomised"),
    log:
        "<logs>/draw_randomised.log",
    benchmark:
        "<benchmarks>/draw_randomised.tsv"
    localrule: True
    conda:
        "../envs/plot.yaml"
    params:
        network=expression_network,
        smoothing_pixels=setting("figures/smoothing_pixels"),
    message:
        "Heatmaps of a network whose weights become random"
    script:
        "../workflow_scripts/draw_randomised.py"


rule draw_predictions:
    input:
        unpack(known_skill(networks)),
        code=code("draw_predictions"),
    output:
        **figure("predictions"),
    log:
        "<logs>/draw_predictions.log",
    benchmark:
        "<benchmarks>/draw_predictions.tsv"
    localrule: True
    conda:
        "../envs/plot.yaml"
    params:
        networks=networks,
    message:
        "Predictions of every network against ratings"
    script:
        "../workflow_scripts/draw_predictions.py"


rule draw_regions:
    input:
        images="<results>/faces/{set}/images.npy",
        parts="<results>/faces/{set}/parts.npy",
        faces="<results>/faces/{set}/people.csv",
        detection="<results>/faces/{set}/detection.csv",
        code=code("draw_regions"),
    output:
        **figure("regions/{set}"),
    log:
        "<logs>/draw_regions/{set}.log",
    benchmark:
        "<benchmarks>/draw_regions/{set}.tsv"
    localrule: True
    conda:
        "../envs/plot.yaml"
    params:
        publishable_only=setting("figures/publishable_only"),
    message:
        "Contact sheet: {wildcards.set} faces and their parts"
    script:
        "../workflow_scripts/draw_regions.py"
