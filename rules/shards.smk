"""Results of shards, put together to the bytes that one job would have written.

With one shard jobs write where results belong, and nothing of this is needed.
"""

if SHARDS > 1:

    # See common.smk.
    localrules:
        merge_heatmaps,
        merge_base_heatmaps,
        merge_occlusion,
        merge_evaluation,

    rule merge_heatmaps:
        input:
            relevance=parts("results/{experiment}/heatmaps/{base}/{mode}/{attribute}", "relevance.npy"),
            scores=parts("results/{experiment}/heatmaps/{base}/{mode}/{attribute}", "scores.csv"),
            ledger=parts("results/{experiment}/heatmaps/{base}/{mode}/{attribute}", "ledger.csv"),
            code=code("merge_shards"),
        output:
            relevance="results/{experiment}/heatmaps/{base}/{mode}/{attribute}/relevance.npy",
            scores="results/{experiment}/heatmaps/{base}/{mode}/{attribute}/scores.csv",
            ledger="results/{experiment}/heatmaps/{base}/{mode}/{attribute}/ledger.csv",
        log:
            "results/{experiment}/logs/merge_heatmaps/{base}/{mode}/{attribute}.log",
        benchmark:
            "results/{experiment}/benchmarks/merge_heatmaps/{base}/{mode}/{attribute}.tsv"
        conda:
            "../envs/plot.yaml"
        params:
            attributes=attribute_names,
        message:
            "Put the heatmaps of {wildcards.attribute} ({wildcards.base}, {wildcards.mode}) together"
        script:
            "../workflow_scripts/merge_shards.py"

    use rule merge_heatmaps as merge_base_heatmaps with:
        input:
            relevance=parts("results/{experiment}/heatmaps/{base}/base", "relevance.npy"),
            scores=parts("results/{experiment}/heatmaps/{base}/base", "scores.csv"),
            ledger=parts("results/{experiment}/heatmaps/{base}/base", "ledger.csv"),
            code=code("merge_shards"),
        output:
            relevance="results/{experiment}/heatmaps/{base}/base/relevance.npy",
            scores="results/{experiment}/heatmaps/{base}/base/scores.csv",
            ledger="results/{experiment}/heatmaps/{base}/base/ledger.csv",
        log:
            "results/{experiment}/logs/merge_base_heatmaps/{base}.log",
        benchmark:
            "results/{experiment}/benchmarks/merge_base_heatmaps/{base}.tsv"
        message:
            "Put the heatmaps of base model {wildcards.base} together"

    use rule merge_heatmaps as merge_occlusion with:
        input:
            scores=parts("results/{experiment}/occlusion/{base}/{mode}", "scores.csv"),
            relevance=parts("results/{experiment}/occlusion/{base}/{mode}", "relevance.csv"),
            code=code("merge_shards"),
        output:
            scores="results/{experiment}/occlusion/{base}/{mode}/scores.csv",
            relevance="results/{experiment}/occlusion/{base}/{mode}/relevance.csv",
        log:
            "results/{experiment}/logs/merge_occlusion/{base}/{mode}.log",
        benchmark:
            "results/{experiment}/benchmarks/merge_occlusion/{base}/{mode}.tsv"
        message:
            "Put together what occlusion did to the networks made from {wildcards.base} ({wildcards.mode})"

    use rule merge_heatmaps as merge_evaluation with:
        input:
            perturbation=parts("results/{experiment}/evaluation/{base}/{mode}", "perturbation.csv"),
            localisation=parts("results/{experiment}/evaluation/{base}/{mode}", "localisation.csv"),
            sanity=parts("results/{experiment}/evaluation/{base}/{mode}", "sanity.csv"),
            agreement=parts("results/{experiment}/evaluation/{base}/{mode}", "agreement.csv"),
            code=code("merge_shards"),
        output:
            perturbation="results/{experiment}/evaluation/{base}/{mode}/perturbation.csv",
            localisation="results/{experiment}/evaluation/{base}/{mode}/localisation.csv",
            sanity="results/{experiment}/evaluation/{base}/{mode}/sanity.csv",
            agreement="results/{experiment}/evaluation/{base}/{mode}/agreement.csv",
        log:
            "results/{experiment}/logs/merge_evaluation/{base}/{mode}.log",
        benchmark:
            "results/{experiment}/benchmarks/merge_evaluation/{base}/{mode}.tsv"
        message:
            "Put the tests of the networks made from {wildcards.base} ({wildcards.mode}) together"
