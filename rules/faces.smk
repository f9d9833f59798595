"""From archives and generators to prepared faces, split into a training and a test set."""


rule fetch_archive:
    input:
        manifest=manifest,
        code=code("fetch_archive"),
    output:
        directory("<results>/archives/{archive}"),
    log:
        "<logs>/fetch_archive/{archive}.log",
    benchmark:
        "<benchmarks>/fetch_archive/{archive}.tsv"
    localrule: True
    conda:
        "../envs/download.yaml"
    # A resource: the folder may change without a rerun, because the manifest verifies the members.
    resources:
        archive_dir=config["archive_dir"],
    params:
        archive=lookup(within=config, dpath="archives/{archive}"),
        allow_missing=config["allow_missing"],
    message:
        "Fetch archive {wildcards.archive} and verify each of its members"
    script:
        "../workflow_scripts/fetch_archive.py"


rule fetch_model:
    input:
        code=code("fetch_model"),
    output:
        "<results>/archives/face_landmarker.task",
    log:
        "<logs>/fetch_model.log",
    benchmark:
        "<benchmarks>/fetch_model.tsv"
    localrule: True
    conda:
        "../envs/download.yaml"
    # A resource: the folder may change without a rerun, because sha256 verifies the file.
    resources:
        archive_dir=config["archive_dir"],
    params:
        archive=lambda wildcards: config["archives"]["face_landmarker"],
    message:
        "Fetch the model that finds faces"
    script:
        "../workflow_scripts/fetch_model.py"


rule prepare_faces:
    input:
        archive=archive_of_faces,
        own=own_files,
        model=model_of_faces,
        frame=frame_of_faces,
        code=code_of_faces("prepare_faces"),
    output:
        images="<results>/faces/{set}/images.npy",
        parts="<results>/faces/{set}/parts.npy",
        table="<results>/faces/{set}/people.csv",
        truth="<results>/faces/{set}/truth.csv",
        detection="<results>/faces/{set}/detection.csv",
        frame="<results>/faces/{set}/frame.csv",
    log:
        "<logs>/prepare_faces/{set}.log",
    benchmark:
        "<benchmarks>/prepare_faces/{set}.tsv"
    conda:
        "../envs/plot.yaml"
    # A resource, as above. Licensed sets are read in this folder, and assumed not to change.
    resources:
        archive_dir=config["archive_dir"],
    params:
        dataset=setting("faces/{set}/dataset"),
        folder=setting("faces/{set}/folder", default=None),
        options=dataset_options,
        reading=reading_options,
        portraits=portraits,
    message:
        "Prepare the {wildcards.set} faces: 227×227 images, parts, who is shown"
    script:
        "../workflow_scripts/prepare_faces.py"


rule collect_ratings:
    input:
        archive=archive_of_faces,
        own=own_files_with_ratings,
        people="<results>/faces/{set}/people.csv",
        code=code_of_faces("collect_ratings"),
    output:
        "<results>/faces/{set}/faces.csv",
    log:
        "<logs>/collect_ratings/{set}.log",
    benchmark:
        "<benchmarks>/collect_ratings/{set}.tsv"
    localrule: True
    conda:
        "../envs/plot.yaml"
    resources:
        archive_dir=config["archive_dir"],
    params:
        dataset=setting("faces/{set}/dataset"),
        folder=setting("faces/{set}/folder", default=None),
        options=dataset_options,
        reading=reading_options,
        scale=rating_scale,
    message:
        "Collect the ratings of the {wildcards.set} faces"
    script:
        "../workflow_scripts/collect_ratings.py"


# For a user's own table, in which single ratings may change.
use rule collect_ratings as collect_own_ratings with:
    input:
        own=own_files_with_rating,
        code=code_of_faces("collect_ratings"),
    output:
        "<results>/faces/{set}/ratings/{attribute}.csv",
    log:
        "<logs>/collect_own_ratings/{set}/{attribute}.log",
    benchmark:
        "<benchmarks>/collect_own_ratings/{set}/{attribute}.tsv"
    localrule: True
    message:
        "Collect the ratings of the {wildcards.set} faces: {wildcards.attribute}"


rule collect_raters:
    input:
        archive=archive_of_faces,
        own=own_files_with_attributes,
        code=code_of_faces("collect_raters"),
    output:
        "<results>/faces/{set}/raters.csv",
    log:
        "<logs>/collect_raters/{set}.log",
    benchmark:
        "<benchmarks>/collect_raters/{set}.tsv"
    conda:
        "../envs/plot.yaml"
    resources:
        archive_dir=config["archive_dir"],
    params:
        dataset=setting("faces/{set}/dataset"),
        folder=setting("faces/{set}/folder", default=None),
        options=dataset_options,
        reading=reading_options,
        attributes=attribute_names,
    message:
        "Collect the single raters' ratings of the {wildcards.set} faces"
    script:
        "../workflow_scripts/collect_raters.py"


rule split_faces:
    input:
        faces="<results>/faces/rated/people.csv",
        code=code("split_faces"),
    output:
        "<results>/faces/split.csv",
    log:
        "<logs>/split_faces.log",
    benchmark:
        "<benchmarks>/split_faces.tsv"
    localrule: True
    conda:
        "../envs/plot.yaml"
    params:
        split=setting("split"),
    message:
        "Split the rated faces at random into a training and a test set"
    script:
        "../workflow_scripts/split_faces.py"


rule choose_references:
    input:
        images="<results>/faces/rated/images.npy",
        faces="<results>/faces/rated/people.csv",
        split="<results>/faces/split.csv",
        code=code("choose_references"),
    output:
        images="<results>/faces/references.npy",
        table="<results>/faces/references.csv",
    log:
        "<logs>/choose_references.log",
    benchmark:
        "<benchmarks>/choose_references.tsv"
    localrule: True
    conda:
        "../envs/plot.yaml"
    params:
        number=setting("heatmaps/references"),
    message:
        "Choose faces of the training set to compare others with"
    script:
        "../workflow_scripts/choose_references.py"


rule redraw_faces:
    input:
        faces="<results>/faces/{set}/people.csv",
        split="<results>/faces/split.csv",
        code=code_of_faces("redraw_faces"),
    output:
        images="<results>/faces/{set}/redrawn.npy",
        table="<results>/faces/{set}/redrawn.csv",
    log:
        "<logs>/redraw_faces/{set}.log",
    benchmark:
        "<benchmarks>/redraw_faces/{set}.tsv"
    wildcard_constraints:
        set="rated",
    conda:
        "../envs/plot.yaml"
    params:
        dataset=setting("faces/{set}/dataset"),
        options=dataset_options,
        faces_intervened=setting("evaluation/faces_intervened"),
    message:
        "Draw test faces again with one part at its average"
    script:
        "../workflow_scripts/redraw_faces.py"
