"""Base models, trained or imported, the features that fine-tuning starts from, and which base is the better."""


rule train_base:
    input:
        unpack(faces_of_base),
        code=code("train_base"),
    output:
        weights="results/{experiment}/bases/{base}/weights.safetensors",
        history="results/{experiment}/bases/{base}/history.csv",
    log:
        "results/{experiment}/logs/train_base/{base}.log",
    benchmark:
        "results/{experiment}/benchmarks/train_base/{base}.tsv"
    wildcard_constraints:
        experiment=experiments_with("train"),
    conda:
        "../envs/torch.yaml"
    threads: config["compute"]["threads"]
    resources:
        gpu=GPUS,
        mem_mb=4000,
    params:
        base=of_experiment("bases/{base}"),
        compute=config["compute"],
    message:
        "Train base model {wildcards.base}"
    script:
        "../workflow_scripts/train_base.py"


rule import_caffe:
    input:
        code=code("import_caffe"),
    output:
        weights="results/{experiment}/bases/{base}/weights.safetensors",
    log:
        "results/{experiment}/logs/import_caffe/{base}.log",
    benchmark:
        "results/{experiment}/benchmarks/import_caffe/{base}.tsv"
    wildcard_constraints:
        experiment=experiments_with("caffe"),
    conda:
        "../envs/torch.yaml"
    # Where the files lie says nothing about what is in them, which their sha256 does.
    resources:
        archive_dir=config["archive_dir"],
    params:
        base=of_experiment("bases/{base}"),
        archives=archives_of_base,
    message:
        "Import base model {wildcards.base} from Caffe"
    script:
        "../workflow_scripts/import_caffe.py"


rule import_torchvision:
    input:
        code=code("import_torchvision"),
    output:
        weights="results/{experiment}/bases/{base}/weights.safetensors",
    log:
        "results/{experiment}/logs/import_torchvision/{base}.log",
    benchmark:
        "results/{experiment}/benchmarks/import_torchvision/{base}.tsv"
    wildcard_constraints:
        experiment=experiments_with("torchvision"),
    conda:
        "../envs/torch.yaml"
    resources:
        archive_dir=config["archive_dir"],
    params:
        base=of_experiment("bases/{base}"),
        archives=archives_of_base,
    message:
        "Import base model {wildcards.base} from torchvision"
    script:
        "../workflow_scripts/import_torchvision.py"


rule extract_features:
    input:
        weights="results/{experiment}/bases/{base}/weights.safetensors",
        images="results/{experiment}/faces/rated/images.npy",
        faces="results/{experiment}/faces/rated/faces.csv",
        split="results/{experiment}/faces/split.csv",
        code=code("extract_features"),
    output:
        features="results/{experiment}/bases/{base}/features.npy",
        classes="results/{experiment}/bases/{base}/classes.csv",
    log:
        "results/{experiment}/logs/extract_features/{base}.log",
    benchmark:
        "results/{experiment}/benchmarks/extract_features/{base}.tsv"
    conda:
        "../envs/torch.yaml"
    threads: config["compute"]["threads"]
    resources:
        gpu=GPUS,
        mem_mb=3000,
    params:
        compute=config["compute"],
    message:
        "Compute the convolution features of base model {wildcards.base} once for all rated faces"
    script:
        "../workflow_scripts/extract_features.py"


rule fit_ridge:
    input:
        features="results/{experiment}/bases/{base}/features.npy",
        faces="results/{experiment}/faces/rated/faces.csv",
        split="results/{experiment}/faces/split.csv",
        code=code("fit_ridge"),
    output:
        "results/{experiment}/bases/{base}/ridge/{attribute}.csv",
    log:
        "results/{experiment}/logs/fit_ridge/{base}/{attribute}.log",
    benchmark:
        "results/{experiment}/benchmarks/fit_ridge/{base}/{attribute}.tsv"
    conda:
        "../envs/plot.yaml"
    resources:
        mem_mb=3000,
    message:
        "Ridge regression of {wildcards.attribute} on the features of base model {wildcards.base}"
    script:
        "../workflow_scripts/fit_ridge.py"


rule tabulate_bases:
    input:
        classes=of_bases("results/{experiment}/bases/{base}/classes.csv"),
        code=code("tabulate_bases"),
    output:
        "results/{experiment}/tables/base_models.csv",
    log:
        "results/{experiment}/logs/tabulate_bases.log",
    benchmark:
        "results/{experiment}/benchmarks/tabulate_bases.tsv"
    conda:
        "../envs/plot.yaml"
    params:
        bases=base_names,
    message:
        "Tabulate the accuracy of the base models on the test set"
    script:
        "../workflow_scripts/tabulate_bases.py"


rule tabulate_aptitude:
    input:
        base_relevance=of_bases("results/{experiment}/heatmaps/{base}/base/relevance.npy"),
        relevance=of_networks("results/{experiment}/heatmaps/{base}/{mode}/{attribute}/relevance.npy"),
        parts="results/{experiment}/faces/rated/parts.npy",
        faces="results/{experiment}/faces/rated/faces.csv",
        split="results/{experiment}/faces/split.csv",
        convergence="results/{experiment}/tables/convergence.csv",
        table1="results/{experiment}/tables/table1.csv",
        code=code("tabulate_aptitude"),
    output:
        aptitude="results/{experiment}/tables/aptitude.csv",
        correlation="results/{experiment}/tables/aptitude_correlation.csv",
        recommendation="results/{experiment}/tables/recommendation.csv",
    log:
        "results/{experiment}/logs/tabulate_aptitude.log",
    benchmark:
        "results/{experiment}/benchmarks/tabulate_aptitude.tsv"
    conda:
        "../envs/plot.yaml"
    params:
        bases=base_names,
        networks=networks,
    message:
        "Tabulate how rich heatmaps are, how quickly networks learned, and which base model to start from"
    script:
        "../workflow_scripts/tabulate_aptitude.py"
