"""Parts of the face painted over with the face's own skin colour: what does the network say then?"""


rule occlude:
    input:
        weights=of_attributes("results/{experiment}/networks/{base}/{mode}/{attribute}/weights.safetensors"),
        images="results/{experiment}/faces/rated/images.npy",
        parts="results/{experiment}/faces/rated/parts.npy",
        relevance=of_attributes("results/{experiment}/heatmaps/{base}/{mode}/{attribute}/relevance.npy"),
        faces="results/{experiment}/faces/rated/faces.csv",
        predictions=of_attributes("results/{experiment}/networks/{base}/{mode}/{attribute}/predictions.csv"),
        split="results/{experiment}/faces/split.csv",
        code=code("occlude"),
    output:
        scores=part("results/{experiment}/occlusion/{base}/{mode}", "scores.csv"),
        relevance=part("results/{experiment}/occlusion/{base}/{mode}", "relevance.csv"),
    log:
        by_shard("results/{experiment}/logs/occlude/{base}/{mode}", ".log"),
    benchmark:
        by_shard("results/{experiment}/benchmarks/occlude/{base}/{mode}", ".tsv")
    conda:
        "../envs/torch.yaml"
    threads: config["compute"]["threads"]
    resources:
        gpu=GPUS,
        mem_mb=3000,
    params:
        attributes=attribute_names,
        occlusion=of_experiment("occlusion"),
        shown=if_few_are_occluded,
        heatmaps=of_experiment("heatmaps"),
        shard=shard,
        compute=config["compute"],
    message:
        "Occlude parts of the test faces and ask the networks made from {wildcards.base} ({wildcards.mode}) again"
    script:
        "../workflow_scripts/occlude.py"


rule explain_occluded:
    input:
        weights=of_expression("results/{experiment}/networks/{base}/{mode}/{attribute}/weights.safetensors"),
        images="results/{experiment}/faces/rated/images.npy",
        parts="results/{experiment}/faces/rated/parts.npy",
        faces="results/{experiment}/faces/rated/faces.csv",
        split="results/{experiment}/faces/split.csv",
        code=code("explain_occluded"),
    output:
        "results/{experiment}/occlusion/{base}/{mode}/shown.npy",
    log:
        "results/{experiment}/logs/explain_occluded/{base}/{mode}.log",
    benchmark:
        "results/{experiment}/benchmarks/explain_occluded/{base}/{mode}.tsv"
    conda:
        "../envs/torch.yaml"
    threads: config["compute"]["threads"]
    resources:
        gpu=GPUS,
        mem_mb=3000,
    params:
        attribute=of_experiment("figures/expression"),
        occlusion=of_experiment("occlusion"),
        heatmaps=of_experiment("heatmaps"),
        publishable_only=of_experiment("figures/publishable_only"),
        compute=config["compute"],
    message:
        "Explain one occluded face to the network made from {wildcards.base} ({wildcards.mode})"
    script:
        "../workflow_scripts/explain_occluded.py"


rule tabulate_occlusion:
    input:
        scores=of_modes("results/{experiment}/occlusion/{base}/{mode}/scores.csv"),
        relevance=of_modes("results/{experiment}/occlusion/{base}/{mode}/relevance.csv"),
        predictions=of_networks("results/{experiment}/networks/{base}/{mode}/{attribute}/predictions.csv"),
        code=code("tabulate_occlusion"),
    output:
        "results/{experiment}/tables/occlusion.csv",
    log:
        "results/{experiment}/logs/tabulate_occlusion.log",
    benchmark:
        "results/{experiment}/benchmarks/tabulate_occlusion.tsv"
    conda:
        "../envs/plot.yaml"
    params:
        networks=networks,
        groups=modes,
    message:
        "Tabulate what each occlusion does to each network's scores and heatmaps"
    script:
        "../workflow_scripts/tabulate_occlusion.py"
