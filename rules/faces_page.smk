"""Faces to look at: a page for a browser with all test faces and their heatmaps, and a picture of any one of them."""


rule write_faces_page:
    input:
        unpack(compared_by("heatmaps/rule")),
        images="<results>/faces/rated/images.npy",
        parts="<results>/faces/rated/parts.npy",
        faces="<results>/faces/rated/people.csv",
        ratings=ratings(attributes),
        split="<results>/faces/split.csv",
        relevance=each("<results>/heatmaps/{base}/{mode}/{attribute}/relevance.npy", networks),
        scores=each("<results>/heatmaps/{base}/{mode}/{attribute}/scores.csv", networks),
        occlusion=each("<results>/occlusion/{base}/{mode}/scores.csv", base_modes),
        page=page_files("page.html"),
        beside=page_files("page.css", "page.js", "face.js"),
        code=code("write_faces_page"),
    output:
        page="<results>/faces.html",
        data=directory("<results>/faces_page"),
    log:
        "<logs>/write_faces_page.log",
    benchmark:
        "<benchmarks>/write_faces_page.tsv"
    conda:
        "../envs/plot.yaml"
    params:
        experiment=lambda wildcards: wildcards.experiment,
        networks=networks,
        first=expression_network,
        rule=lambda wildcards: heatmap_settings(wildcards)["rule"],
        patches=setting("occlusion/patches"),
        shown=setting("figures/faces_page"),
        scale=rating_scale,
    message:
        "Write the page of faces: the test set with the heatmaps of all networks"
    script:
        "../workflow_scripts/write_faces_page.py"


use rule write_faces_page as write_photos_page with:
    input:
        unpack(compared_by("heatmaps/rule")),
        images="<results>/photos/images.npy",
        faces="<results>/photos/photos.csv",
        relevance=each("<results>/photos/{base}/{mode}/{attribute}/relevance.npy", figure_networks),
        scores=each("<results>/photos/{base}/{mode}/{attribute}/scores.csv", figure_networks),
        test_set=each("<results>/heatmaps/{base}/{mode}/{attribute}/relevance.npy", figure_networks),
        page=page_files("page.html"),
        beside=page_files("page.css", "page.js", "face.js"),
        code=code("write_faces_page"),
    output:
        page="<results>/photos/faces.html",
        data=directory("<results>/photos/faces_page"),
    log:
        "<logs>/write_photos_page.log",
    benchmark:
        "<benchmarks>/write_photos_page.tsv"
    params:
        experiment=lambda wildcards: wildcards.experiment,
        networks=figure_networks,
        first=expression_network,
        rule=lambda wildcards: heatmap_settings(wildcards)["rule"],
        patches=None,
        shown="all",
        scale=rating_scale,
    message:
        "Write the page of faces on your photographs"


rule draw_face:
    input:
        images="<results>/faces/rated/images.npy",
        parts="<results>/faces/rated/parts.npy",
        faces="<results>/faces/rated/people.csv",
        ratings=ratings(attributes),
        split="<results>/faces/split.csv",
        relevance=each("<results>/heatmaps/{base}/{mode}/{attribute}/relevance.npy", networks),
        scores=each("<results>/heatmaps/{base}/{mode}/{attribute}/scores.csv", networks),
        code=code("draw_face"),
    output:
        png="<results>/figures/faces/{face}.png",
        pdf="<results>/figures/faces/{face}.pdf",
    log:
        "<logs>/draw_face/{face}.log",
    benchmark:
        "<benchmarks>/draw_face/{face}.tsv"
    localrule: True
    conda:
        "../envs/plot.yaml"
    params:
        face="{face}",
        networks=networks,
        shown=setting("figures/faces_page"),
        smoothing_pixels=setting("figures/smoothing_pixels"),
        scale=rating_scale,
    message:
        "Draw {wildcards.face} with its heatmaps by all networks"
    script:
        "../workflow_scripts/draw_face.py"
