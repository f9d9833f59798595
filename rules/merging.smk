"""Results of shards, merged to the bytes that a single job would have written.

Merges depend on the code and the settings of the shards' jobs, too: shards are temporary, so if a job of theirs fails, only
the merge can know that it was made from older ones.
"""

if SHARDS > 1:
    HEATMAPS = ["relevance.npy", "scores.csv", "ledger.csv"]
    EVALUATION = ["perturbation.csv", "localisation.csv", "sanity.csv", "agreement.csv", "cancellation.csv"]

    rule merge_heatmaps:
        input:
            **from_shards("<results>/heatmaps/{base}/{mode}/{attribute}", *HEATMAPS),
            code=code("merge_shards", "explain"),
        output:
            **merged("<results>/heatmaps/{base}/{mode}/{attribute}", *HEATMAPS),
        log:
            "<logs>/merge_heatmaps/{base}/{mode}/{attribute}.log",
        benchmark:
            "<benchmarks>/merge_heatmaps/{base}/{mode}/{attribute}.tsv"
        localrule: True
        conda:
            "../envs/plot.yaml"
        params:
            attributes=attribute_names,
            heatmaps=heatmap_settings,
            compute=COMPUTING,
        message:
            "Merge the heatmaps of {wildcards.attribute} ({wildcards.base}, {wildcards.mode})"
        script:
            "../workflow_scripts/merge_shards.py"

    use rule merge_heatmaps as merge_base_heatmaps with:
        input:
            **from_shards("<results>/heatmaps/{base}/base", *HEATMAPS),
            code=code("merge_shards", "explain"),
        output:
            **merged("<results>/heatmaps/{base}/base", *HEATMAPS),
        log:
            "<logs>/merge_base_heatmaps/{base}.log",
        benchmark:
            "<benchmarks>/merge_base_heatmaps/{base}.tsv"
        localrule: True
        message:
            "Merge the heatmaps of base model {wildcards.base}"

    use rule merge_heatmaps as merge_occlusion with:
        input:
            **from_shards("<results>/occlusion/{base}/{mode}", "scores.csv", "relevance.csv"),
            code=code("merge_shards", "occlude"),
        output:
            **merged("<results>/occlusion/{base}/{mode}", "scores.csv", "relevance.csv"),
        log:
            "<logs>/merge_occlusion/{base}/{mode}.log",
        benchmark:
            "<benchmarks>/merge_occlusion/{base}/{mode}.tsv"
        localrule: True
        params:
            explained=attribute_of_figures,
            patches=setting("occlusion/patches"),
            numbers=occlusion_numbers,
            figure_face=figure_face,
            scale=rating_scale,
        message:
            "Merge the occlusion results of the networks made from {wildcards.base} ({wildcards.mode})"

    use rule merge_heatmaps as merge_evaluation with:
        input:
            **from_shards("<results>/evaluation/{base}/{mode}", *EVALUATION),
            code=code("merge_shards", "evaluate_heatmaps"),
        output:
            **merged("<results>/evaluation/{base}/{mode}", *EVALUATION),
        log:
            "<logs>/merge_evaluation/{base}/{mode}.log",
        benchmark:
            "<benchmarks>/merge_evaluation/{base}/{mode}.tsv"
        localrule: True
        params:
            evaluation=evaluation_settings,
            scale=rating_scale,
        message:
            "Merge the evaluation of the networks made from {wildcards.base} ({wildcards.mode})"
