"""Whether the heatmaps can be trusted."""


rule tabulate_conservation:
    input:
        scores=of_networks("results/{experiment}/heatmaps/{base}/{mode}/{attribute}/scores.csv"),
        ledgers=of_networks("results/{experiment}/heatmaps/{base}/{mode}/{attribute}/ledger.csv"),
        code=code("tabulate_conservation"),
    output:
        "results/{experiment}/evaluation/conservation.csv",
    log:
        "results/{experiment}/logs/tabulate_conservation.log",
    benchmark:
        "results/{experiment}/benchmarks/tabulate_conservation.tsv"
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
        weights=of_attributes("results/{experiment}/networks/{base}/{mode}/{attribute}/weights.safetensors"),
        relevance=of_attributes("results/{experiment}/heatmaps/{base}/{mode}/{attribute}/relevance.npy"),
        images="results/{experiment}/faces/rated/images.npy",
        parts="results/{experiment}/faces/rated/parts.npy",
        faces="results/{experiment}/faces/rated/faces.csv",
        truth="results/{experiment}/faces/rated/truth.csv",
        split="results/{experiment}/faces/split.csv",
        code=code("evaluate_heatmaps"),
    output:
        perturbation=part("results/{experiment}/evaluation/{base}/{mode}", "perturbation.csv"),
        localisation=part("results/{experiment}/evaluation/{base}/{mode}", "localisation.csv"),
        sanity=part("results/{experiment}/evaluation/{base}/{mode}", "sanity.csv"),
        agreement=part("results/{experiment}/evaluation/{base}/{mode}", "agreement.csv"),
    log:
        by_shard("results/{experiment}/logs/evaluate_heatmaps/{base}/{mode}", ".log"),
    benchmark:
        by_shard("results/{experiment}/benchmarks/evaluate_heatmaps/{base}/{mode}", ".tsv")
    conda:
        "../envs/torch.yaml"
    threads: config["compute"]["threads"]
    resources:
        gpu=GPUS,
        mem_mb=3000,
    params:
        attributes=attribute_names,
        evaluation=of_experiment("evaluation"),
        heatmaps=of_experiment("heatmaps"),
        shard=shard,
        compute=config["compute"],
    message:
        "Put the heatmaps of the networks made from {wildcards.base} ({wildcards.mode}) to the test"
    script:
        "../workflow_scripts/evaluate_heatmaps.py"


rule tabulate_evaluation:
    input:
        perturbation=of_modes("results/{experiment}/evaluation/{base}/{mode}/perturbation.csv"),
        localisation=of_modes("results/{experiment}/evaluation/{base}/{mode}/localisation.csv"),
        sanity=of_modes("results/{experiment}/evaluation/{base}/{mode}/sanity.csv"),
        code=code("tabulate_evaluation"),
    output:
        perturbation="results/{experiment}/evaluation/perturbation.csv",
        localisation="results/{experiment}/evaluation/localisation.csv",
        sanity="results/{experiment}/evaluation/sanity.csv",
    log:
        "results/{experiment}/logs/tabulate_evaluation.log",
    benchmark:
        "results/{experiment}/benchmarks/tabulate_evaluation.tsv"
    conda:
        "../envs/plot.yaml"
    params:
        groups=modes,
    message:
        "Tabulate what the tests of the heatmaps found"
    script:
        "../workflow_scripts/tabulate_evaluation.py"


rule tabulate_agreement:
    input:
        relevance=of_networks("results/{experiment}/heatmaps/{base}/{mode}/{attribute}/relevance.npy"),
        scores=of_networks("results/{experiment}/heatmaps/{base}/{mode}/{attribute}/scores.csv"),
        agreement=of_modes("results/{experiment}/evaluation/{base}/{mode}/agreement.csv"),
        code=code("tabulate_agreement"),
    output:
        "results/{experiment}/evaluation/agreement.csv",
    log:
        "results/{experiment}/logs/tabulate_agreement.log",
    benchmark:
        "results/{experiment}/benchmarks/tabulate_agreement.tsv"
    conda:
        "../envs/plot.yaml"
    params:
        networks=networks,
        groups=modes,
        cell=of_experiment("evaluation/cell"),
    message:
        "Tabulate how alike the heatmaps of each face are"
    script:
        "../workflow_scripts/tabulate_agreement.py"
