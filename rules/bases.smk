"""Base models: training and import, features for fine-tuning, and which base model to start from."""


rule train_base:
    input:
        unpack(faces_of_base),
        code=code("train_base"),
    output:
        weights="<results>/bases/{base}/weights.safetensors",
        history="<results>/bases/{base}/history.csv",
    log:
        "<logs>/train_base/{base}.log",
    benchmark:
        "<benchmarks>/train_base/{base}.tsv"
    pathvars:
        results=results_of(experiments_with("train")),
    conda:
        "../envs/torch.yaml"
    threads: config["compute"]["threads"]
    resources:
        gpu=GPUS,
        device=DEVICE,
        mem_mb=4000,
    params:
        base=base_settings,
        compute=TRAINING,
    message:
        "Train base model {wildcards.base}"
    script:
        "../workflow_scripts/train_base.py"


rule import_caffe:
    input:
        code=code("import_caffe"),
    output:
        weights="<results>/bases/{base}/weights.safetensors",
    log:
        "<logs>/import_caffe/{base}.log",
    benchmark:
        "<benchmarks>/import_caffe/{base}.tsv"
    pathvars:
        results=results_of(experiments_with("caffe")),
    localrule: True
    conda:
        "../envs/torch.yaml"
    # A resource: the folder may change without a rerun, because sha256 verifies the files.
    resources:
        archive_dir=config["archive_dir"],
    params:
        base=base_settings,
        archives=archives_of_base,
    message:
        "Import base model {wildcards.base} from Caffe"
    script:
        "../workflow_scripts/import_caffe.py"


rule import_torchvision:
    input:
        code=code("import_torchvision"),
    output:
        weights="<results>/bases/{base}/weights.safetensors",
    log:
        "<logs>/import_torchvision/{base}.log",
    benchmark:
        "<benchmarks>/import_torchvision/{base}.tsv"
    pathvars:
        results=results_of(experiments_with("torchvision")),
    localrule: True
    conda:
        "../envs/torch.yaml"
    resources:
        archive_dir=config["archive_dir"],
    params:
        base=base_settings,
        archives=archives_of_base,
    message:
        "Import base model {wildcards.base} from torchvision"
    script:
        "../workflow_scripts/import_torchvision.py"


rule import_face_api:
    input:
        code=code("import_face_api"),
    output:
        weights="<results>/bases/{base}/weights.safetensors",
    log:
        "<logs>/import_face_api/{base}.log",
    benchmark:
        "<benchmarks>/import_face_api/{base}.tsv"
    pathvars:
        results=results_of(experiments_with("face_api")),
    localrule: True
    conda:
        "../envs/torch.yaml"
    resources:
        archive_dir=config["archive_dir"],
    params:
        base=base_settings,
        archives=archives_of_base,
    message:
        "Import base model {wildcards.base} from face-api"
    script:
        "../workflow_scripts/import_face_api.py"


rule import_file:
    input:
        own=file_of_base,
        code=code("import_file"),
    output:
        weights="<results>/bases/{base}/weights.safetensors",
    log:
        "<logs>/import_file/{base}.log",
    benchmark:
        "<benchmarks>/import_file/{base}.tsv"
    pathvars:
        results=results_of(experiments_with("file")),
    localrule: True
    conda:
        "../envs/torch.yaml"
    resources:
        archive_dir=config["archive_dir"],
    params:
        base=base_settings,
        archives=archives_of_base,
    message:
        "Import base model {wildcards.base} from a file of weights"
    script:
        "../workflow_scripts/import_file.py"


rule extract_features:
    input:
        weights="<results>/bases/{base}/weights.safetensors",
        images="<results>/faces/rated/images.npy",
        faces=table_of_target("rated"),
        split="<results>/faces/split.csv",
        code=code("extract_features"),
    output:
        features="<results>/bases/{base}/features.npy",
        classes="<results>/bases/{base}/classes.csv",
    log:
        "<logs>/extract_features/{base}.log",
    benchmark:
        "<benchmarks>/extract_features/{base}.tsv"
    conda:
        "../envs/torch.yaml"
    threads: config["compute"]["threads"]
    resources:
        gpu=GPUS,
        device=DEVICE,
        mem_mb=3000,
    params:
        compute=COMPUTING,
    message:
        "Compute the convolution features of all rated faces once, for base model {wildcards.base}"
    script:
        "../workflow_scripts/extract_features.py"


rule fit_ridge:
    input:
        features="<results>/bases/{base}/features.npy",
        faces="<results>/faces/rated/people.csv",
        ratings=ratings(itself),
        split="<results>/faces/split.csv",
        code=code("fit_ridge"),
    output:
        "<results>/bases/{base}/ridge/{attribute}.csv",
    log:
        "<logs>/fit_ridge/{base}/{attribute}.log",
    benchmark:
        "<benchmarks>/fit_ridge/{base}/{attribute}.tsv"
    conda:
        "../envs/plot.yaml"
    resources:
        mem_mb=3000,
    message:
        "Fit ridge regression of {wildcards.attribute} on the features of base model {wildcards.base}"
    script:
        "../workflow_scripts/fit_ridge.py"


rule measure_transferability:
    input:
        features="<results>/bases/{base}/features.npy",
        faces="<results>/faces/rated/people.csv",
        ratings=ratings(attributes),
        split="<results>/faces/split.csv",
        code=code("measure_transferability"),
    output:
        "<results>/bases/{base}/transferability.csv",
    log:
        "<logs>/measure_transferability/{base}.log",
    benchmark:
        "<benchmarks>/measure_transferability/{base}.tsv"
    conda:
        "../envs/plot.yaml"
    resources:
        mem_mb=3000,
    params:
        attributes=attribute_names,
    message:
        "Measure how well the features of base model {wildcards.base} suit the ratings of each attribute"
    script:
        "../workflow_scripts/measure_transferability.py"


rule tabulate_bases:
    input:
        classes=each("<results>/bases/{base}/classes.csv", bases),
        code=code("tabulate_bases"),
    output:
        "<results>/tables/base_models.csv",
    log:
        "<logs>/tabulate_bases.log",
    benchmark:
        "<benchmarks>/tabulate_bases.tsv"
    localrule: True
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
        base_richness=each("<results>/heatmaps/{base}/base/richness.csv", bases),
        richness=each("<results>/heatmaps/{base}/{mode}/richness.csv", base_modes),
        convergence="<results>/tables/convergence.csv",
        table1="<results>/tables/table1.csv",
        code=code("tabulate_aptitude"),
    output:
        aptitude="<results>/tables/aptitude.csv",
        correlation="<results>/tables/aptitude_correlation.csv",
    log:
        "<logs>/tabulate_aptitude.log",
    benchmark:
        "<benchmarks>/tabulate_aptitude.tsv"
    localrule: True
    conda:
        "../envs/plot.yaml"
    params:
        bases=bases,
        base_modes=base_modes,
    message:
        "Tabulate how rich heatmaps are, and how quickly networks learned"
    script:
        "../workflow_scripts/tabulate_aptitude.py"


rule recommend_base:
    input:
        ridge=each("<results>/bases/{base}/ridge/{attribute}.csv", ridges),
        table1="<results>/tables/table1.csv",
        convergence="<results>/tables/convergence.csv",
        aptitude="<results>/tables/aptitude.csv",
        code=code("recommend_base"),
    output:
        "<results>/tables/recommendation.csv",
    log:
        "<logs>/recommend_base.log",
    benchmark:
        "<benchmarks>/recommend_base.tsv"
    localrule: True
    conda:
        "../envs/plot.yaml"
    params:
        ridges=ridges,
    message:
        "Recommend which base model to start from, by cross-validation within the training set"
    script:
        "../workflow_scripts/recommend_base.py"
