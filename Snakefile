from snakemake.utils import min_version

min_version("9.27")


# Ours, also if Snakemake runs in another folder (--directory).
configfile: f"{workflow.basedir}/config.yaml"


include: "rules/common.smk"
include: "rules/inputs.smk"
include: "rules/sources.smk"
include: "rules/report.smk"
include: "rules/measurements.smk"
include: "rules/shards.smk"
include: "rules/faces.smk"
include: "rules/bases.smk"
include: "rules/networks.smk"
include: "rules/heatmaps.smk"
include: "rules/replicates.smk"
include: "rules/pairs.smk"
include: "rules/occlusion.smk"
include: "rules/evaluation.smk"
include: "rules/specificity.smk"
include: "rules/merging.smk"
include: "rules/figures.smk"
include: "rules/findings.smk"
include: "rules/pages.smk"
include: "rules/photos.smk"
include: "rules/faces_page.smk"
include: "rules/environment.smk"
include: "rules/article_contents.smk"
include: "rules/article.smk"
include: "rules/products.smk"
include: "rules/targets.smk"


report: "rules/report/workflow.rst"


rule all:
    default_target: True
    input:
        products(config["experiment"]),
        missing_intermediates(products(config["experiment"])),
    message:
        "Everything is up to date"


if workflow.is_main_process and workflow.modifier.is_main_snakefile():
    watch(logger, workflow.rules, workflow.output_settings)


onsuccess:
    # Not after a run for single files, which may leave older results beside them, or none.
    asked = TARGETS.keys() & {job.rule.name for job in workflow.dag.jobs}
    if asked:
        scale = scale_of(config["experiments"][config["experiment"]])
        logger.info(closing_message(f"results/{config['experiment']}", scale, asked))
