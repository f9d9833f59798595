"""The figures of the paper."""


rule draw_figure1:
    input:
        layers="results/{experiment}/heatmaps/flow/layers.npz",
        ledger="results/{experiment}/heatmaps/flow/ledger.csv",
        code=code("draw_figure1"),
    output:
        **figure(1, "the relevance of one face, layer by layer", "Relevance", shown_network),
    log:
        "results/{experiment}/logs/draw_figure1.log",
    benchmark:
        "results/{experiment}/benchmarks/draw_figure1.tsv"
    conda:
        "../envs/plot.yaml"
    params:
        attribute=of_experiment("figures/expression"),
    message:
        "Figure 1: the relevance of one face, layer by layer"
    script:
        "../workflow_scripts/draw_figure1.py"


rule draw_figure2:
    input:
        images="results/{experiment}/faces/rated/images.npy",
        faces="results/{experiment}/faces/rated/faces.csv",
        split="results/{experiment}/faces/split.csv",
        relevance=of_bases("results/{experiment}/heatmaps/{base}/base/relevance.npy"),
        scores=of_bases("results/{experiment}/heatmaps/{base}/base/scores.csv"),
        classes=of_bases("results/{experiment}/bases/{base}/classes.csv"),
        code=code("draw_figure2"),
    output:
        **figure(2, "one face under each base model", "Base models"),
    log:
        "results/{experiment}/logs/draw_figure2.log",
    benchmark:
        "results/{experiment}/benchmarks/draw_figure2.tsv"
    conda:
        "../envs/plot.yaml"
    params:
        bases=base_names,
        attribute=of_experiment("figures/expression"),
        publishable_only=of_experiment("figures/publishable_only"),
    message:
        "Figure 2: one face under each base model"
    script:
        "../workflow_scripts/draw_figure2.py"


rule draw_figure3:
    input:
        histories=of_networks("results/{experiment}/networks/{base}/{mode}/{attribute}/history.csv"),
        code=code("draw_figure3"),
    output:
        **figure(3, "learning curves", "Convergence"),
    log:
        "results/{experiment}/logs/draw_figure3.log",
    benchmark:
        "results/{experiment}/benchmarks/draw_figure3.tsv"
    conda:
        "../envs/plot.yaml"
    params:
        networks=networks,
    message:
        "Figure 3: learning curves"
    script:
        "../workflow_scripts/draw_figure3.py"


rule draw_figure4:
    input:
        images="results/{experiment}/faces/pairs/images.npy",
        faces="results/{experiment}/faces/pairs/faces.csv",
        relevance=of_shown_network("results/{experiment}/pairs/{base}/{mode}/relevance.npy", "expression"),
        scores=of_shown_network("results/{experiment}/pairs/{base}/{mode}/scores.csv", "expression"),
        code=code("draw_figure4"),
    output:
        **figure(4, "two people in two expressions", "Expressions", shown_network),
    log:
        "results/{experiment}/logs/draw_figure4.log",
    benchmark:
        "results/{experiment}/benchmarks/draw_figure4.tsv"
    conda:
        "../envs/plot.yaml"
    params:
        attributes=attribute_names,
        attribute=of_experiment("figures/expression"),
    message:
        "Figure 4: two people in two expressions"
    script:
        "../workflow_scripts/draw_figure4.py"


rule draw_figure5:
    input:
        images="results/{experiment}/faces/rated/images.npy",
        parts="results/{experiment}/faces/rated/parts.npy",
        faces="results/{experiment}/faces/rated/faces.csv",
        split="results/{experiment}/faces/split.csv",
        relevance=of_age_base("results/{experiment}/heatmaps/{base}/base/relevance.npy"),
        scores=of_age_base("results/{experiment}/heatmaps/{base}/base/scores.csv"),
        classes=of_age_base("results/{experiment}/bases/{base}/classes.csv"),
        code=code("draw_figure5"),
    output:
        **figure(5, "the faces that look oldest", "Heatmaps", lambda wildcards: {"base": age_base(wildcards)}),
    log:
        "results/{experiment}/logs/draw_figure5.log",
    benchmark:
        "results/{experiment}/benchmarks/draw_figure5.tsv"
    conda:
        "../envs/plot.yaml"
    params:
        base=age_base,
        publishable_only=of_experiment("figures/publishable_only"),
    message:
        "Figure 5: the faces that look oldest"
    script:
        "../workflow_scripts/draw_figure5.py"


rule draw_figure6:
    input:
        images="results/{experiment}/faces/rated/images.npy",
        parts="results/{experiment}/faces/rated/parts.npy",
        faces="results/{experiment}/faces/rated/faces.csv",
        split="results/{experiment}/faces/split.csv",
        relevance=of_shown_network(
            "results/{experiment}/heatmaps/{base}/{mode}/{attribute}/relevance.npy", "attractiveness"
        ),
        scores=of_shown_network("results/{experiment}/heatmaps/{base}/{mode}/{attribute}/scores.csv", "attractiveness"),
        code=code("draw_figure6"),
    output:
        **figure(6, "the most attractive faces", "Heatmaps", shown_attractiveness),
    log:
        "results/{experiment}/logs/draw_figure6.log",
    benchmark:
        "results/{experiment}/benchmarks/draw_figure6.tsv"
    conda:
        "../envs/plot.yaml"
    params:
        attribute=of_experiment("figures/attractiveness"),
        publishable_only=of_experiment("figures/publishable_only"),
    message:
        "Figure 6: the most attractive faces"
    script:
        "../workflow_scripts/draw_figure6.py"


rule draw_figure7:
    input:
        images="results/{experiment}/faces/rated/images.npy",
        parts="results/{experiment}/faces/rated/parts.npy",
        faces="results/{experiment}/faces/rated/faces.csv",
        split="results/{experiment}/faces/split.csv",
        relevance=of_expression_networks("results/{experiment}/occlusion/{base}/{mode}/shown.npy"),
        scores=of_expression_networks("results/{experiment}/occlusion/{base}/{mode}/scores.csv"),
        code=code("draw_figure7"),
    output:
        **figure(7, "occlusions", "Occlusion", shown_bases),
    log:
        "results/{experiment}/logs/draw_figure7.log",
    benchmark:
        "results/{experiment}/benchmarks/draw_figure7.tsv"
    conda:
        "../envs/plot.yaml"
    params:
        bases=base_names,
        attribute=of_experiment("figures/expression"),
        occlusion=of_experiment("occlusion"),
        publishable_only=of_experiment("figures/publishable_only"),
    message:
        "Figure 7: occlusions"
    script:
        "../workflow_scripts/draw_figure7.py"


rule draw_contact_sheet:
    input:
        images="results/{experiment}/faces/rated/images.npy",
        faces="results/{experiment}/faces/rated/faces.csv",
        split="results/{experiment}/faces/split.csv",
        relevance=of_shown_mode("results/{experiment}/heatmaps/{base}/{mode}/{attribute}/relevance.npy"),
        scores=of_shown_mode("results/{experiment}/heatmaps/{base}/{mode}/{attribute}/scores.csv"),
        code=code("draw_contact_sheet"),
    output:
        **picture(
            "contact_sheets/{attribute}",
            "Figure: contact sheet",
            "Heatmaps",
            lambda wildcards: shown_mode(wildcards) | {"attribute": wildcards.attribute},
            caption="contact_sheet",
        ),
    log:
        "results/{experiment}/logs/draw_contact_sheet/{attribute}.log",
    benchmark:
        "results/{experiment}/benchmarks/draw_contact_sheet/{attribute}.tsv"
    conda:
        "../envs/plot.yaml"
    params:
        attribute="{attribute}",
        network=shown_mode,
        publishable_only=of_experiment("figures/publishable_only"),
    message:
        "Contact sheet: faces from the lowest to the highest prediction of {wildcards.attribute}"
    script:
        "../workflow_scripts/draw_contact_sheet.py"


rule draw_evaluation:
    input:
        curves=of_shown_network("results/{experiment}/evaluation/{base}/{mode}/perturbation.csv", "expression"),
        areas="results/{experiment}/evaluation/perturbation.csv",
        code=code("draw_evaluation"),
    output:
        **picture("evaluation", "Figure: relevant regions taken away", "Evaluation", shown_network),
    log:
        "results/{experiment}/logs/draw_evaluation.log",
    benchmark:
        "results/{experiment}/benchmarks/draw_evaluation.tsv"
    conda:
        "../envs/plot.yaml"
    params:
        network=shown_network,
    message:
        "What taking away relevant regions does to predictions"
    script:
        "../workflow_scripts/draw_evaluation.py"
