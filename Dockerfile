# docker build -t facelrp . && docker run --rm -v "$PWD/work:/work" facelrp --cores all
# Results are in work/results. For a GPU: docker run --gpus all …
FROM python:3.11-slim-bookworm

COPY requirements.txt /opt/facelrp/
RUN pip install --no-cache-dir --require-hashes --requirement /opt/facelrp/requirements.txt
COPY . /opt/facelrp

ENV OMP_NUM_THREADS=1
WORKDIR /work
ENTRYPOINT ["snakemake", "--snakefile", "/opt/facelrp/Snakefile", "--workflow-profile", "/opt/facelrp/profiles/default"]
CMD ["--cores", "all"]
