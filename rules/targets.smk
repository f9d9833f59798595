"""What can be asked for by name: `snakemake table1`, `figures`, `photos`, `report`; `all` is in the Snakefile."""


rule table1:
    input:
        made(table1_of),
    message:
        "Table 1 is up to date"


rule figures:
    input:
        made(figures_of),
    message:
        "All figures are up to date"


rule photos:
    input:
        made(photos_of),
    message:
        "The results of your photographs are up to date"


rule report:
    input:
        made(pages_of),
    message:
        "The article, the page of faces and the findings are up to date"
