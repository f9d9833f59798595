"""Parts of the face painted over with the face's own skin colour: what does the network say then?"""


rule occlude:
    input:
        weights="results/{experiment}/networks/{base}/{mode}/{attribute}/weights.safetensors",
        images="results/{experiment}/faces/rated/images.npy",
        parts="results/{experiment}/faces/rated/parts.npy",
        faces="results/{experiment}/faces/rated/faces.csv",
        split="results/{experiment}/faces/split.csv",
        code=code("occlude"),
    output:
        scores="results/{experiment}/occlusion/{base}/{mode}/{attribute}/scores.csv",
        images="results/{experiment}/occlusion/{base}/{mode}/{attribute}/images.npy",
        relevance="results/{experiment}/occlusion/{base}/{mode}/{attribute}/relevance.npy",
    log:
        "results/{experiment}/logs/occlude/{base}/{mode}/{attribute}.log",
    benchmark:
        "results/{experiment}/benchmarks/occlude/{base}/{mode}/{attribute}.tsv"
    conda:
        "../envs/torch.yaml"
    threads: config["compute"]["threads"]
    resources:
        gpu=GPUS,
        mem_mb=3000,
    params:
        occlusion=of_experiment("occlusion"),
        heatmaps=of_experiment("heatmaps"),
        compute=config["compute"],
    message:
        "Occlude parts of the test faces and ask {wildcards.base} ({wildcards.mode}) for {wildcards.attribute} again"
    script:
        "../workflow_scripts/occlude.py"
