"""From archives and generators to prepared faces, split into a training and a test set."""


rule fetch_archive:
    input:
        manifest=manifest,
        code=code("fetch_archive"),
    output:
        directory("results/{experiment}/archives/{archive}"),
    log:
        "results/{experiment}/logs/fetch_archive/{archive}.log",
    benchmark:
        "results/{experiment}/benchmarks/fetch_archive/{archive}.tsv"
    conda:
        "../envs/download.yaml"
    # Where an archive lies says nothing about what is in it: as a resource the folder can change without a rerun.
    resources:
        archive_dir=config["archive_dir"],
    params:
        archive=lookup(within=config, dpath="archives/{archive}"),
        allow_missing=config["allow_missing"],
    message:
        "Fetch archive {wildcards.archive} and verify each of its members"
    script:
        "../workflow_scripts/fetch_archive.py"


rule prepare_faces:
    input:
        archive=archive_of_faces,
        own=own_files,
        code=code_of_faces("prepare_faces"),
    output:
        images="results/{experiment}/faces/{set}/images.npy",
        parts="results/{experiment}/faces/{set}/parts.npy",
        table="results/{experiment}/faces/{set}/faces.csv",
        truth="results/{experiment}/faces/{set}/truth.csv",
    log:
        "results/{experiment}/logs/prepare_faces/{set}.log",
    benchmark:
        "results/{experiment}/benchmarks/prepare_faces/{set}.tsv"
    conda:
        "../envs/plot.yaml"
    # As above. Licensed sets are read where they lie in it, and taken not to change.
    resources:
        archive_dir=config["archive_dir"],
    params:
        dataset=of_experiment("faces/{set}/dataset"),
        folder=of_experiment("faces/{set}/folder", default=None),
        options=dataset_options,
    message:
        "Prepare the {wildcards.set} faces: 227×227 images, parts, ratings"
    script:
        "../workflow_scripts/prepare_faces.py"


rule collect_raters:
    input:
        archive=archive_of_faces,
        own=own_files,
        code=code_of_faces("collect_raters"),
    output:
        "results/{experiment}/faces/{set}/raters.csv",
    log:
        "results/{experiment}/logs/collect_raters/{set}.log",
    benchmark:
        "results/{experiment}/benchmarks/collect_raters/{set}.tsv"
    conda:
        "../envs/plot.yaml"
    resources:
        archive_dir=config["archive_dir"],
    params:
        dataset=of_experiment("faces/{set}/dataset"),
        folder=of_experiment("faces/{set}/folder", default=None),
        options=dataset_options,
        attributes=attribute_names,
    message:
        "Collect what every single rater said of the {wildcards.set} faces"
    script:
        "../workflow_scripts/collect_raters.py"


rule split_faces:
    input:
        faces="results/{experiment}/faces/rated/faces.csv",
        code=code("split_faces"),
    output:
        "results/{experiment}/faces/split.csv",
    log:
        "results/{experiment}/logs/split_faces.log",
    benchmark:
        "results/{experiment}/benchmarks/split_faces.tsv"
    conda:
        "../envs/plot.yaml"
    params:
        seed=of_experiment("split/seed"),
        test=of_experiment("split/test"),
    message:
        "Split the rated faces at random into a training and a test set"
    script:
        "../workflow_scripts/split_faces.py"
