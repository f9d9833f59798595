"""The versions, the processor and the device that results were computed with."""

ENVIRONMENT_TITLE = "Versions, processor and device"
SURROUNDINGS = surroundings("cuda" if GPUS else DEVICE if ON_CLUSTER else "cpu")


rule record_environment:
    input:
        code=code("record_environment"),
    output:
        record="<results>/environment.json",
        page=report(
            "<results>/environment.html",
            category=numbered("Findings"),
            labels={LABEL: ENVIRONMENT_TITLE},
            caption="report/environment.rst",
        ),
    log:
        "<logs>/record_environment.log",
    benchmark:
        "<benchmarks>/record_environment.tsv"
    localrule: True
    conda:
        "../envs/plot.yaml"
    params:
        title=ENVIRONMENT_TITLE,
        environment=SURROUNDINGS,
    message:
        "Record the versions of Python and packages, the processor and the device"
    script:
        "../workflow_scripts/record_environment.py"
