"""Fine-tuned networks ({base models} × {dense, full} × attributes), Table 1, and how fast they converge."""


rule finetune:
    input:
        unpack(start_of_network),
        faces="<results>/faces/rated/people.csv",
        ratings=ratings(itself),
        split="<results>/faces/split.csv",
        code=code("finetune"),
    output:
        weights="<results>/networks/{base}/{mode}/{attribute}/weights.safetensors",
        history="<results>/networks/{base}/{mode}/{attribute}/history.csv",
        predictions="<results>/networks/{base}/{mode}/{attribute}/predictions.csv",
    log:
        "<logs>/finetune/{base}/{mode}/{attribute}.log",
    benchmark:
        "<benchmarks>/finetune/{base}/{mode}/{attribute}.tsv"
    conda:
        "../envs/torch.yaml"
    threads: config["compute"]["threads"]
    resources:
        gpu=GPUS,
        device=DEVICE,
        mem_mb=4000,
    params:
        recipe=recipe_of_network,
        head=head_of_base,
        seed=seed_of_network,
        scale=rating_scale,
        compute=TRAINING,
    message:
        "Fine-tune base model {wildcards.base} ({wildcards.mode}) to predict {wildcards.attribute}"
    script:
        "../workflow_scripts/finetune.py"


rule tabulate_networks:
    input:
        predictions=each("<results>/networks/{base}/{mode}/{attribute}/predictions.csv", networks),
        ridge=each("<results>/bases/{base}/ridge/{attribute}.csv", networks),
        faces="<results>/faces/rated/people.csv",
        ratings=ratings(attributes),
        split="<results>/faces/split.csv",
        raters="<results>/faces/rated/raters.csv",
        replicates=replicates_if_any,
        code=code("tabulate_networks"),
    output:
        "<results>/tables/table1.csv",
    log:
        "<logs>/tabulate_networks.log",
    benchmark:
        "<benchmarks>/tabulate_networks.tsv"
    localrule: True
    conda:
        "../envs/plot.yaml"
    params:
        networks=networks,
        paper_mae=setting("paper_mae", default={}),
    message:
        "Table 1: mean absolute errors of the networks"
    script:
        "../workflow_scripts/tabulate_networks.py"


rule compare_networks:
    input:
        predictions=each("<results>/networks/{base}/{mode}/{attribute}/predictions.csv", networks),
        ridge=each("<results>/bases/{base}/ridge/{attribute}.csv", networks),
        code=code("compare_networks"),
    output:
        "<results>/tables/comparisons.csv",
    log:
        "<logs>/compare_networks.log",
    benchmark:
        "<benchmarks>/compare_networks.tsv"
    localrule: True
    conda:
        "../envs/plot.yaml"
    params:
        networks=networks,
        equal_recipes=equal_recipes,
    message:
        "Compare errors on the same faces: by mode, by base model, and with ridge regression"
    script:
        "../workflow_scripts/compare_networks.py"


rule tabulate_convergence:
    input:
        histories=each("<results>/networks/{base}/{mode}/{attribute}/history.csv", networks),
        faces="<results>/faces/rated/people.csv",
        ratings=ratings(attributes),
        split="<results>/faces/split.csv",
        code=code("tabulate_convergence"),
    output:
        "<results>/tables/convergence.csv",
    log:
        "<logs>/tabulate_convergence.log",
    benchmark:
        "<benchmarks>/tabulate_convergence.tsv"
    localrule: True
    conda:
        "../envs/plot.yaml"
    params:
        networks=networks,
        scale=rating_scale,
    message:
        "Tabulate how quickly each network learned"
    script:
        "../workflow_scripts/tabulate_convergence.py"
