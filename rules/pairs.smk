"""The same people in two expressions: scores and heatmaps of both."""


use rule explain as explain_pairs with:
    input:
        weights="results/{experiment}/networks/{base}/{mode}/{attribute}/weights.safetensors",
        images="results/{experiment}/faces/pairs/images.npy",
        faces="results/{experiment}/faces/pairs/faces.csv",
        code=code("explain"),
    output:
        relevance="results/{experiment}/pairs/{base}/{mode}/{attribute}/relevance.npy",
        scores="results/{experiment}/pairs/{base}/{mode}/{attribute}/scores.csv",
        ledger="results/{experiment}/pairs/{base}/{mode}/{attribute}/ledger.csv",
    log:
        "results/{experiment}/logs/explain_pairs/{base}/{mode}/{attribute}.log",
    benchmark:
        "results/{experiment}/benchmarks/explain_pairs/{base}/{mode}/{attribute}.tsv"
    message:
        "Explain {wildcards.attribute} ({wildcards.base}, {wildcards.mode}) for the pairs of expressions"
