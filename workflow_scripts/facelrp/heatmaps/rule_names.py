"""The names, among those of LRP rules, of what the configuration does not name; see ``rules/schemas``."""

#: The heatmaps' own rule; where a table has all rules on the faces that they share, also on all faces.
OWN, ON_ALL_FACES = "heatmaps", "heatmaps_all_faces"
GRADIENT, RANDOM = "gradient_times_input", "random"
