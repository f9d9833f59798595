"""What wildcards can be.

Included after all rules: Snakemake constrains the wildcards of a rule before it expands <results>, which holds
{experiment}. A directive behind the rules constrains them again, and then by the rules' own constraints, too.
"""


wildcard_constraints:
    experiment="|".join(map(re.escape, config["experiments"])),
    set="rated|pairs|base",
    archive="|".join(map(re.escape, config["archives"])),
    base="[A-Za-z0-9]+",
    mode="dense|full",
    attribute="[A-Za-z0-9_]+",
    shard="[0-9]+",
