"""Evaluation of the heatmaps: faithfulness, localisation, randomisation, robustness, agreement, interventions."""


rule tabulate_conservation:
    input:
        scores=each("<results>/heatmaps/{base}/{mode}/{attribute}/scores.csv", networks),
        ledgers=each("<results>/heatmaps/{base}/{mode}/{attribute}/ledger.csv", networks),
        code=code("tabulate_conservation"),
    output:
        table="<results>/evaluation/conservation.csv",
        caption="<results>/evaluation/conservation.rst",
    log:
        "<logs>/tabulate_conservation.log",
    benchmark:
        "<benchmarks>/tabulate_conservation.tsv"
    localrule: True
    conda:
        "../envs/plot.yaml"
    params:
        networks=networks,
    message:
        "Tabulate whether relevance is conserved in every network"
    script:
        "../workflow_scripts/tabulate_conservation.py"


rule evaluate_heatmaps:
    input:
        unpack(compared_by("heatmaps/rule", "evaluation/rules")),
        weights=each("<results>/networks/{base}/{mode}/{attribute}/weights.safetensors", attributes),
        relevance=each("<results>/heatmaps/{base}/{mode}/{attribute}/relevance.npy", attributes),
        images="<results>/faces/rated/images.npy",
        parts="<results>/faces/rated/parts.npy",
        faces="<results>/faces/rated/people.csv",
        truth="<results>/faces/rated/truth.csv",
        split="<results>/faces/split.csv",
        code=code("evaluate_heatmaps"),
    output:
        perturbation=sharded("<results>/evaluation/{base}/{mode}", "perturbation.csv"),
        localisation=sharded("<results>/evaluation/{base}/{mode}", "localisation.csv"),
        sanity=sharded("<results>/evaluation/{base}/{mode}", "sanity.csv"),
        agreement=sharded("<results>/evaluation/{base}/{mode}", "agreement.csv"),
        cancellation=sharded("<results>/evaluation/{base}/{mode}", "cancellation.csv"),
    log:
        per_shard("<logs>/evaluate_heatmaps/{base}/{mode}", ".log"),
    benchmark:
        per_shard("<benchmarks>/evaluate_heatmaps/{base}/{mode}", ".tsv")
    conda:
        "../envs/torch.yaml"
    threads: config["compute"]["threads"]
    resources:
        gpu=GPUS,
        device=DEVICE,
        mem_mb=3000,
    params:
        attributes=attribute_names,
        evaluation=evaluation_settings,
        heatmaps=heatmap_settings,
        shard=shard,
        scale=rating_scale,
        compute=COMPUTING,
    message:
        "Evaluate the heatmaps of the networks made from {wildcards.base} ({wildcards.mode})"
    script:
        "../workflow_scripts/evaluate_heatmaps.py"


rule explain_randomised:
    input:
        unpack(compared_by("heatmaps/rule")),
        weights=one("<results>/networks/{base}/{mode}/{attribute}/weights.safetensors", expression_network),
        images="<results>/faces/rated/images.npy",
        faces="<results>/faces/rated/people.csv",
        ratings=ratings(of_expression),
        split="<results>/faces/split.csv",
        code=code("explain_randomised"),
    output:
        relevance="<results>/heatmaps/randomised/relevance.npy",
        layers="<results>/heatmaps/randomised/layers.csv",
    log:
        "<logs>/explain_randomised.log",
    benchmark:
        "<benchmarks>/explain_randomised.tsv"
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
        evaluation=randomisation,
        publishable_only=setting("figures/publishable_only"),
        compute=COMPUTING,
    message:
        "Explain one face by a network whose weights become random"
    script:
        "../workflow_scripts/explain_randomised.py"


rule tabulate_evaluation:
    input:
        perturbation=each("<results>/evaluation/{base}/{mode}/perturbation.csv", base_modes),
        localisation=each("<results>/evaluation/{base}/{mode}/localisation.csv", base_modes),
        sanity=each("<results>/evaluation/{base}/{mode}/sanity.csv", base_modes),
        cancellation=each("<results>/evaluation/{base}/{mode}/cancellation.csv", base_modes),
        faces="<results>/evaluation/individuality_faces.csv",
        code=code("tabulate_evaluation"),
    output:
        perturbation="<results>/evaluation/perturbation.csv",
        localisation="<results>/evaluation/localisation.csv",
        sanity="<results>/evaluation/sanity.csv",
        rules="<results>/evaluation/rules.csv",
    log:
        "<logs>/tabulate_evaluation.log",
    benchmark:
        "<benchmarks>/tabulate_evaluation.tsv"
    conda:
        "../envs/plot.yaml"
    params:
        base_modes=base_modes,
    message:
        "Tabulate the evaluation of the heatmaps"
    script:
        "../workflow_scripts/tabulate_evaluation.py"


rule tabulate_agreement:
    input:
        relevance=each("<results>/heatmaps/{base}/{mode}/{attribute}/relevance.npy", networks),
        scores=each("<results>/heatmaps/{base}/{mode}/{attribute}/scores.csv", networks),
        agreement=each("<results>/evaluation/{base}/{mode}/agreement.csv", base_modes),
        code=code("tabulate_agreement"),
    output:
        agreement="<results>/evaluation/agreement.csv",
        individuality="<results>/evaluation/individuality.csv",
        faces="<results>/evaluation/individuality_faces.csv",
    log:
        "<logs>/tabulate_agreement.log",
    benchmark:
        "<benchmarks>/tabulate_agreement.tsv"
    conda:
        "../envs/plot.yaml"
    params:
        networks=networks,
        base_modes=base_modes,
        cell_pixels=setting("evaluation/cell_pixels"),
    message:
        "Tabulate how alike the heatmaps of each face are, with and without what all faces share"
    script:
        "../workflow_scripts/tabulate_agreement.py"


# Not in shards: few faces.
rule intervene:
    input:
        unpack(compared_by("evaluation/rules_intervened")),
        weights=each("<results>/networks/{base}/{mode}/{attribute}/weights.safetensors", attributes),
        relevance=each("<results>/heatmaps/{base}/{mode}/{attribute}/relevance.npy", attributes),
        images="<results>/faces/rated/images.npy",
        parts="<results>/faces/rated/parts.npy",
        redrawn="<results>/faces/rated/redrawn.npy",
        redrawn_faces="<results>/faces/rated/redrawn.csv",
        faces="<results>/faces/rated/people.csv",
        split="<results>/faces/split.csv",
        code=code("intervene"),
    output:
        "<results>/evaluation/{base}/{mode}/interventions.csv",
    log:
        "<logs>/intervene/{base}/{mode}.log",
    benchmark:
        "<benchmarks>/intervene/{base}/{mode}.tsv"
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
        rules=intervened_rules,
        scale=rating_scale,
        compute=COMPUTING,
    message:
        "Intervene on parts of drawn faces, for the networks made from {wildcards.base} ({wildcards.mode})"
    script:
        "../workflow_scripts/intervene.py"


rule tabulate_interventions:
    input:
        interventions=each("<results>/evaluation/{base}/{mode}/interventions.csv", base_modes),
        truth="<results>/faces/rated/truth.csv",
        code=code("tabulate_interventions"),
    output:
        interventions="<results>/evaluation/interventions.csv",
        uses="<results>/evaluation/uses.csv",
        recovery="<results>/evaluation/recovery.csv",
    log:
        "<logs>/tabulate_interventions.log",
    benchmark:
        "<benchmarks>/tabulate_interventions.tsv"
    conda:
        "../envs/plot.yaml"
    params:
        base_modes=base_modes,
        scale=rating_scale,
    message:
        "Tabulate whether relevance is like the effects of interventions, and what networks and heatmaps recover"
    script:
        "../workflow_scripts/tabulate_interventions.py"
