"""The user's own photographs: what the networks say of them, and why."""


rule prepare_photos:
    input:
        photos=photos,
        code=code("prepare_photos"),
    output:
        images="results/{experiment}/photos/images.npy",
        table="results/{experiment}/photos/photos.csv",
    log:
        "results/{experiment}/logs/prepare_photos.log",
    benchmark:
        "results/{experiment}/benchmarks/prepare_photos.tsv"
    conda:
        "../envs/plot.yaml"
    params:
        folder=config["photos"],
    message:
        "Prepare your photographs: 227×227 images"
    script:
        "../workflow_scripts/prepare_photos.py"


use rule explain as explain_photos with:
    input:
        weights="results/{experiment}/networks/{base}/{mode}/{attribute}/weights.safetensors",
        images="results/{experiment}/photos/images.npy",
        faces="results/{experiment}/photos/photos.csv",
        code=code("explain"),
    output:
        relevance="results/{experiment}/photos/{base}/{mode}/{attribute}/relevance.npy",
        scores="results/{experiment}/photos/{base}/{mode}/{attribute}/scores.csv",
        ledger="results/{experiment}/photos/{base}/{mode}/{attribute}/ledger.csv",
    log:
        "results/{experiment}/logs/explain_photos/{base}/{mode}/{attribute}.log",
    benchmark:
        "results/{experiment}/benchmarks/explain_photos/{base}/{mode}/{attribute}.tsv"
    message:
        "Explain {wildcards.attribute} ({wildcards.base}, {wildcards.mode}) for your photographs"


rule draw_photos:
    input:
        images="results/{experiment}/photos/images.npy",
        relevance=of_photo_networks("results/{experiment}/photos/{base}/{mode}/{attribute}/relevance.npy"),
        scores=of_photo_networks("results/{experiment}/photos/{base}/{mode}/{attribute}/scores.csv"),
        code=code("draw_photos"),
    output:
        scores="results/{experiment}/photos/scores.csv",
        pictures=directory("results/{experiment}/photos/pictures"),
    log:
        "results/{experiment}/logs/draw_photos.log",
    benchmark:
        "results/{experiment}/benchmarks/draw_photos.tsv"
    conda:
        "../envs/plot.yaml"
    params:
        attributes=attribute_names,
    message:
        "Draw a picture of each of your photographs: heatmaps and overlays of all attributes"
    script:
        "../workflow_scripts/draw_photos.py"
