"""The user's own photographs: scores, heatmaps and pictures."""


rule prepare_photos:
    input:
        photos=photos,
        model="<results>/archives/face_landmarker.task",
        frame="<results>/faces/rated/frame.csv",
        code=code("prepare_photos"),
    output:
        images="<results>/photos/images.npy",
        transforms="<results>/photos/transforms.npy",
        table="<results>/photos/photos.csv",
        detection="<results>/photos/detection.csv",
        left_out="<results>/photos/left_out.csv",
    log:
        "<logs>/prepare_photos.log",
    benchmark:
        "<benchmarks>/prepare_photos.tsv"
    conda:
        "../envs/plot.yaml"
    params:
        folder=config["photos"],
        which=config["photo_faces"],
        background=photo_background,
    message:
        "Find the faces on your photographs, and frame them: 227×227 images"
    script:
        "../workflow_scripts/prepare_photos.py"


use rule explain as explain_photos with:
    input:
        unpack(compared_by("heatmaps/rule")),
        weights="<results>/networks/{base}/{mode}/{attribute}/weights.safetensors",
        images="<results>/photos/images.npy",
        faces="<results>/photos/photos.csv",
        code=code("explain"),
    output:
        relevance="<results>/photos/{base}/{mode}/{attribute}/relevance.npy",
        scores="<results>/photos/{base}/{mode}/{attribute}/scores.csv",
        ledger="<results>/photos/{base}/{mode}/{attribute}/ledger.csv",
    log:
        "<logs>/explain_photos/{base}/{mode}/{attribute}.log",
    benchmark:
        "<benchmarks>/explain_photos/{base}/{mode}/{attribute}.tsv"
    message:
        "Explain {wildcards.attribute} ({wildcards.base}, {wildcards.mode}) for your photographs"


rule compare_photos:
    input:
        weights=one("<results>/bases/{base}/weights.safetensors", figure_base_mode),
        images="<results>/faces/rated/images.npy",
        faces="<results>/faces/rated/people.csv",
        split="<results>/faces/split.csv",
        photos="<results>/photos/images.npy",
        photo_faces="<results>/photos/photos.csv",
        code=code("compare_photos"),
    output:
        "<results>/photos/unusual.csv",
    log:
        "<logs>/compare_photos.log",
    benchmark:
        "<benchmarks>/compare_photos.tsv"
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
        "Compare the faces on your photographs with the rated faces"
    script:
        "../workflow_scripts/compare_photos.py"


rule draw_photos:
    input:
        unpack(known_skill(figure_networks)),
        photos=photos,
        faces="<results>/photos/photos.csv",
        detection="<results>/photos/detection.csv",
        unusual="<results>/photos/unusual.csv",
        images="<results>/photos/images.npy",
        transforms="<results>/photos/transforms.npy",
        relevance=each("<results>/photos/{base}/{mode}/{attribute}/relevance.npy", figure_networks),
        scores=each("<results>/photos/{base}/{mode}/{attribute}/scores.csv", figure_networks),
        code=code("draw_photos"),
    output:
        scores="<results>/photos/scores.csv",
        pictures=directory("<results>/photos/pictures"),
    log:
        "<logs>/draw_photos.log",
    benchmark:
        "<benchmarks>/draw_photos.tsv"
    localrule: True
    conda:
        "../envs/plot.yaml"
    params:
        attributes=attribute_names,
        folder=config["photos"],
        smoothing_pixels=setting("figures/smoothing_pixels"),
        scale=rating_scale,
    message:
        "Draw a picture of each face on your photographs: heatmaps and overlays of all attributes"
    script:
        "../workflow_scripts/draw_photos.py"
