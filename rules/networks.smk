"""The fine-tuned networks ({base models} × {dense, full} × attributes), Table 1 and their rate of convergence."""


rule finetune:
    input:
        unpack(start_of_network),
        faces="results/{experiment}/faces/rated/faces.csv",
        split="results/{experiment}/faces/split.csv",
        code=code("finetune"),
    output:
        weights="results/{experiment}/networks/{base}/{mode}/{attribute}/weights.safetensors",
        history="results/{experiment}/networks/{base}/{mode}/{attribute}/history.csv",
        predictions="results/{experiment}/networks/{base}/{mode}/{attribute}/predictions.csv",
    log:
        "results/{experiment}/logs/finetune/{base}/{mode}/{attribute}.log",
    benchmark:
        "results/{experiment}/benchmarks/finetune/{base}/{mode}/{attribute}.tsv"
    conda:
        "../envs/torch.yaml"
    threads: config["compute"]["threads"]
    resources:
        gpu=GPUS,
        mem_mb=4000,
    params:
        recipe=of_experiment("finetuning/{mode}"),
        seed=of_experiment("finetuning/seed"),
        compute=config["compute"],
    message:
        "Fine-tune base model {wildcards.base} ({wildcards.mode}) to predict {wildcards.attribute}"
    script:
        "../workflow_scripts/finetune.py"


rule tabulate_networks:
    input:
        predictions=of_networks("results/{experiment}/networks/{base}/{mode}/{attribute}/predictions.csv"),
        ridge=of_networks("results/{experiment}/bases/{base}/ridge/{attribute}.csv"),
        faces="results/{experiment}/faces/rated/faces.csv",
        split="results/{experiment}/faces/split.csv",
        raters="results/{experiment}/faces/rated/raters.csv",
        code=code("tabulate_networks"),
    output:
        "results/{experiment}/tables/table1.csv",
    log:
        "results/{experiment}/logs/tabulate_networks.log",
    benchmark:
        "results/{experiment}/benchmarks/tabulate_networks.tsv"
    conda:
        "../envs/plot.yaml"
    params:
        networks=networks,
        paper_mae=of_experiment("paper_mae", default={}),
    message:
        "Table 1: how far predictions are from people's ratings"
    script:
        "../workflow_scripts/tabulate_networks.py"


rule compare_networks:
    input:
        predictions=of_networks("results/{experiment}/networks/{base}/{mode}/{attribute}/predictions.csv"),
        code=code("compare_networks"),
    output:
        "results/{experiment}/tables/comparisons.csv",
    log:
        "results/{experiment}/logs/compare_networks.log",
    benchmark:
        "results/{experiment}/benchmarks/compare_networks.tsv"
    conda:
        "../envs/plot.yaml"
    params:
        networks=networks,
    message:
        "Compare the errors of networks on the same faces, by mode and by base model"
    script:
        "../workflow_scripts/compare_networks.py"


rule tabulate_convergence:
    input:
        histories=of_networks("results/{experiment}/networks/{base}/{mode}/{attribute}/history.csv"),
        code=code("tabulate_convergence"),
    output:
        "results/{experiment}/tables/convergence.csv",
    log:
        "results/{experiment}/logs/tabulate_convergence.log",
    benchmark:
        "results/{experiment}/benchmarks/tabulate_convergence.tsv"
    conda:
        "../envs/plot.yaml"
    params:
        networks=networks,
    message:
        "Tabulate how quickly each network learned"
    script:
        "../workflow_scripts/tabulate_convergence.py"
