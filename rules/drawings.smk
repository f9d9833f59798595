"""Figures whose scripts say themselves what they take: the simplest way to add one, see CONTRIBUTING.md."""

from facelrp_workflow.choices import declared

#: Each is drawn by the script draw_….py; its FIGURE has the rest.
DRAWN = ("predictions",)

for drawn, takes in ((drawn, declared(f"draw_{drawn}", "FIGURE")) for drawn in DRAWN):

    rule:
        name:
            f"draw_{drawn}"
        input:
            **{name: of_all(pattern) for name, pattern in takes["input"].items()},
            code=code(f"draw_{drawn}"),
        output:
            **picture(drawn, f"Figure: {takes['label']}", takes["category"], caption="drawing"),
        log:
            f"results/{{experiment}}/logs/draw_{drawn}.log",
        benchmark:
            f"results/{{experiment}}/benchmarks/draw_{drawn}.tsv"
        localrule: True
        conda:
            "../envs/plot.yaml"
        params:
            networks=networks,
            caption=takes["caption"],
            script=f"draw_{drawn}",
        message:
            f"Figure: {takes['label']}"
        script:
            # Looked up when the job runs, and by then the loop is over.
            "../workflow_scripts/{params.script}.py"
