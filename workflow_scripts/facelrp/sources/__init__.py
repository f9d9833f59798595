"""Input files: find, download, verify and extract archives, and read tables from them."""
